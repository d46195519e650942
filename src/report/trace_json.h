// A trace for programs.
#pragma once

#include <string>

#include "src/report/trace.h"

namespace natsim {

/// One JSON object on one line: the verdict, and every hop with its stages.
std::string trace_json(const std::string& file, const Trace& trace, const SourceMap& sources);

}  // namespace natsim
