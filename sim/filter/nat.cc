#include "sim/filter/nat.h"

#include <algorithm>

#include "sim/filter/rewrite.h"
#include "sim/wire/icmp.h"
#include "sim/wire/ipv4.h"
#include "sim/wire/tcp.h"
#include "sim/wire/udp.h"

namespace natsim {

namespace {

constexpr std::uint16_t done_bit(NatSide side) {
  return side == NatSide::source ? kSourceNatDone : kDestinationNatDone;
}

constexpr std::uint16_t nat_bit(NatSide side) {
  return side == NatSide::source ? kSourceNat : kDestinationNat;
}

/// The connection's decision that `side` of a packet in this direction follows from: what rewrites
/// the source one way restores the destination the other way.
constexpr std::uint16_t governing_bit(NatSide side, bool reply) {
  return reply ? nat_bit(side) ^ kNatMask : nat_bit(side);
}

bool is_error(const Traversal& packet) {
  return packet.state == ConnectionState::related && packet.protocol == Protocol::icmp;
}

void need_linear(Traversal& packet, std::uint32_t bytes) {
  packet.linear_bytes = std::max(packet.linear_bytes, bytes);
}

/// Up to the end of the transport header that an ICMP error quotes, as far as NAT writes in it.
std::uint32_t quoted_header_bytes(const Traversal& error) {
  const std::uint8_t* const quoted = error.transport() + kIcmpHeaderBytes;
  const std::uint32_t before = kIcmpHeaderBytes + (quoted[0] & 15u) * 4;
  switch (Protocol(quoted[9])) {
    case Protocol::tcp:
      if (error.has_transport(before + kTcpHeaderBytes)) return before + kTcpHeaderBytes;
      [[fallthrough]];
    case Protocol::udp:
    case Protocol::icmp:
    case Protocol::gre: return before + kUdpHeaderBytes;
    default: return before;
  }
}

}  // namespace

bool Nat::undecided(Hook hook, const Traversal& packet) const {
  if (packet.connection == nullptr || is_error(packet)) return false;
  if (packet.state != ConnectionState::new_ && packet.state != ConnectionState::related)
    return false;
  return !packet.connection->has(done_bit(nat_side(hook)));
}

void Nat::decide(Hook hook, Traversal& packet, const NatRange& range, Instant now) {
  Connection& c = *packet.connection;
  const NatSide side = nat_side(hook);
  if (c.has(kConfirmed) || c.has(done_bit(side))) return;
  // What the packet would look like now; an earlier decision about the other side shows in it.
  const FlowKeyV4 current = *invert(c.reply());
  const FlowKeyV4 chosen =
      unique_tuple(current, range, side, c, conntrack_.table(), conntrack_.tcp(), rng_, now);
  if (!(chosen == current)) {
    c.keys[int(FlowDirection::reply)] = *invert(chosen);
    c.status |= nat_bit(side);
    if (side == NatSide::source) conntrack_.table().add_by_source(c);
  }
  c.status |= done_bit(side);
}

void Nat::decide_none(Hook hook, Traversal& packet, Instant now) {
  const FlowKeyV4& reply = packet.connection->reply();
  const Ipv4Address stays = nat_side(hook) == NatSide::source ? reply.destination : reply.source;
  NatRange range;
  range.addresses = {stays, stays};
  decide(hook, packet, range, now);
}

bool Nat::masquerade(Traversal& packet, const NatRange& range, Instant now) {
  Connection& c = *packet.connection;
  if (c.original().source.is_unspecified()) return true;  // a DHCP client's
  const Ipv4Address next_hop =
      packet.next_hop.is_unspecified() ? packet.destination : packet.next_hop;
  const auto source = interfaces_.source_for(packet.out, next_hop);
  if (!source) return false;
  if (!c.has(kConfirmed)) c.masquerade_out = packet.out;
  NatRange mapped = range;
  mapped.addresses = {*source, *source};
  decide(Hook::postrouting, packet, mapped, now);
  return true;
}

bool Nat::redirect(Hook hook, Traversal& packet, const NatRange& range, Instant now) {
  const auto to = hook == Hook::output ? std::optional(Ipv4Address::of(127, 0, 0, 1))
                                       : interfaces_.primary(packet.in);
  if (!to) return false;
  NatRange mapped = range;
  mapped.addresses = {*to, *to};
  decide(hook, packet, mapped, now);
  return true;
}

void Nat::netmap(Hook hook, Traversal& packet, const Prefix& to, Instant now) {
  const std::uint32_t mask = netmask_of(to.length);
  const Ipv4Address before = nat_side(hook) == NatSide::source ? packet.source : packet.destination;
  const Ipv4Address after{(to.address.v4().value & mask) | (before.value & ~mask)};
  NatRange range;
  range.addresses = {after, after};
  decide(hook, packet, range, now);
}

bool Nat::moved(Hook hook, const Traversal& packet) const {
  const Connection* c = packet.connection;
  return hook == Hook::postrouting && c != nullptr && !packet.reply &&
         c->masquerade_out != kNoInterface && c->masquerade_out != packet.out;
}

bool Nat::translate(Hook hook, Traversal& packet) {
  const Connection* c = packet.connection;
  if (c == nullptr || (c->status & kNatMask) == 0) [[likely]]
    return c == nullptr || !is_error(packet) || translate_error(hook, packet);
  if (is_error(packet)) return translate_error(hook, packet);
  const NatSide side = nat_side(hook);
  if (!c->has(governing_bit(side, packet.reply))) return true;
  // It is to look like the inverse of what comes the other way.
  return rewrite(packet, side, end_of_inverse(c->keys[!packet.reply], side));
}

/// RFC 5508 REQ-4, REQ-5: the error is rewritten like a packet of its direction, and the packet it
/// quotes, which went the other way, is put back to what its sender knows.
bool Nat::translate_error(Hook hook, Traversal& packet) {
  need_linear(packet, kIcmpHeaderBytes + kIpv4HeaderBytes);
  const Connection& c = *packet.connection;
  if (IcmpType(packet.icmp_type) == IcmpType::redirect) {
    // A router told of another way: nothing that holds beyond a translation (NAT-I13).
    constexpr std::uint16_t kBothDone = kSourceNatDone | kDestinationNatDone;
    if (!c.has(kBothDone) || (c.status & kNatMask) != 0) return false;
  }
  const NatSide side = nat_side(hook);
  if (!c.has(governing_bit(side, packet.reply))) return true;
  const NatSide other = side == NatSide::source ? NatSide::destination : NatSide::source;
  const FlowKeyV4& opposite = c.keys[!packet.reply];
  if (!rewrite_quoted(packet, other, end_of(opposite, other))) return false;
  need_linear(packet, quoted_header_bytes(packet));
  rewrite_address(packet, side, end_of_inverse(opposite, side).address);
  return true;
}

}  // namespace natsim
