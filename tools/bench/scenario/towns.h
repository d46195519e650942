// A network that divides well, run by one thread and by several.
#pragma once

#include <cstdint>
#include <string>

#include "tools/bench/scenario/meter.h"
#include "tools/bench/scenario/settings.h"

namespace natsim::bench {

struct TownsFigures {
  std::uint64_t nodes = 0;
  std::uint64_t hops = 0;
  std::uint32_t threads = 0, parts = 0;
  Cost divide;  ///< description to network, divided
  Cost run;     ///< of the scenario
  std::string trouble;
};

/// Chains of eight routers with a host at either end, `settings.hosts` nodes in all, and a backbone
/// of 1 ms cables from chain to chain. Every host at a chain's beginning sends to the one at its
/// end, or, every tenth one, to that of the next chain.
TownsFigures run_towns(const Settings& settings, std::uint32_t threads);

}  // namespace natsim::bench
