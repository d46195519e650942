// From a topology file to a network that is ready to run.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "sim/network/network.h"
#include "sim/network/spec.h"
#include "src/cli/exit_status.h"
#include "src/topology/source_map.h"

namespace natsim {

struct Loaded {
  SourceMap sources;
  spec::Topology topology;
  std::unique_ptr<Network> network;
};

/// Reads, checks and builds a network for so many threads, or for fewer where it cannot be divided.
/// Everything wrong, and warnings, go to stderr.
ExitStatus load(const std::string& path, std::optional<std::uint64_t> seed, std::uint32_t threads,
                bool colour, Loaded& loaded);

/// Puts problems on stderr; true if one of them is an error.
bool show(const Problems& problems, const SourceMap& sources, bool colour);

/// "natsim: …" on stderr.
void complain(const std::string& text);

}  // namespace natsim
