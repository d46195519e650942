// A trace as a page to read: numbered stages, each with its decision, the line of the file that it
// was taken by, and the packet as that stage saw it.
#pragma once

#include <string>

#include "src/report/trace.h"

namespace natsim {

struct TraceTextOptions {
  bool colour = false;
  bool one_way = false;  ///< leave out the answer
};

/// No line is wider than kReportColumns.
std::string trace_text(const Trace& trace, const SourceMap& sources,
                       const TraceTextOptions& options);

}  // namespace natsim
