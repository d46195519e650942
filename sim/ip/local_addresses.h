// Which IPv4 addresses are this node's own, and which of them it speaks with.
//
// A node accepts a packet to any of its addresses on any interface, as Linux does (the weak host
// model of RFC 1122 3.3.4.2, IPV4-29).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/base/ids.h"
#include "sim/ip/routing_table.h"
#include "sim/wire/address.h"

namespace natsim {

enum class LocalKind : std::uint8_t {
  none,       ///< not this node's
  unicast,    ///< one of its addresses, or 127/8
  broadcast,  ///< 255.255.255.255, or all ones on the subnet of one of its addresses
  all_hosts,  ///< 224.0.0.1, the group that every host is in (RFC 1112 4)
};

struct LocalAddress {
  LocalKind kind = LocalKind::none;
  /// The interface that has the address or subnet; kNoInterface for those that are everywhere
  /// (255.255.255.255, 224.0.0.1, 127/8).
  IfIndex interface = kNoInterface;
  explicit operator bool() const { return kind != LocalKind::none; }
  bool operator==(const LocalAddress&) const = default;
};

/// An address as it was configured.
struct InterfaceAddress {
  Ipv4Address address;
  std::uint8_t length = 32;
  IfIndex interface;
  constexpr bool on_subnet(Ipv4Address other) const {
    return ((address.value ^ other.value) & netmask_of(length)) == 0;
  }
  bool operator==(const InterfaceAddress&) const = default;
};

class LocalAddresses {
 public:
  /// False if the interface has this address already (nothing changes). REQUIRES: length <= 32.
  bool add(const InterfaceAddress& address);
  /// False if the interface does not have it.
  bool remove(IfIndex interface, Ipv4Address address);

  /// What `address` is to this node.
  LocalAddress find(Ipv4Address address) const {
    // Most addresses that a router looks up are not its own, and most of those end here.
    const std::uint32_t hash = hash_of(address);
    if (((maybe_ >> (hash >> 26)) & 1) == 0) return everywhere(address);
    return find_cell(address, hash);
  }
  bool is_own(Ipv4Address address) const { return find(address).kind == LocalKind::unicast; }
  /// IPV4-21: all ones on a subnet of `interface` itself, or 255.255.255.255.
  bool is_broadcast_on(IfIndex interface, Ipv4Address address) const;

  /// The first address that was given to the interface.
  std::optional<Ipv4Address> primary(IfIndex interface) const;
  /// The address to speak to `neighbor` on the interface's own link with: the first whose subnet
  /// has it, else the primary one, else the node's first address.
  std::optional<Ipv4Address> source_towards(IfIndex interface, Ipv4Address neighbor) const;
  /// The address to speak to one's own `destination` from: the first one given to its interface
  /// with the same subnet, as Linux writes it into its local table; 127.0.0.1 for all of 127/8.
  /// REQUIRES: is_own(destination).
  Ipv4Address source_towards_own(Ipv4Address destination) const;
  /// The source of a packet that this node sends by `route` (RFC 1122 3.3.4.3; Linux's
  /// inet_select_addr): the route's preferred source, else source_towards() its next hop.
  std::optional<Ipv4Address> select_source(const Route& route, Ipv4Address destination) const;

  /// In the order in which they were added.
  std::span<const InterfaceAddress> addresses() const { return addresses_; }

 private:
  struct Cell {
    Ipv4Address address;
    IfIndex interface;
    LocalKind kind = LocalKind::none;
  };
  /// Fibonacci hashing: the top bits of the product count.
  static std::uint32_t hash_of(Ipv4Address address) { return address.value * 0x9e3779b1U; }
  LocalAddress find_cell(Ipv4Address address, std::uint32_t hash) const;
  static LocalAddress everywhere(Ipv4Address address) {
    if (address.value >> 24 != 127 && address.value >> 24 < 224) [[likely]]
      return {};
    if (address.is_broadcast()) return {LocalKind::broadcast, kNoInterface};
    if (address == Ipv4Address::of(224, 0, 0, 1)) return {LocalKind::all_hosts, kNoInterface};
    if (address.is_loopback()) return {LocalKind::unicast, kNoInterface};
    return {};
  }
  void rebuild();
  void place(Ipv4Address address, IfIndex interface, LocalKind kind);

  std::vector<InterfaceAddress> addresses_;
  // What find() looks at: open addressing, a power of two of cells or none, at most half full.
  std::vector<Cell> cells_;
  std::uint32_t shift_ = 31;
  std::uint64_t maybe_ = 0;  // bit h: some cell's hash begins with h
};

}  // namespace natsim
