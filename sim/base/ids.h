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
  std::uint32_t value = 0;
  auto operator<=>(const IfIndex&) const = default;
};

/// "No interface": a packet that the node itself made, or one that left by none.
inline constexpr IfIndex kNoInterface{0xffff'ffff};

/// Hosts and routers have at most so many interfaces, switches any number of ports.
inline constexpr std::uint32_t kIpInterfacesMax = 0xffff;

/// An IfIndex of a host or router, or kNoInterface, in two bytes: for records that are many.
struct IpIfIndex {
  std::uint16_t value = kIpInterfacesMax;

  constexpr IpIfIndex() = default;
  constexpr IpIfIndex(IfIndex index)
      : value(std::uint16_t(index == kNoInterface ? kIpInterfacesMax : index.value)) {}
  constexpr operator IfIndex() const {
    return value == kIpInterfacesMax ? kNoInterface : IfIndex{value};
  }
  bool operator==(const IpIfIndex&) const = default;
  friend bool operator==(IpIfIndex a, IfIndex b) { return IfIndex(a) == b; }
};

/// One packet from its birth on: the node that made it and that node's count of packets. Copies
/// (a flooded broadcast) and fragments keep it; a reply is a new journey.
struct JourneyId {
  std::uint64_t value = 0;
  auto operator<=>(const JourneyId&) const = default;
};

}  // namespace natsim
