// What this node has learned of the MTUs of its paths (RFC 1191), with Linux's bounds and lifetime.
#pragma once

#include <cstdint>
#include <map>

#include "sim/base/time.h"
#include "sim/wire/address.h"

namespace natsim {

/// Path MTUs by destination. No entry: the path takes whatever the first link takes.
class PathMtus {
 public:
  /// How long a lowered path MTU is believed (Linux: mtu_expires; IPV4-19).
  static constexpr Duration kLifetime = Duration::seconds(600);
  /// Nobody's word makes a path narrower (Linux: min_pmtu); who claims less gets datagrams of this
  /// length that may be cut.
  static constexpr std::uint32_t kMinimum = 552;
  /// Destinations remembered; the one that would be forgotten first makes room for another.
  static constexpr std::size_t kDestinationsMax = 4096;

  struct Path {
    std::uint32_t mtu;  ///< longest packet, in octets
    bool never_df;      ///< the claim was below kMinimum: DF would never get through
    Instant expires;
  };

  /// Takes in the next-hop MTU of an ICMP 3/4 about a packet to `destination`. A larger one than is
  /// known changes nothing. `link_mtu` is that of the interface the packet left by.
  void learn(Instant now, Ipv4Address destination, std::uint32_t next_hop_mtu,
             std::uint32_t link_mtu);
  /// nullptr: nothing is known, or no longer.
  const Path* find(Instant now, Ipv4Address destination) const;
  std::size_t size() const { return paths_.size(); }

 private:
  std::map<Ipv4Address, Path> paths_;
};

}  // namespace natsim
