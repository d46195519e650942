// Why a packet came to its end. One closed list for drops of every layer, spelled alike in code,
// reports and `expect`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sim/base/place.h"

namespace natsim {

enum class Cause : std::uint8_t {
  none,
  // link
  link_loss,   ///< the cable's own loss
  queue_full,  ///< the transmitter's queue held queue_bytes_max already
  link_down,
  frame_too_long,  ///< longer than the port or cable carries (ETH-17, ETH-18)
  malformed_frame,
  not_for_this_mac,  ///< unicast for another station (ETH-15)
  vlan_not_allowed,  ///< 802.1Q ingress filtering (VLAN-05, VLAN-07 … 09)
  group_source,      ///< a group address as source (ETH-08)
  same_port,         ///< the destination lives where the frame came from (ETH-03)
  reserved_group,    ///< 01-80-C2-00-00-01 … 0F (ETH-09)
  no_member,         ///< no other port of the VLAN to go to
  storm,             ///< the hop budget of a frame ran out: a loop without STP (ETH-21)
  // ip
  malformed_packet,
  bad_checksum,
  martian_source,       ///< RFC 1812 5.3.7
  martian_destination,  ///< 127/8 or 0/8 from a wire (IPV4-24)
  private_leak,         ///< a private address on an internet network (IPV4-26)
  not_forwarding,       ///< a host got a packet for another address (IPV4-32)
  group_not_forwarded,  ///< multicast, broadcast, or a group frame: routers keep it (IPV4-20 … 22)
  ttl_exceeded,
  no_route,
  route_blackhole,
  route_unreachable,
  route_prohibit,
  needs_fragmentation,   ///< DF set and longer than the MTU
  neighbor_unreachable,  ///< ARP gave up
  neighbor_queue_full,   ///< the oldest waiting packet made room (ARP-13)
  reassembly_timeout,
  reassembly_error,  ///< overlapping fragments, or too many
  no_such_protocol,
  port_closed,  ///< nothing listens
  socket_error,
  ignored,  ///< received well, but nothing answers such a thing
  // filter
  rule,    ///< a rule's DROP or REJECT
  policy,  ///< a chain's policy
  conntrack_full,
  nat_exhausted,     ///< no port left for the mapping
  conntrack_clash,   ///< its tuple was taken before it could be confirmed
  not_translatable,  ///< an ICMP error that NAT cannot rewrite: a redirect, or cut too short
  nat_moved,         ///< its masqueraded connection used to leave by another interface
};

/// "queue_full", "no_route", …
const char* to_string(Cause cause);

std::optional<Cause> parse_cause(std::string_view word);

/// How a reader would say it: "no route to the destination".
const char* describe(Cause cause);

/// A rule as an observer may show it. Rules live as long as their network does, so a Reason points.
struct RuleLabel {
  std::string table;  ///< "filter", "nat", "mangle", "raw"
  std::string chain;  ///< "FORWARD", "PREROUTING", or a user chain
  std::string name;   ///< as the user calls it; for a policy "policy"
  Place place;
};

/// A cause and, where a rule or policy took the decision, which one.
struct Reason {
  Cause cause = Cause::none;
  const RuleLabel* rule = nullptr;
  bool operator==(const Reason&) const = default;
};

}  // namespace natsim
