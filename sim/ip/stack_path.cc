// The way of a packet that is not for this node: from a frame to a frame. All of it stands in one
// file, and what is rare out of line, so that the compiler makes one straight function of it.
#include <algorithm>
#include <utility>

#include "sim/ip/stack.h"
#include "sim/ip/stack_hook.h"
#include "sim/wire/ethernet.h"

namespace natsim {

#define NATSIM_HOT [[gnu::always_inline]] inline
#define NATSIM_COLD [[gnu::noinline, gnu::cold]]

// RFC 1122 3.2.1.2 and IPV4-08.
NATSIM_HOT Cause Stack::check_header(const std::uint8_t* ip, std::size_t bytes) {
  if (bytes < kIpv4HeaderBytes || ip[0] >> 4 != 4) [[unlikely]]
    return Cause::malformed_packet;
  const std::size_t header = std::size_t(ip[0] & 15) * 4, total = load_be16(ip + 2);
  if (header < kIpv4HeaderBytes || total < header || total > bytes) [[unlikely]]
    return Cause::malformed_packet;
  return ipv4_header_sum_ok(ip, header) ? Cause::none : Cause::bad_checksum;
}

// Addresses that do not belong on the wire, or not on this one.
NATSIM_HOT Cause Stack::check_addresses(const Passage& passage, Ipv4Address source,
                                        Ipv4Address destination) const {
  // 1.0.0.0 to 223.255.255.255 without 127/8 is nearly everything, and needs no closer look.
  const auto ordinary = [](Ipv4Address a) {
    return (a.value >> 24) - 1 < 223 && a.value >> 24 != 127;
  };
  if (!ordinary(source) || !ordinary(destination)) [[unlikely]] {
    if (is_martian_source(source, destination)) return Cause::martian_source;
    if (is_martian_destination(destination) && passage.in != kNoInterface)
      return Cause::martian_destination;
  }
  if (passage.in == kNoInterface) [[unlikely]]
    return Cause::none;
  if (local_.is_own(source)) [[unlikely]]
    return Cause::martian_source;
  return Cause::none;
}

// --- rare --------------------------------------------------------------------------------------

NATSIM_COLD bool Stack::reassemble(Passage& passage, Packet& packet) {
  std::vector<LostFragment> lost;
  Reassembler& reassembler = rare().reassembler;
  const Reassembly result = reassembler.add(passage.now, pool_, packet, lost);
  if (reassembler.next_deadline() < told_deadline_) tell_deadline();
  switch (result) {
    case Reassembly::complete:
      passage.layout = &reassembler.layout();
      if (passage.link_header != nullptr) {  // the whole came as its first fragment did
        passage.link_header = packet.data() - kEthernetHeaderBytes;
        passage.link_group = (passage.link_header[0] & 1) != 0;
      }
      if (passage.visit != nullptr) passage.visit->steps.push_back(FragmentStep{0});
      return true;
    case Reassembly::held: end(passage, nullptr, Outcome::queued); return false;
    case Reassembly::duplicate: drop(passage, packet, Cause::ignored); return false;
    case Reassembly::refused: drop(passage, packet, Cause::reassembly_error); return false;
  }
  return false;
}

// RFC 1112 6.4 for multicast; broadcast is the link's.
NATSIM_COLD std::optional<MacAddress> Stack::group_mac(IfIndex out, Ipv4Address next_hop) const {
  if (next_hop.is_multicast())
    return MacAddress::from_u64(0x0100'5e00'0000 | (next_hop.value & 0x7f'ffff));
  if (local_.is_broadcast_on(out, next_hop)) return MacAddress::broadcast();
  return std::nullopt;
}

// IPV4-30: the sender could have gone to the next hop directly.
NATSIM_COLD void Stack::maybe_redirect(Passage& passage, const Packet& packet, const Route& route) {
  const Ipv4View ip(packet.data(), packet.size());
  const auto sender_side = local_.source_towards(passage.in, ip.source());
  if (!options_.redirects || !sender_side) return;
  const Ipv4Address gateway = route.neighbor_for(ip.destination());
  bool shared_subnet = false;
  for (const InterfaceAddress& address : local_.addresses())
    shared_subnet |= address.interface == passage.in && address.on_subnet(ip.source()) &&
                     address.on_subnet(gateway);
  if (!shared_subnet || gateway == ip.source()) return;
  Passage own(passage.now, passage.in, passage.link_group);
  send_error(own, IcmpHeader::redirect_host(gateway), packet);
}

// A packet to the node itself stays what it was on its way out: its connection, its mark.
NATSIM_COLD void Stack::go_on_inward(Passage& inward, Packet& packet, Traversal& outward) {
  Traversal& traversal =
      inward.traversal.emplace(packet, packet.data(), std::uint32_t(packet.size()));
  traversal.steps = inward.visit != nullptr ? &inward.visit->steps : nullptr;
  traversal.connection = outward.connection;
  traversal.state = outward.state;
  traversal.reply = outward.reply;
  traversal.mark = outward.mark;
  traversal.cause = &outward;
}

// --- usual, the last stage first -----------------------------------------------------------------

NATSIM_HOT void Stack::put_on_link(IfIndex out, MacAddress destination, Packet&& packet) {
  packet.prepend(kEthernetHeaderBytes);
  MutableEthernetView ethernet(packet.data(), packet.size());
  ethernet.set_destination(destination);
  ethernet.set_source(interfaces_[out.value].mac);
  ethernet.set_type(EtherType::ipv4);
  port_.transmit(out, std::move(packet));
}

NATSIM_HOT void Stack::to_neighbor(Passage& passage, Packet&& packet, Ipv4Address next_hop) {
  const Outcome outcome = passage.in == kNoInterface ? Outcome::sent : Outcome::forwarded;
  MacAddress group;
  const MacAddress* mac = neighbors_.resolve(passage.now, passage.out, next_hop);
  if (mac == nullptr) [[unlikely]] {
    if (const auto to_all = group_mac(passage.out, next_hop)) mac = &(group = *to_all);
  }
  if (passage.visit != nullptr) [[unlikely]] {
    using Found = NeighborStep::Result;
    passage.visit->steps.push_back(NeighborStep{mac != nullptr ? Found::known : Found::queued,
                                                IpAddress(next_hop),
                                                mac != nullptr ? *mac : MacAddress()});
    end(passage, &packet, outcome);
  }
  if (mac != nullptr) [[likely]] {
    const MacAddress destination = *mac;
    if (neighbors_.next_deadline() < told_deadline_) [[unlikely]]
      tell_deadline();
    return put_on_link(passage.out, destination, std::move(packet));
  }
  const Ipv4Address source{load_be32(packet.data() + 12)};
  NeighborWork work = take_work();
  neighbors_.hold(passage.now, passage.out, next_hop, std::move(packet),
                  local_.is_own(source) ? source : Ipv4Address(), passage.in, work);
  do_work(passage.now, work);
}

// Postrouting and fragments; the next hop is known.
NATSIM_HOT void Stack::leave_now(Passage& passage, Packet&& packet, Ipv4Address next_hop,
                                 bool past_filter) {
  if (filtered(Hook::postrouting) && !past_filter &&
      !(passage.traversal && filter_->settled(Hook::postrouting, *passage.traversal))) {
    if (!run_hook<Hook::postrouting>(passage, packet, next_hop)) return;
  }
  if (passage.out == kNoInterface) {  // to itself: in again at once
    end(passage, &packet, Outcome::sent);
    Passage inward(passage.now, kNoInterface);
    std::optional<Visit> visit;
    if (watched_) begin(inward, visit.emplace(), packet, false);
    if (passage.traversal) go_on_inward(inward, packet, *passage.traversal);
    return receive_own(inward, std::move(packet));
  }
  std::uint32_t mtu = interfaces_[passage.out.value].mtu;
  if (passage.in == kNoInterface && path_mtus_ != nullptr) [[unlikely]]
    mtu = std::min(mtu, path_mtu(passage.now, Ipv4Address{load_be32(packet.data() + 16)}));
  const bool cut = packet.size() > mtu || passage.layout != nullptr;
  if (cut && needs_fragmenting(packet.bytes(), mtu, passage.layout)) [[unlikely]] {
    if (must_not_fragment(packet.bytes(), mtu, passage.layout)) {
      port_.send_failed({packet.data(), packet.size()}, Cause::needs_fragmentation);
      return drop(passage, packet, Cause::needs_fragmentation);
    }
    std::vector<Packet> pieces;
    const std::uint32_t linear = passage.traversal ? passage.traversal->linear_bytes : 0;
    if (!fragment(pool_, std::move(packet), mtu, pieces, passage.layout, linear))
      return end(passage, nullptr, Outcome::dropped, {Cause::needs_fragmentation, nullptr});
    if (passage.visit != nullptr)
      passage.visit->steps.push_back(FragmentStep{std::uint32_t(pieces.size())});
    for (Packet& piece : pieces) to_neighbor(passage, std::move(piece), next_hop);
    return;
  }
  to_neighbor(passage, std::move(packet), next_hop);
}

NATSIM_HOT void Stack::forward(Passage& passage, Packet&& packet, bool destination_group) {
  MutableIpv4View ip(packet.data(), packet.size());
  // ETH-16, IPV4-22: what came to a group, or goes to one, stays on its link; and no ICMP about it.
  if (passage.link_group || destination_group) [[unlikely]]
    return drop(passage, packet, Cause::group_not_forwarded);
  const Route* const route = routes_.lookup(ip.destination());
  if (route == nullptr || route->kind != RouteKind::unicast) [[unlikely]] {
    const RouteKind kind = route == nullptr ? RouteKind::unicast : route->kind;
    const auto answer = [&](Cause cause, IcmpUnreachable code) {
      drop(passage, packet, cause);
      send_error(passage, IcmpHeader::unreachable(code), packet, IcmpRateLimit::From::routing);
    };
    switch (kind) {  // IPV4-06, IPV4-07
      case RouteKind::unicast: return answer(Cause::no_route, IcmpUnreachable::network);
      case RouteKind::unreachable: return answer(Cause::route_unreachable, IcmpUnreachable::host);
      case RouteKind::prohibit:
        return answer(Cause::route_prohibit, IcmpUnreachable::administratively_prohibited);
      case RouteKind::blackhole: return drop(passage, packet, Cause::route_blackhole);
    }
  }
  passage.out = route->out;
  const Ipv4Address next_hop = route->neighbor_for(ip.destination());
  if (passage.visit != nullptr) [[unlikely]]
    passage.visit->steps.push_back(
        RouteStep{route->place, route->prefix(), IpAddress(next_hop), route->out});
  if (ip.ttl() <= 1) [[unlikely]] {  // IPV4-04, before any rule: ICMP-14
    drop(passage, packet, Cause::ttl_exceeded);
    return send_error(passage, IcmpHeader::time_exceeded(IcmpTimeExceeded::in_transit), packet);
  }
  const std::uint32_t mtu = interfaces_[route->out.value].mtu;
  if (packet.size() > mtu && must_not_fragment(packet.bytes(), mtu, passage.layout)) [[unlikely]] {
    drop(passage, packet, Cause::needs_fragmentation);  // IPV4-09
    return send_error(passage, IcmpHeader::fragmentation_needed(std::uint16_t(mtu)), packet);
  }
  ip.set_ttl(std::uint8_t(ip.ttl() - 1));
  if (passage.in == passage.out) [[unlikely]]
    maybe_redirect(passage, packet, *route);
  if (filtered(Hook::forward) && !run_hook<Hook::forward>(passage, packet)) return;
  leave_now(passage, std::move(packet), next_hop, false);
}

NATSIM_HOT void Stack::receive_packet(Passage& passage, Packet&& packet) {
  // Private addresses where they do not belong; translation here would hide them.
  if (any_internet_ && passage.in != kNoInterface && interfaces_[passage.in.value].internet)
      [[unlikely]] {
    const Ipv4View ip(packet.data(), packet.size());
    if (internet_leak(ip.source(), ip.destination(), options_.internet) != nullptr)
      return drop(passage, packet, Cause::private_leak);
  }
  if (filtered(Hook::prerouting)) {
    // Conntrack sees whole datagrams only (FW-H01: defrag comes before all).
    if (filter_->tracking() && Ipv4View(packet.data(), packet.size()).is_fragment()) [[unlikely]]
      if (!reassemble(passage, packet)) return;
    if (!run_hook<Hook::prerouting>(passage, packet)) return;
  }
  // As Linux does, after prerouting: rules see martians, and DNAT may mend where they go.
  const Ipv4Address destination{load_be32(packet.data() + 16)};
  if (const Cause cause = check_addresses(passage, {load_be32(packet.data() + 12)}, destination);
      cause != Cause::none) [[unlikely]]
    return drop(passage, packet, cause);
  const LocalAddress to = local_.find(destination);
  switch (to.kind) {
    case LocalKind::none: break;
    case LocalKind::unicast:
    case LocalKind::all_hosts: return deliver(passage, std::move(packet));
    case LocalKind::broadcast:
      // IPV4-20, IPV4-21: a broadcast is for this node if it is one on the link it came from.
      if (passage.in == kNoInterface || local_.is_broadcast_on(passage.in, destination))
        return deliver(passage, std::move(packet));
      return drop(passage, packet, Cause::group_not_forwarded);
  }
  if (!options_.forwarding) return drop(passage, packet, Cause::not_forwarding);
  forward(passage, std::move(packet), destination.is_multicast() || destination.is_broadcast());
}

NATSIM_HOT void Stack::receive_ipv4(Passage& passage, Packet&& frame) {
  const std::uint8_t* const ip = frame.data() + kEthernetHeaderBytes;
  if (const Cause cause = check_header(ip, frame.size() - kEthernetHeaderBytes);
      cause != Cause::none) [[unlikely]]
    return drop(passage, frame, cause);
  // Everything beyond here may write.
  if (frame.is_shared()) [[unlikely]]
    frame.make_unique(pool_);
  passage.link_header = frame.data();
  frame.trim_front(kEthernetHeaderBytes);
  const std::size_t length = load_be16(frame.data() + 2);
  if (frame.size() > length) frame.truncate(length);  // ETH-13: padding is not the packet's
  if (packet_sockets_) [[unlikely]] {
    const LocalDelivery delivery{
        {frame.data(), frame.size()}, passage.in, passage.link_group, frame.journey()};
    if (port_.deliver_raw(delivery)) return end(passage, nullptr, Outcome::delivered);
  }
  receive_packet(passage, std::move(frame));
}

NATSIM_COLD void Stack::receive_other(Passage& passage, Packet&& frame) {
  if (EthernetView(frame.data(), frame.size()).type() == EtherType::arp)
    return receive_arp(passage, frame);
  drop(passage, frame, Cause::no_such_protocol);
}

NATSIM_COLD void Stack::receive_watched(Passage& passage, Packet&& frame) {
  Visit visit;
  begin(passage, visit, frame, true);
  if (EthernetView(frame.data(), frame.size()).type() == EtherType::ipv4)
    return receive_ipv4(passage, std::move(frame));
  receive_other(passage, std::move(frame));
}

void Stack::receive(Instant now, IfIndex in, Packet&& frame) {
  const std::uint8_t* const ethernet = frame.data();
  Passage passage(now, in, (ethernet[0] & 1) != 0);
  if (watched_) [[unlikely]]
    return receive_watched(passage, std::move(frame));
  if (load_be16(ethernet + 12) == std::uint16_t(EtherType::ipv4)) [[likely]]
    return receive_ipv4(passage, std::move(frame));
  receive_other(passage, std::move(frame));
}

// The same stages for who stands in another file.

void Stack::leave(Passage& passage, Packet&& packet, Ipv4Address next_hop, bool past_filter) {
  leave_now(passage, std::move(packet), next_hop, past_filter);
}

void Stack::emit_frame(IfIndex out, MacAddress destination, Packet&& packet) {
  put_on_link(out, destination, std::move(packet));
}

void Stack::receive_own(Passage& passage, Packet&& packet) {
  receive_packet(passage, std::move(packet));
}

}  // namespace natsim
