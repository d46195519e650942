// Small dense numbers that name things, each its own type.
#pragma once

#include <compare>
#include <cstdint>

namespace natsim {

/// A node of the network, 0 … nodes-1 in the order of the topology.
struct NodeId {
  std::uint32_t value = 0;
  auto operator<=>(const NodeId&) const = default;
};

/// An interface within its node, 0 … interfaces-1; VLAN sub-interfaces count as interfaces.
struct IfIndex {
  std::uint16_t value = 0;
  auto operator<=>(const IfIndex&) const = default;
};

/// "No interface": a packet that the node itself made, or one that left by none.
inline constexpr IfIndex kNoInterface{0xffff};

/// One packet from its birth on: the node that made it and that node's count of packets. Copies
/// (a flooded broadcast) and fragments keep it; a reply is a new journey.
struct JourneyId {
  std::uint64_t value = 0;
  auto operator<=>(const JourneyId&) const = default;
};

}  // namespace natsim
