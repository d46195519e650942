#include "sim/observe/reason.h"

#include "sim/observe/step.h"

namespace natsim {

const char* to_string(Cause cause) {
  switch (cause) {
    case Cause::none: return "none";
    case Cause::link_loss: return "link_loss";
    case Cause::queue_full: return "queue_full";
    case Cause::link_down: return "link_down";
    case Cause::frame_too_long: return "frame_too_long";
    case Cause::malformed_frame: return "malformed_frame";
    case Cause::not_for_this_mac: return "not_for_this_mac";
    case Cause::vlan_not_allowed: return "vlan_not_allowed";
    case Cause::group_source: return "group_source";
    case Cause::same_port: return "same_port";
    case Cause::reserved_group: return "reserved_group";
    case Cause::no_member: return "no_member";
    case Cause::storm: return "storm";
    case Cause::malformed_packet: return "malformed_packet";
    case Cause::bad_checksum: return "bad_checksum";
    case Cause::martian_source: return "martian_source";
    case Cause::martian_destination: return "martian_destination";
    case Cause::private_leak: return "private_leak";
    case Cause::not_forwarding: return "not_forwarding";
    case Cause::group_not_forwarded: return "group_not_forwarded";
    case Cause::ttl_exceeded: return "ttl_exceeded";
    case Cause::no_route: return "no_route";
    case Cause::route_blackhole: return "route_blackhole";
    case Cause::route_unreachable: return "route_unreachable";
    case Cause::route_prohibit: return "route_prohibit";
    case Cause::needs_fragmentation: return "needs_fragmentation";
    case Cause::neighbor_unreachable: return "neighbor_unreachable";
    case Cause::neighbor_queue_full: return "neighbor_queue_full";
    case Cause::reassembly_timeout: return "reassembly_timeout";
    case Cause::reassembly_error: return "reassembly_error";
    case Cause::no_such_protocol: return "no_such_protocol";
    case Cause::port_closed: return "port_closed";
    case Cause::socket_error: return "socket_error";
    case Cause::ignored: return "ignored";
    case Cause::rule: return "rule";
    case Cause::policy: return "policy";
    case Cause::conntrack_full: return "conntrack_full";
    case Cause::nat_exhausted: return "nat_exhausted";
    case Cause::conntrack_clash: return "conntrack_clash";
    case Cause::not_translatable: return "not_translatable";
    case Cause::nat_moved: return "nat_moved";
  }
  return "?";
}

std::optional<Cause> parse_cause(std::string_view word) {
  for (int i = 1; i <= int(Cause::nat_moved); ++i)
    if (word == to_string(Cause(i))) return Cause(i);
  return std::nullopt;
}

const char* describe(Cause cause) {
  switch (cause) {
    case Cause::none: return "";
    case Cause::link_loss: return "lost on the cable";
    case Cause::queue_full: return "the cable's queue is full";
    case Cause::link_down: return "the cable is unplugged";
    case Cause::frame_too_long: return "frame longer than the MTU";
    case Cause::malformed_frame: return "malformed frame";
    case Cause::not_for_this_mac: return "addressed to another MAC";
    case Cause::vlan_not_allowed: return "VLAN not allowed on this port";
    case Cause::group_source: return "group address as source MAC";
    case Cause::same_port: return "destination is on the port it came from";
    case Cause::reserved_group: return "reserved group address, bridges keep it";
    case Cause::no_member: return "no other port in this VLAN";
    case Cause::storm: return "broadcast storm: a loop of switches without STP";
    case Cause::malformed_packet: return "malformed packet";
    case Cause::bad_checksum: return "bad checksum";
    case Cause::martian_source: return "martian source address";
    case Cause::martian_destination: return "martian destination address";
    case Cause::private_leak: return "private address on the internet";
    case Cause::not_forwarding: return "not for this host, and hosts do not forward";
    case Cause::group_not_forwarded: return "broadcast or multicast is not forwarded";
    case Cause::ttl_exceeded: return "TTL exceeded";
    case Cause::no_route: return "no route to the destination";
    case Cause::route_blackhole: return "blackhole route";
    case Cause::route_unreachable: return "unreachable route";
    case Cause::route_prohibit: return "prohibit route";
    case Cause::needs_fragmentation: return "longer than the MTU, and DF is set";
    case Cause::neighbor_unreachable: return "nobody answers ARP for the next hop";
    case Cause::neighbor_queue_full: return "too many packets wait for ARP";
    case Cause::reassembly_timeout: return "fragments missing";
    case Cause::reassembly_error: return "fragments overlap";
    case Cause::no_such_protocol: return "nothing here speaks this protocol";
    case Cause::port_closed: return "nothing listens on this port";
    case Cause::socket_error: return "refused by the socket";
    case Cause::ignored: return "nothing answers this";
    case Cause::rule: return "by rule";
    case Cause::policy: return "by policy";
    case Cause::conntrack_full: return "connection table full";
    case Cause::nat_exhausted: return "no free port for NAT";
    case Cause::conntrack_clash: return "its translated tuple is taken";
    case Cause::not_translatable: return "an ICMP error that NAT cannot rewrite";
    case Cause::nat_moved: return "its connection was masqueraded for another interface";
  }
  return "?";
}

const char* to_string(Hook hook) {
  switch (hook) {
    case Hook::prerouting: return "prerouting";
    case Hook::input: return "input";
    case Hook::forward: return "forward";
    case Hook::output: return "output";
    case Hook::postrouting: return "postrouting";
  }
  return "?";
}

const char* to_string(ConnectionState state) {
  switch (state) {
    case ConnectionState::untracked: return "UNTRACKED";
    case ConnectionState::invalid: return "INVALID";
    case ConnectionState::new_: return "NEW";
    case ConnectionState::established: return "ESTABLISHED";
    case ConnectionState::related: return "RELATED";
  }
  return "?";
}

const char* to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::sent: return "sent";
    case Outcome::forwarded: return "forwarded";
    case Outcome::delivered: return "delivered";
    case Outcome::queued: return "queued";
    case Outcome::dropped: return "dropped";
    case Outcome::rejected: return "rejected";
  }
  return "?";
}

}  // namespace natsim
