#include "sim/filter/match_eval.h"

#include <algorithm>

#include "sim/filter/clock.h"
#include "sim/wire/icmp.h"
#include "sim/wire/ipv4.h"
#include "sim/wire/mac.h"
#include "sim/wire/tcp.h"

namespace natsim {

namespace {

constexpr std::size_t kMacSourceOffset = 6;
constexpr std::uint32_t kTcpFlagsEnd = 14;  // all of a TCP header that is looked at

bool contains_address(const IpRangeMatch::Range& range, Ipv4Address address) {
  return (address >= range.first && address <= range.last) != range.negated;
}

bool conntrack_holds(const ConntrackMatch& m, const Traversal& packet, Instant now) {
  // An absent condition holds.
  const auto unless = [](const auto& condition, auto holds) {
    return !condition || holds(condition->value) != condition->negated;
  };
  if (!unless(m.states, [&](StateMask states) { return (state_mask(packet) & states) != 0; }))
    return false;
  const Connection* c = packet.connection;
  if (c == nullptr) return m.states.has_value();
  const auto has = [](Ipv4Address address) {
    return [address](const Prefix& prefix) { return prefix.contains(address); };
  };
  const auto in = [](std::uint16_t port) {
    return [port](PortRange ports) { return ports.contains(port); };
  };
  const FlowKeyV4 &original = c->original(), &reply = c->reply();
  if (m.direction != ConntrackMatch::Direction::any &&
      (m.direction == ConntrackMatch::Direction::reply) != packet.reply)
    return false;
  const std::uint32_t left =
      std::uint32_t(std::max<std::int64_t>(0, (c->expiry - now).whole_seconds()));
  return unless(m.protocol, [&](Protocol p) { return p == original.protocol; }) &&
         unless(m.original_source, has(original.source)) &&
         unless(m.original_destination, has(original.destination)) &&
         unless(m.reply_source, has(reply.source)) &&
         unless(m.reply_destination, has(reply.destination)) &&
         unless(m.original_source_port, in(original.source_port)) &&
         unless(m.original_destination_port, in(original.destination_port)) &&
         unless(m.reply_source_port, in(reply.source_port)) &&
         unless(m.reply_destination_port, in(reply.destination_port)) &&
         unless(m.status, [&](std::uint16_t bits) { return (c->status & bits) != 0; }) &&
         unless(m.expires, [&](SecondsLeft s) { return left >= s.first && left <= s.last; });
}

struct Evaluator {
  const Traversal& packet;
  const MatchContext& context;
  std::uint32_t memory;
  bool hot_drop = false;

  /// A header that the match needs is not all there. Later fragments have none, and pass.
  bool too_short() {
    hot_drop = packet.fragment_offset == 0;
    return false;
  }

  bool operator()(const MultiportMatch& m) {
    if (!packet.has_ports) return too_short();
    using End = MultiportMatch::End;
    const bool hit = std::any_of(m.ports.begin(), m.ports.end(), [&](const PortRange& range) {
      return (m.end != End::destination && range.contains(packet.source_port)) ||
             (m.end != End::source && range.contains(packet.destination_port));
    });
    return hit != m.negated;
  }
  bool operator()(const IcmpMatch& m) {
    if (packet.protocol != Protocol::icmp) return false;
    if (!packet.has_transport(kIcmpHeaderBytes)) return too_short();
    const bool hit = !m.type || (*m.type == packet.icmp_type && packet.icmp_code >= m.code_first &&
                                 packet.icmp_code <= m.code_last);
    return hit != m.negated;
  }
  bool operator()(const TcpFlagsMatch& m) const {
    if (packet.protocol != Protocol::tcp || !packet.has_transport(kTcpFlagsEnd)) return false;
    return ((packet.tcp_flags & m.mask) == m.set) != m.negated;
  }
  bool operator()(const MacMatch& m) const {
    if (packet.link_header == nullptr) return false;
    return (MacAddress::load(packet.link_header + kMacSourceOffset) == m.source) != m.negated;
  }
  bool operator()(const IpRangeMatch& m) const {
    return (!m.source || contains_address(*m.source, packet.source)) &&
           (!m.destination || contains_address(*m.destination, packet.destination));
  }
  bool operator()(const MarkMatch& m) const {
    if (m.of_connection && packet.connection == nullptr) return false;
    const std::uint32_t mark = m.of_connection ? packet.connection->mark : packet.mark;
    return ((mark & m.mask) == m.value) != m.negated;
  }
  bool operator()(const TtlMatch& m) const {
    const std::uint8_t ttl = Ipv4View(packet.ip, packet.ip_size).ttl();
    switch (m.relation) {
      case TtlMatch::Relation::equal: return ttl == m.value;
      case TtlMatch::Relation::not_equal: return ttl != m.value;
      case TtlMatch::Relation::less: return ttl < m.value;
      case TtlMatch::Relation::greater: return ttl > m.value;
    }
    return false;
  }
  bool operator()(const LengthMatch& m) const {
    return (packet.ip_size >= m.first && packet.ip_size <= m.last) != m.negated;
  }
  bool operator()(const DscpMatch& m) const {
    return (Ipv4View(packet.ip, packet.ip_size).dscp() == m.dscp) != m.negated;
  }
  bool operator()(const TosMatch& m) const {
    return ((Ipv4View(packet.ip, packet.ip_size).tos() & m.mask) == m.value) != m.negated;
  }
  bool operator()(const LimitMatch& m) const {
    return context.memory.limit(memory, m, context.now);
  }
  bool operator()(const ConntrackMatch& m) const { return conntrack_holds(m, packet, context.now); }
  bool operator()(const AddressTypeMatch& m) const {
    const auto holds = [&](std::uint8_t types, bool negated, Ipv4Address address) {
      if (types == 0) return true;
      return ((types & std::uint8_t(context.interfaces.type_of(address))) != 0) != negated;
    };
    return holds(m.source, m.source_negated, packet.source) &&
           holds(m.destination, m.destination_negated, packet.destination);
  }
  bool operator()(const InterfaceAddressMatch&) const {
    return context.interfaces.has_address(IfIndex{std::uint32_t(memory)}, packet.destination);
  }
  bool operator()(const SameInterfaceMatch&) const {
    return packet.in == packet.out && packet.in != kNoInterface;
  }
  bool operator()(const PacketTypeMatch& m) const {
    using Type = PacketTypeMatch::Type;
    Type type = Type::unicast;
    if (packet.link_header != nullptr) {
      const MacAddress to = MacAddress::load(packet.link_header);
      type = to.is_broadcast() ? Type::broadcast : to.is_group() ? Type::multicast : Type::unicast;
    }
    return (type == m.type) != m.negated;
  }
  bool operator()(const StatisticMatch& m) const { return context.memory.statistic(memory, m); }
  bool operator()(const ConnlimitMatch& m) {
    // Without a connection the packet itself counts as one: INVALID and UNTRACKED too.
    const auto key = packet.connection != nullptr ? packet.connection->original() : packet.key();
    const auto above =
        key ? context.memory.connlimit(memory, m, packet, *key, context.connections, context.now)
            : std::nullopt;
    hot_drop = !above;
    return above.value_or(false);
  }
  bool operator()(const RecentMatch& m) const {
    return context.memory.recent(m, packet, context.now);
  }
  bool operator()(const HashlimitMatch& m) {
    if ((m.by_source_port || m.by_destination_port) && !packet.has_ports &&
        (packet.protocol == Protocol::tcp || packet.protocol == Protocol::udp))
      return too_short();
    const auto within = context.memory.hashlimit(m, packet, context.now);
    hot_drop = !within;
    return within && *within != m.above;
  }
  bool operator()(const SetMatch& m) const {
    return context.sets[memory].holds(packet, m, context.now) != m.negated;
  }
  bool operator()(const TimeMatch& m) const {
    return time_holds(m, context.epoch_s + (context.now - Instant()).whole_seconds());
  }
};

struct Namer {
  const char* operator()(const MultiportMatch&) const { return "multiport"; }
  const char* operator()(const IcmpMatch&) const { return "icmp-type"; }
  const char* operator()(const TcpFlagsMatch&) const { return "tcp-flags"; }
  const char* operator()(const MacMatch&) const { return "mac-source"; }
  const char* operator()(const IpRangeMatch&) const { return "iprange"; }
  const char* operator()(const MarkMatch& m) const { return m.of_connection ? "connmark" : "mark"; }
  const char* operator()(const TtlMatch&) const { return "ttl"; }
  const char* operator()(const LengthMatch&) const { return "length"; }
  const char* operator()(const DscpMatch&) const { return "dscp"; }
  const char* operator()(const TosMatch&) const { return "tos"; }
  const char* operator()(const LimitMatch&) const { return "limit"; }
  const char* operator()(const ConntrackMatch&) const { return "conntrack"; }
  const char* operator()(const AddressTypeMatch&) const { return "addrtype"; }
  const char* operator()(const InterfaceAddressMatch&) const { return "interface-address"; }
  const char* operator()(const SameInterfaceMatch&) const { return "same-interface"; }
  const char* operator()(const PacketTypeMatch&) const { return "pkttype"; }
  const char* operator()(const StatisticMatch&) const { return "statistic"; }
  const char* operator()(const ConnlimitMatch&) const { return "connlimit"; }
  const char* operator()(const RecentMatch&) const { return "recent"; }
  const char* operator()(const HashlimitMatch&) const { return "hashlimit"; }
  const char* operator()(const SetMatch&) const { return "set"; }
  const char* operator()(const TimeMatch&) const { return "time"; }
};

}  // namespace

Held match_holds(const CompiledMatch& match, const Traversal& packet, const MatchContext& context) {
  Evaluator evaluator{packet, context, match.memory};
  const bool held = std::visit(evaluator, *match.match);
  if (evaluator.hot_drop) [[unlikely]]
    return Held::drop;
  return held ? Held::yes : Held::no;
}

const char* match_name(const Match& match) { return std::visit(Namer{}, match); }

FailedCommon failed_common(const RuleProgram& program, const CompiledRule& rule,
                           const Traversal& packet) {
  using R = CompiledRule;
  // One condition at a time: a rule that asks for nothing else tells whether this one holds.
  constexpr std::uint16_t kPorts = R::kSourcePort | R::kDestinationPort;
  struct Part {
    std::uint16_t bits;
    const char* name;
  };
  static constexpr Part kParts[] = {
      {R::kIn, "in-interface"},
      {R::kOut, "out-interface"},
      {R::kSource, "source"},
      {R::kDestination, "destination"},
      {R::kProtocol, "protocol"},
      {R::kSourcePort, "sport"},
      {R::kDestinationPort, "dport"},
      {R::kState, "ctstate"},
      {R::kLaterFragments | R::kNotLaterFragments, "fragment"},
  };
  static_assert((kPorts & (R::kSource | R::kDestination)) == 0);
  FailedCommon failed;
  for (const Part& part : kParts) {
    R alone = rule;
    alone.asked &= part.bits;
    alone.inverted &= part.bits;
    alone.compared &= part.bits | R::kSource | R::kDestination;
    if (!(part.bits & R::kSource)) alone.source_mask = 0;
    if (!(part.bits & R::kDestination)) alone.destination_mask = 0;
    if (common_matches(program, alone, packet)) continue;
    if (failed.first == nullptr) failed.first = part.name;
    ++failed.count;
  }
  return failed;
}

}  // namespace natsim
