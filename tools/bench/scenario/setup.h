// What it takes to have a large network ready, and what an idle host of it holds.
#pragma once

#include <cstdint>
#include <string>

#include "tools/bench/scenario/meter.h"
#include "tools/bench/scenario/settings.h"

namespace natsim::bench {

struct SetupFigures {
  std::uint64_t hosts = 0;          ///< routers are not counted, but what they hold is
  Cost read;                        ///< file to description
  Cost build;                       ///< description to network; without a file: by hand
  Cost start;                       ///< up to the first event
  std::uint64_t network_bytes = 0;  ///< heap that the network holds
  std::string trouble;
};

/// A network of `settings.hosts` hosts, 100 behind each router, or that of `settings.file`.
SetupFigures run_setup(const Settings& settings);

}  // namespace natsim::bench
