// What is for this node, and what it sends itself.
#include <algorithm>
#include <array>
#include <utility>

#include "sim/ip/stack.h"
#include "sim/ip/stack_hook.h"
#include "sim/wire/ethernet.h"
#include "sim/wire/l4_checksum.h"
#include "sim/wire/udp.h"

namespace natsim {

namespace {

/// RFC 7761. Linux as it is usually built takes these packets, and has nothing to do with them.
constexpr Protocol kPim{103};

/// Octets behind a UDP datagram's length are not there for its receiver, nor in an error about it.
/// False: its length is wrong.
bool cut_to_datagram(Packet& packet) {
  const Ipv4View ip(packet.data(), packet.size());
  const auto udp = UdpView::checked(ip.payload());
  if (!udp.ok() || udp->length() < kUdpHeaderBytes || udp->length() > ip.payload().size())
    return false;
  packet.truncate(ip.header_bytes() + udp->length());
  return true;
}

}  // namespace

void Stack::deliver(Passage& passage, Packet&& packet) {
  if (Ipv4View(packet.data(), packet.size()).is_fragment() && !reassemble(passage, packet)) return;
  if (filtered(Hook::input) && !run_hook<Hook::input>(passage, packet)) return;
  deliver_up(passage, std::move(packet));
}

void Stack::deliver_up(Passage& passage, Packet&& packet) {
  if (Ipv4View(packet.data(), packet.size()).protocol() == Protocol::udp &&
      !cut_to_datagram(packet))
    return drop(passage, packet, Cause::malformed_packet);  // UDP-07
  const Ipv4View ip(packet.data(), packet.size());
  const bool group = passage.link_group || !local_.is_own(ip.destination());
  // ICMP-03, UDP-04: silently. What conntrack has verified stays so, whatever rules made of it.
  if (!(packet.flags() & Packet::kL4ChecksumGood) &&
      !l4_checksum_ok(ip.protocol(), ip.pseudo_header(), ip.payload()))
    return drop(passage, packet, Cause::bad_checksum);
  const LocalDelivery delivery{ip, passage.in, group, packet.journey()};
  switch (ip.protocol()) {
    case Protocol::udp: {
      if (port_.deliver_udp(delivery)) return end(passage, nullptr, Outcome::delivered);
      end(passage, nullptr, group ? Outcome::dropped : Outcome::rejected,
          {Cause::port_closed, nullptr});
      if (!group) {  // UDP-05, UDP-08
        // Linux takes the packet out of its connection before UDP sees it (nf_reset_ct): the error
        // has to find that by itself.
        passage.traversal.reset();
        send_error(passage, IcmpHeader::unreachable(IcmpUnreachable::port), packet);
      }
      return;
    }
    case Protocol::tcp: {
      if (group) return drop(passage, packet, Cause::ignored);  // RFC 1122 4.2.3.10
      if (port_.deliver_tcp(delivery)) return end(passage, nullptr, Outcome::delivered);
      end(passage, nullptr, Outcome::rejected, {Cause::port_closed, nullptr});
      finish_transport(packet);  // verified it is
      if (Packet reset = make_tcp_reset(pool_, packet.bytes(), ResetBy::stack))
        send(passage.now, std::move(reset));
      return;
    }
    case Protocol::icmp: {
      if (receive_icmp(passage, packet, group)) return;
      return drop(passage, packet, Cause::ignored);
    }
    case Protocol::igmp:
      return drop(passage, packet, Cause::ignored);  // known, and no group joined
    default:
      if (ip.protocol() == kPim) return drop(passage, packet, Cause::ignored);
      end(passage, nullptr, Outcome::rejected, {Cause::no_such_protocol, nullptr});
      return send_error(passage, IcmpHeader::unreachable(IcmpUnreachable::protocol), packet);
  }
}

bool Stack::receive_icmp(Passage& passage, Packet& packet, bool group) {
  const Ipv4View ip(packet.data(), packet.size());
  const auto icmp = IcmpView::checked(ip.payload());
  if (!icmp.ok()) return false;
  if (icmp->type() == IcmpType::echo_request) {
    if (!local_.is_own(ip.destination())) return false;  // ICMP-02
    end(passage, nullptr, Outcome::delivered);
    answer_echo(passage, ip);
    return true;
  }
  if (icmp->type() == IcmpType::timestamp_request && local_.is_own(ip.destination()))
    return answer_timestamp(passage, ip);
  learn_path_mtu(passage.now, *icmp);
  const bool taken = port_.deliver_icmp({ip, passage.in, group, packet.journey()});
  if (taken) end(passage, nullptr, Outcome::delivered);
  return taken;
}

// RFC 1191 3, IPV4-19: what a router could not send on, and how long it may be.
void Stack::learn_path_mtu(Instant now, const IcmpView& icmp) {
  if (icmp.type() != IcmpType::destination_unreachable ||
      IcmpUnreachable(icmp.code()) != IcmpUnreachable::fragmentation_needed)
    return;
  const auto quoted = Ipv4View::checked(icmp.payload());
  if (!quoted.ok() || !local_.is_own(quoted->source())) return;
  const Route* route = routes_.lookup(quoted->destination());
  if (route == nullptr || route->kind != RouteKind::unicast) return;
  if (path_mtus_ == nullptr) path_mtus_ = std::make_unique<PathMtus>();
  path_mtus_->learn(now, quoted->destination(), icmp.next_hop_mtu(),
                    interfaces_[route->out.value].mtu);
}

std::uint32_t Stack::path_mtu(Instant now, Ipv4Address destination) const {
  constexpr std::uint32_t kLoopbackMtu = 65'520;  // IPv4's largest in Linux
  if (local_.is_own(destination)) return kLoopbackMtu;
  const auto* path = path_mtus_ != nullptr ? path_mtus_->find(now, destination) : nullptr;
  const Route* route = routes_.lookup(destination);
  if (route == nullptr || route->kind != RouteKind::unicast) return 65'535;
  const std::uint32_t link = interfaces_[route->out.value].mtu;
  return path != nullptr ? std::min(link, path->mtu) : link;
}

// ip_dont_fragment() of Linux.
void Stack::discover_path_mtu(const Passage& passage, Packet& packet) const {
  MutableIpv4View ip(packet.data(), packet.size());
  const auto* path =
      path_mtus_ != nullptr ? path_mtus_->find(passage.now, ip.destination()) : nullptr;
  std::uint32_t mtu = 65'535;  // to itself
  if (passage.out != kNoInterface) mtu = interfaces_[passage.out.value].mtu;
  if (path != nullptr) mtu = std::min(mtu, path->mtu);
  const bool df = packet.size() <= mtu && (path == nullptr || !path->never_df);
  ip.set_flags_and_offset(df ? kIpv4DontFragment : 0);
}

// RFC 792: the same identifier, sequence number and data; RFC 1122 3.2.2.6: from the address that
// was asked. The TOS comes back too, as Linux has it.
void Stack::answer_echo(Passage& passage, const Ipv4View& ip) {
  answer_icmp(passage, ip, IcmpType::echo_reply, ip.payload());
}

// RFC 792: received and transmitted in milliseconds since midnight UT; whatever followed the
// asker's own time is not sent back.
bool Stack::answer_timestamp(Passage& passage, const Ipv4View& ip) {
  constexpr std::int64_t kDayMs = 86'400'000;
  constexpr std::size_t kTimeBytes = 4;
  const ByteSpan asked = ip.payload();
  if (asked.size() < kIcmpHeaderBytes + kTimeBytes) return false;
  end(passage, nullptr, Outcome::delivered);
  std::array<std::uint8_t, kIcmpHeaderBytes + 3 * kTimeBytes> reply{};
  std::copy_n(asked.begin(), kIcmpHeaderBytes + kTimeBytes, reply.begin());
  reply[1] = 0;
  const std::int64_t clock_ms = options_.epoch_s * 1000 + passage.now.ns() / 1'000'000;
  const auto time = std::uint32_t((clock_ms % kDayMs + kDayMs) % kDayMs);
  store_be32(reply.data() + kIcmpHeaderBytes + kTimeBytes, time);
  store_be32(reply.data() + kIcmpHeaderBytes + 2 * kTimeBytes, time);
  answer_icmp(passage, ip, IcmpType::timestamp_reply, reply);
  return true;
}

void Stack::answer_icmp(Passage& passage, const Ipv4View& asked, IcmpType type, ByteSpan message) {
  Packet reply =
      pool_.allocate(kIpv4HeaderBytes + message.size(), Packet::kHeadroom + kEthernetHeaderBytes);
  std::copy(message.begin(), message.end(), reply.data() + kIpv4HeaderBytes);
  const Ipv4Header header{.tos = asked.tos(),
                          .id = next_identification(),
                          .protocol = Protocol::icmp,
                          .source = asked.destination(),
                          .destination = asked.source(),
                          .payload_bytes = std::uint16_t(message.size())};
  header.emit(reply.mutable_bytes());
  const MutableByteSpan payload = reply.mutable_bytes().subspan(kIpv4HeaderBytes);
  payload[0] = std::uint8_t(type);
  finish_l4_checksum(Protocol::icmp, header.pseudo_header(), payload);
  send(passage.now, std::move(reply));
}

// --- from this node ----------------------------------------------------------------------------

void Stack::send(Instant now, Packet&& packet, const SendOptions& options) {
  originate(now, std::move(packet), options, nullptr);
}

// `answered` is the passage of the packet that this one answers, if a hook saw it.
void Stack::originate(Instant now, Packet&& packet, const SendOptions& options,
                      Traversal* answered) {
  if (packet.journey() == JourneyId{}) packet.set_journey(next_journey());
  Passage passage(now, kNoInterface);
  std::optional<Visit> visit;
  if (watched_) [[unlikely]]
    begin(passage, visit.emplace(), packet, false);
  output(passage, std::move(packet), options, answered);
}

void Stack::output(Passage& passage, Packet&& packet, const SendOptions& options,
                   Traversal* answered) {
  const auto fail = [&](Cause cause) {
    end(passage, nullptr, Outcome::dropped, {cause, nullptr});
    port_.send_failed({packet.data(), packet.size()}, cause);
  };
  Ipv4Address next_hop;
  const auto find_way = [&]() -> Cause {
    const Ipv4Address destination{load_be32(packet.data() + 16)};
    if (local_.is_own(destination)) {  // to itself
      passage.out = kNoInterface;
      return Cause::none;
    }
    if (options.interface != kNoInterface || destination.is_broadcast()) {
      passage.out = options.interface != kNoInterface ? options.interface : broadcast_interface();
      next_hop = destination;
      const Route* route = routes_.lookup(destination);
      if (route != nullptr && route->out == passage.out)
        next_hop = route->neighbor_for(destination);
      return Cause::none;
    }
    const Route* route = routes_.lookup(destination);
    if (route == nullptr) return Cause::no_route;
    switch (route->kind) {
      case RouteKind::unicast: break;
      case RouteKind::blackhole: return Cause::route_blackhole;
      case RouteKind::unreachable: return Cause::route_unreachable;
      case RouteKind::prohibit: return Cause::route_prohibit;
    }
    passage.out = route->out;
    next_hop = route->neighbor_for(destination);
    if (passage.visit != nullptr)
      passage.visit->steps.push_back(
          RouteStep{route->place, route->prefix(), IpAddress(next_hop), route->out});
    return Cause::none;
  };
  if (const Cause cause = find_way(); cause != Cause::none) return fail(cause);
  if (options.path_mtu_discovery) discover_path_mtu(passage, packet);
  if (filtered(Hook::output) && !options.past_filter) {
    const std::uint32_t before = load_be32(packet.data() + 16);
    passage.traversal.emplace(packet, packet.data(), std::uint32_t(packet.size()));
    passage.traversal->steps = passage.visit != nullptr ? &passage.visit->steps : nullptr;
    if (answered != nullptr) filter_->attach(*passage.traversal, *answered);
    if (!run_hook<Hook::output>(passage, packet)) return;
    if (load_be32(packet.data() + 16) != before)  // OUTPUT DNAT: the way is looked up again
      if (const Cause cause = find_way(); cause != Cause::none) return fail(cause);
  }
  if (options.destination_mac) {
    end(passage, &packet, Outcome::sent);
    return emit_frame(passage.out, *options.destination_mac, std::move(packet));
  }
  leave(passage, std::move(packet), next_hop, options.past_filter);
}

}  // namespace natsim
