// Sends packets through a planned network and measures what that costs.
#pragma once

#include <cstdint>
#include <string>

#include "tools/bench/scenario/meter.h"
#include "tools/bench/scenario/plan.h"
#include "tools/bench/scenario/settings.h"

namespace natsim::bench {

struct Figures {
  std::uint64_t packets = 0, hops = 0, events = 0;
  Cost cost;                      ///< of the packets, captures included; not of setting up
  Cost first_pass;                ///< nat: of the packets that opened the connections
  std::uint64_t connections = 0;  ///< tracked by the gateway
  std::uint64_t connection_bytes = 0;
  std::uint64_t nodes = 0;
  std::uint64_t node_bytes = 0;  ///< heap that nodes and cables took, before the first packet
  std::uint64_t records = 0;     ///< captured
  std::string trouble;           ///< empty: every packet arrived
};

/// One packet of every connection goes ahead: addresses are resolved and connections open when the
/// clock starts.
Figures run_load(Plan& plan, const Settings& settings);

}  // namespace natsim::bench
