// Tools that probe the network, as a topology file describes them: traceroute and port scans.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/place.h"
#include "sim/service/port_scan.h"
#include "sim/service/traceroute.h"

namespace natsim::spec {

/// An inclusive range of ports.
struct PortRange {
  std::uint16_t first = 0;
  std::uint16_t last = 65535;
  bool operator==(const PortRange&) const = default;
};

/// The hops that a traceroute should find; what is absent is not judged.
struct ExpectedRoute {
  std::optional<bool> reached;
  /// Who answers at each hop, a node or an address; "*": nobody does.
  std::optional<std::vector<std::string>> hops;
};

/// The ports that a scan should find in each state, no more and no less; what is absent is not
/// judged.
struct ExpectedPorts {
  std::optional<std::vector<PortRange>> open, closed, filtered, open_filtered;
};

}  // namespace natsim::spec
