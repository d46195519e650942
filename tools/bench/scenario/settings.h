// What one run of natsim-bench is to do.
#pragma once

#include <cstdint>
#include <string>

#include "sim/transport/tcp_settings.h"

namespace natsim::bench {

/// What routers do with a packet between two interfaces.
enum class Rules {
  none,      ///< no netfilter at all
  hooks,     ///< netfilter with empty chains
  stateful,  ///< ten rules, connections tracked
};

/// What is written down meanwhile.
enum class Captures {
  none,
  pcap,     ///< a pcap file for each interface, nothing else
  program,  ///< all that `natsim run` writes: that, a pcapng file of all, remarks on packets
};

struct Settings {
  std::uint32_t routers = 8;
  std::uint32_t chains = 1;           ///< side by side, the packets spread over them
  std::uint32_t hosts = 64;           ///< towns: all nodes
  std::uint32_t threads = 2;          ///< towns: to compare one with
  std::uint32_t flows = 1;            ///< nat: connections in turn
  std::uint32_t size = 64;            ///< UDP payload, bytes
  std::int64_t delay_ns = 10'000;     ///< of each cable
  std::uint64_t packets = 1'000'000;  ///< in all
  std::uint32_t seconds = 60;         ///< tcp: of simulated time
  std::uint32_t mbps = 100;           ///< tcp: of each cable
  std::uint32_t lost_ppm = 0;         ///< tcp: of a million segments with data
  CongestionAlgorithm congestion = CongestionAlgorithm::cubic;  ///< tcp
  bool sack = true;                                             ///< tcp
  Rules rules = Rules::hooks;
  bool answered = true;  ///< the first packet of each connection is: it is ESTABLISHED then
  Captures captures = Captures::none;
  std::string folder;  ///< where captures go; empty: a temporary one
  std::string file;    ///< setup: a topology file in place of one made up
};

}  // namespace natsim::bench
