// The IPv4 routing table of one node: which way a destination lies.
//
// RFC 1812 5.2.4.3: the longest matching prefix wins whatever its metric; then the lowest metric;
// then the route that was there first.
//
// Up to kScanMax routes are scanned, longest prefix first: an idle host with two of them spends 64
// bytes. Above, the first lookup after a change cuts the address space into ranges that share a
// best route, and lookups search those: some 20 bytes a route and no worst case worth its name.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sim/base/ids.h"
#include "sim/base/place.h"
#include "sim/wire/address.h"

namespace natsim {

/// What becomes of packets that match (IPV4-07): silence for blackhole, ICMP 3/1 for unreachable,
/// 3/13 for prohibit.
enum class RouteKind : std::uint8_t { unicast, blackhole, unreachable, prohibit };

struct Route {
  Ipv4Address network;  ///< host bits are zero
  std::uint8_t length = 0;
  RouteKind kind = RouteKind::unicast;
  IpIfIndex out = kNoInterface;
  Ipv4Address next_hop;  ///< unspecified: the destination itself is on the link
  std::uint32_t metric = 0;
  Ipv4Address preferred_source;  ///< unspecified: none
  Place place;                   ///< where it was written; nowhere for a connected route

  Prefix prefix() const { return {network, length}; }
  bool on_link() const { return next_hop.is_unspecified(); }
  /// Whom to ask ARP for (IPV4-02).
  Ipv4Address neighbor_for(Ipv4Address destination) const {
    return on_link() ? destination : next_hop;
  }
  bool operator==(const Route&) const = default;
};
static_assert(sizeof(Route) == 32);

/// The route to a subnet that an interface with this address is plugged into (192.168.1.1/24 makes
/// 192.168.1.0/24), with that address as preferred source. REQUIRES: IPv4.
Route connected_route(const Prefix& interface_address, IfIndex interface);

/// Not thread-safe, lookups included: they keep what they found.
class RoutingTable {
 public:
  static constexpr std::size_t kScanMax = 8;

  RoutingTable();
  RoutingTable(RoutingTable&&) noexcept;
  RoutingTable& operator=(RoutingTable&&) noexcept;
  ~RoutingTable();

  /// REQUIRES: length <= 32; host bits of `network` zero; out set for a unicast route.
  void add(const Route& route);
  /// Removes the first added route that equals `route`, places aside. False: there was none.
  bool remove(const Route& route);
  /// Removes all routes through `interface`, as when its address goes; returns how many.
  std::size_t remove_through(IfIndex interface);

  /// The best route, nullptr if none matches. Valid until the table changes.
  const Route* lookup(Ipv4Address destination) const {
    if (destination == last_destination_ && last_generation_ == generation_) return last_route_;
    return search(destination);
  }

  /// Longest prefix first, then by network, metric and age: the order of reports. Valid until the
  /// table changes.
  std::span<const Route> routes() const;
  std::size_t size() const { return routes_.size(); }
  /// Counts changes. Whoever keeps a Route* compares this first.
  std::uint32_t generation() const { return generation_; }

 private:
  struct Ranges;
  const Route* search(Ipv4Address destination) const;
  const Route* scan(Ipv4Address destination) const;
  void sort() const;
  void changed();

  // Sorting and the ranges wait for the first lookup after a change, so that a thousand add() in a
  // row cost one sort.
  mutable std::vector<Route> routes_;
  mutable std::unique_ptr<Ranges> ranges_;
  mutable const Route* last_route_ = nullptr;
  mutable Ipv4Address last_destination_;
  mutable std::uint32_t last_generation_ = 0;
  std::uint32_t generation_ = 1;
  mutable bool sorted_ = true;
};

}  // namespace natsim
