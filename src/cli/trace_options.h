// `natsim trace`'s part of the command line.
#pragma once

#include <CLI/App.hpp>
#include <optional>
#include <string>

#include "src/cli/command_line.h"

namespace natsim {

/// What CLI11 fills in before it is looked at more closely.
struct RawTrace {
  TraceOptions options;
  std::string protocol, to, source_port, size, at;
};

CLI::App& add_trace(CLI::App& app, RawTrace& raw);

/// What is wrong with it, or nullopt: the options can be used.
std::optional<std::string> finish_trace(RawTrace& raw);

}  // namespace natsim
