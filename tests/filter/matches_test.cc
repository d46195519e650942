// Each match of a rule: what it holds for, what not, and its negation.
#include <gtest/gtest.h>

#include <array>

#include "sim/wire/ipv4.h"
#include "tests/filter/bench.h"

namespace natsim::test {
namespace {

using Pattern = std::vector<int>;

/// Whether each of the packets, from inside, matches a FORWARD rule. A state match elsewhere keeps
/// conntrack on, so that all of them are tracked.
Pattern hits(const Rule& rule, const std::vector<Bytes>& packets, Duration pause = {}) {
  Rule named = rule;
  named.label.name = "probed";
  Bench bench(counting_states(Rules().add(Table::filter, "FORWARD", named)));
  Pattern pattern;
  for (const Bytes& packet : packets) {
    const std::uint64_t before = bench.hits("probed");
    bench.arrive(kIn0, packet);
    pattern.push_back(int(bench.hits("probed") - before));
    bench.wait(pause);
  }
  return pattern;
}

Rule only(Match match) {
  Rule made;
  made.matches.push_back(std::move(match));
  return made;
}

Rule of(Protocol protocol, Rule rule) {
  rule.protocol.protocol = protocol;
  return rule;
}

// FW-M10
TEST(AddressMatches, HostBitsDoNotCountAndNegationInverts) {
  Rule r;
  r.source.prefix = *Prefix::parse("10.0.0.77/24");
  const std::vector<Bytes> packets = {udp(kC, 1, kS, 2),
                                      udp(Ipv4Address::of(10, 0, 1, 2), 1, kS, 2)};
  EXPECT_EQ(hits(r, packets), (Pattern{1, 0}));
  r.source.negated = true;
  EXPECT_EQ(hits(r, packets), (Pattern{0, 1}));
  Rule d;
  d.destination = {*Prefix::parse("203.0.113.10/32"), true};
  EXPECT_EQ(hits(d, {udp(kC, 1, kS, 2), udp(kC, 1, kS11, 2)}), (Pattern{0, 1}));
}

// FW-M11
TEST(InterfaceMatches, TakeNamesAndBeginningsOfNames) {
  const auto with_in = [](std::vector<std::string> patterns, bool negated = false) {
    Rule r;
    r.in = {std::move(patterns), negated};
    return hits(r, {udp(kC, 1, kS, 2)}).front();
  };
  EXPECT_EQ(with_in({"in0"}), 1);
  EXPECT_EQ(with_in({"in+"}), 1);
  EXPECT_EQ(with_in({"+"}), 1);
  EXPECT_EQ(with_in({"i"}), 0);
  EXPECT_EQ(with_in({"in"}), 0);
  EXPECT_EQ(with_in({"out0", "in0"}), 1);
  EXPECT_EQ(with_in({"out0", "dmz0"}), 0);
  EXPECT_EQ(with_in({"in0"}, true), 0);
  EXPECT_EQ(with_in({"out0"}, true), 1);
  Rule out;
  out.out.patterns = {"out0"};
  EXPECT_EQ(hits(out, {udp(kC, 1, kS, 2), udp(kC, 1, Ipv4Address::of(172, 16, 5, 10), 2)}),
            (Pattern{1, 0}));
}

TEST(InterfaceMatches, WorkBeyondTheSixtyFourthInterface) {
  std::vector<InterfaceInfo> many;
  for (int i = 0; i < 200; ++i) many.push_back({"if" + std::to_string(i), {}});
  Rule r = rule("no", DropTarget{});
  r.in.patterns = {"if130"};
  Netfilter filter(Rules().add(Table::filter, "FORWARD", r), many, Prng(1));
  PacketPool pool;
  for (const std::uint16_t in : {2, 66, 130, 194}) {
    Packet packet = pool.copy(udp(kC, 1, kS, 2));
    Traversal t(packet, packet.data(), std::uint32_t(packet.size()));
    t.in = {in};
    EXPECT_EQ(filter.run(Hook::forward, t, Instant()), in != 130);
  }
}

TEST(PortMatches, AreInclusiveAndNeverHoldWithoutPorts) {
  Rule r = of(Protocol::udp, {});
  r.destination_port.ports = {1000, 2000};
  const std::vector<Bytes> packets = {udp(kC, 1, kS, 999), udp(kC, 1, kS, 1000),
                                      udp(kC, 1, kS, 2000), udp(kC, 1, kS, 2001),
                                      tcp(kC, 1, kS, 1500, {"S"})};
  EXPECT_EQ(hits(r, packets), (Pattern{0, 1, 1, 0, 0}));
  r.destination_port.negated = true;
  EXPECT_EQ(hits(r, packets), (Pattern{1, 0, 0, 1, 0}));
  Rule any;
  any.protocol = {Protocol::udp, true};
  EXPECT_EQ(hits(any, packets), (Pattern{0, 0, 0, 0, 1}));
}

// FW-M19
TEST(Multiport, HoldsForAnyOfItsRanges) {
  MultiportMatch m;
  m.ports = {{53, 53}, {1000, 1010}};
  const std::vector<Bytes> packets = {udp(kC, 53, kS, 9), udp(kC, 9, kS, 53), udp(kC, 9, kS, 1005),
                                      udp(kC, 9, kS, 1011), ping(kC, kS, 53)};
  EXPECT_EQ(hits(of(Protocol::udp, only(m)), packets), (Pattern{0, 1, 1, 0, 0}));
  m.end = MultiportMatch::End::source;
  EXPECT_EQ(hits(of(Protocol::udp, only(m)), packets), (Pattern{1, 0, 0, 0, 0}));
  m.end = MultiportMatch::End::either;
  EXPECT_EQ(hits(of(Protocol::udp, only(m)), packets), (Pattern{1, 1, 1, 0, 0}));
  m.negated = true;
  EXPECT_EQ(hits(of(Protocol::udp, only(m)), packets), (Pattern{0, 0, 0, 1, 0}));
}

TEST(Icmp, LooksAtTypeAndCode) {
  IcmpMatch unreachable;
  unreachable.type = 3;
  IcmpMatch port = unreachable;
  port.code_first = port.code_last = 3;
  const Bytes about = udp(kS, 1, kC, 2);
  const std::vector<Bytes> packets = {
      ping(kC, kS, 1), error(kC, kS, IcmpHeader::unreachable(IcmpUnreachable::port), about),
      error(kC, kS, IcmpHeader::unreachable(IcmpUnreachable::host), about), udp(kC, 1, kS, 2)};
  EXPECT_EQ(hits(only(unreachable), packets), (Pattern{0, 1, 1, 0}));
  EXPECT_EQ(hits(only(port), packets), (Pattern{0, 1, 0, 0}));
  port.negated = true;
  EXPECT_EQ(hits(only(port), packets), (Pattern{1, 0, 1, 0}));
  EXPECT_EQ(hits(only(IcmpMatch{}), packets), (Pattern{1, 1, 1, 0}));
}

// FW-M12
TEST(TcpFlags, ComparesUnderAMask) {
  const std::vector<Bytes> packets = {tcp(kC, 1, kS, 2, {"S"}),   tcp(kC, 2, kS, 2, {"SA"}),
                                      tcp(kC, 3, kS, 2, {"A"}),   tcp(kC, 4, kS, 2, {""}),
                                      tcp(kC, 5, kS, 2, {"FPU"}), udp(kC, 1, kS, 2)};
  constexpr std::uint8_t kAll = 0x3f;
  TcpFlagsMatch syn{kTcpFin | kTcpSyn | kTcpRst | kTcpAck, kTcpSyn, false};
  EXPECT_EQ(hits(only(syn), packets), (Pattern{1, 0, 0, 0, 0, 0}));
  syn.negated = true;
  EXPECT_EQ(hits(only(syn), packets), (Pattern{0, 1, 1, 1, 1, 0}));
  EXPECT_EQ(hits(only(TcpFlagsMatch{kAll, 0, false}), packets), (Pattern{0, 0, 0, 1, 0, 0}));
  EXPECT_EQ(hits(only(TcpFlagsMatch{kAll, kTcpFin | kTcpPsh | kTcpUrg, false}), packets),
            (Pattern{0, 0, 0, 0, 1, 0}));
}

// FW-M21
TEST(Mac, ComparesTheFramesSource) {
  const MacAddress sender = *MacAddress::parse("02:00:00:00:00:07");
  EXPECT_EQ(hits(only(MacMatch{sender, false}), {udp(kC, 1, kS, 2)}), Pattern{1});
  EXPECT_EQ(hits(only(MacMatch{sender, true}), {udp(kC, 1, kS, 2)}), Pattern{0});
  EXPECT_EQ(hits(only(MacMatch{MacAddress::broadcast(), false}), {udp(kC, 1, kS, 2)}), Pattern{0});
  // Not for what the router sends itself.
  Rule r = only(MacMatch{MacAddress::broadcast(), true});
  r.label.name = "mac";
  Ruleset unchecked = Rules().add(Table::filter, "OUTPUT", r);
  Netfilter filter(unchecked, {{"out0", {}}}, Prng(1));
  PacketPool pool;
  Packet packet = pool.copy(udp(kX, 1, kS, 2));
  Traversal t(packet, packet.data(), std::uint32_t(packet.size()));
  filter.run(Hook::output, t, Instant());
  EXPECT_EQ(filter.rule_report().front().counters.packets, 0u);
}

// FW-M21
TEST(IpRange, IsInclusive) {
  IpRangeMatch m;
  m.source = {kC, kC3, false};
  const auto from = [](std::uint8_t last) {
    return udp(Ipv4Address::of(10, 0, 0, last), 1, kS, 2);
  };
  const std::vector<Bytes> packets = {from(1), from(2), from(3), from(4)};
  EXPECT_EQ(hits(only(m), packets), (Pattern{0, 1, 1, 0}));
  m.source->negated = true;
  EXPECT_EQ(hits(only(m), packets), (Pattern{1, 0, 0, 1}));
  IpRangeMatch to;
  to.destination = {kS11, kS12, false};
  EXPECT_EQ(hits(only(to), {udp(kC, 1, kS, 2), udp(kC, 1, kS12, 2)}), (Pattern{0, 1}));
}

// FW-M21, FW-M05
TEST(Marks, AreSetByRulesAndSeenByLaterOnes) {
  Rules rules;
  Rule marking = rule("mark", MarkTarget{0x12, 0xff});
  marking.source.prefix = *Prefix::parse("10.0.0.2");
  rules.add(Table::mangle, "PREROUTING", marking);
  Rule low = only(MarkMatch{0x2, 0xf, false, false}),
       other = only(MarkMatch{0x12, 0xff, true, false});
  low.label.name = "low";
  other.label.name = "other";
  rules.add(Table::filter, "FORWARD", low).add(Table::filter, "FORWARD", other);
  Bench bench(rules);
  bench.arrive(kIn0, udp(kC, 1, kS, 2));
  bench.arrive(kIn0, udp(kC3, 1, kS, 2));
  EXPECT_EQ(bench.hits("low"), 1u);
  EXPECT_EQ(bench.hits("other"), 1u);
}

TEST(Marks, OfConnectionsOutliveThePacket) {
  using Operation = ConnmarkTarget::Operation;
  Rules rules;
  Rule fresh = rule("mark", MarkTarget{7});
  fresh.state.states = kStateNew;
  rules.add(Table::mangle, "PREROUTING", fresh);
  Rule save = rule("save", ConnmarkTarget{Operation::save});
  save.state.states = kStateNew;
  rules.add(Table::mangle, "PREROUTING", save);
  Rule restore = rule("restore", ConnmarkTarget{Operation::restore});
  restore.state.states = kStateEstablished;
  rules.add(Table::mangle, "PREROUTING", restore);
  Rule seen = only(MarkMatch{7}), of_connection = only(MarkMatch{7, 0xff, false, true});
  seen.label.name = "packet";
  of_connection.label.name = "connection";
  rules.add(Table::filter, "FORWARD", seen).add(Table::filter, "FORWARD", of_connection);
  Bench bench(rules);
  bench.arrive(kIn0, udp(kC, 1, kS, 2));
  bench.arrive(kOut0, udp(kS, 2, kC, 1));
  EXPECT_EQ(bench.hits("packet"), 2u);
  EXPECT_EQ(bench.hits("connection"), 2u);
}

TEST(Header, TtlLengthTosAndDscp) {
  Bytes packet = udp(kC, 1, kS, 2, "1234567890");  // 38 octets
  MutableIpv4View(packet.data(), packet.size()).set_tos(0xb9);
  using Relation = TtlMatch::Relation;  // in FORWARD the TTL is 63
  EXPECT_EQ(hits(only(TtlMatch{Relation::equal, 63}), {packet}), Pattern{1});
  EXPECT_EQ(hits(only(TtlMatch{Relation::not_equal, 63}), {packet}), Pattern{0});
  EXPECT_EQ(hits(only(TtlMatch{Relation::less, 63}), {packet}), Pattern{0});
  EXPECT_EQ(hits(only(TtlMatch{Relation::greater, 62}), {packet}), Pattern{1});
  EXPECT_EQ(hits(only(LengthMatch{38, 38, false}), {packet}), Pattern{1});
  EXPECT_EQ(hits(only(LengthMatch{39, 1500, false}), {packet}), Pattern{0});
  EXPECT_EQ(hits(only(LengthMatch{39, 1500, true}), {packet}), Pattern{1});
  EXPECT_EQ(hits(only(DscpMatch{46, false}), {packet}), Pattern{1});
  EXPECT_EQ(hits(only(TosMatch{0xb8, 0xfc, false}), {packet}), Pattern{1});
  EXPECT_EQ(hits(only(TosMatch{0xb8, 0xff, false}), {packet}), Pattern{0});
}

TEST(AddressType, KnowsOwnBroadcastAndGroupAddresses) {
  const auto type_of = [](AddressType type, Ipv4Address to) {
    AddressTypeMatch m;
    m.destination = std::uint8_t(type);
    Rule r = only(m);
    r.label.name = "type";
    Bench bench(Rules().add(Table::mangle, "PREROUTING", r));
    bench.arrive(kIn0, udp(kC, 1, to, 2));
    return bench.hits("type") == 1;
  };
  EXPECT_TRUE(type_of(AddressType::local, kX));
  EXPECT_TRUE(type_of(AddressType::local, Ipv4Address::of(203, 0, 113, 2)));
  EXPECT_FALSE(type_of(AddressType::local, kS));
  EXPECT_TRUE(type_of(AddressType::unicast, kS));
  EXPECT_TRUE(type_of(AddressType::broadcast, Ipv4Address::of(10, 0, 0, 255)));
  EXPECT_TRUE(type_of(AddressType::broadcast, Ipv4Address::of(255, 255, 255, 255)));
  EXPECT_TRUE(type_of(AddressType::multicast, Ipv4Address::of(224, 0, 0, 5)));
}

// FW-M14: the measured counts
TEST(Limit, IsABucketThatStartsFull) {
  const std::vector<Bytes> twenty(20, udp(kC, 1, kS, 2));
  const auto sum = [](const Pattern& p) { return std::count(p.begin(), p.end(), 1); };
  Rule r = only(LimitMatch{200_ms, 3});
  EXPECT_EQ(sum(hits(r, twenty)), 3);
  EXPECT_EQ(sum(hits(only(LimitMatch{}), twenty)), 5);  // 3/hour burst 5
  // At 10/s, 5/s pass: the burst and then each second one.
  EXPECT_EQ(hits(r, std::vector<Bytes>(10, udp(kC, 1, kS, 2)), 100_ms),
            (Pattern{1, 1, 1, 1, 1, 0, 1, 0, 1, 0}));
  // Never more than the burst, however long the pause.
  EXPECT_EQ(hits(r, std::vector<Bytes>(2, udp(kC, 1, kS, 2)), 3600_s), (Pattern{1, 1}));
}

TEST(Limit, CountsOnlyWhatTheMatchesBeforeItHold) {
  Rule r = of(Protocol::udp, only(LimitMatch{3600_s, 1}));
  EXPECT_EQ(hits(r, {ping(kC, kS, 1), tcp(kC, 1, kS, 2, {"S"}), udp(kC, 1, kS, 2)}),
            (Pattern{0, 0, 1}));
}

// FW-M15
TEST(Hashlimit, HasABucketForEachKey) {
  HashlimitMatch m;
  m.name = "web";
  m.interval = 1_s;
  m.burst = 2;
  m.by_source = true;
  const Bytes a = udp(kC, 1, kS, 2), b = udp(kC3, 1, kS, 2);
  EXPECT_EQ(hits(only(m), {a, a, a, b, b, b}), (Pattern{1, 1, 0, 1, 1, 0}));
  m.above = true;
  EXPECT_EQ(hits(only(m), {a, a, a, b, b, b}), (Pattern{0, 0, 1, 0, 0, 1}));
}

// FW-M20
TEST(Statistic, NthHoldsForOneInN) {
  StatisticMatch m;
  m.every = 3;
  const std::vector<Bytes> nine(9, udp(kC, 1, kS, 2));
  EXPECT_EQ(hits(only(m), nine), (Pattern{1, 0, 0, 1, 0, 0, 1, 0, 0}));
  m.packet = 2;
  EXPECT_EQ(hits(only(m), nine), (Pattern{0, 0, 1, 0, 0, 1, 0, 0, 1}));
  m.negated = true;
  EXPECT_EQ(hits(only(m), nine), (Pattern{1, 1, 0, 1, 1, 0, 1, 1, 0}));
}

// FW-M20
TEST(Statistic, RandomHoldsForItsShare) {
  StatisticMatch m;
  m.mode = StatisticMatch::Mode::random;
  m.probability = {1, 4};
  const Pattern p = hits(only(m), std::vector<Bytes>(2000, udp(kC, 1, kS, 2)));
  const auto share = std::count(p.begin(), p.end(), 1);
  EXPECT_GT(share, 400);
  EXPECT_LT(share, 600);
}

// FW-M18
TEST(Connlimit, CountsTrackedConnectionsOfASource) {
  ConnlimitMatch m;
  m.limit = 2;
  Rule refuse = only(m);
  refuse.label.name = "too many";
  refuse.target = DropTarget{};
  Bench bench(Rules().add(Table::filter, "FORWARD", refuse));
  const auto syn = [&](Ipv4Address from, std::uint16_t port) {
    return bench.arrive(kIn0, tcp(from, port, kS, 80, {"S"})).starts_with("out0");
  };
  EXPECT_TRUE(syn(kC, 1));
  EXPECT_TRUE(syn(kC, 2));
  EXPECT_TRUE(syn(kC, 1)) << "a packet of a connection that counts already";
  EXPECT_FALSE(syn(kC, 3));
  EXPECT_FALSE(syn(kC, 4));
  EXPECT_TRUE(syn(kC3, 1));
  bench.wait(121_s);
  EXPECT_TRUE(syn(kC, 5));
}

// FW-M18: what is gone is noticed on the way to the packet's own connection only.
TEST(Connlimit, MayCountWhatIsGoneBehindItsOwn) {
  ConnlimitMatch m;
  m.limit = 2;
  Rule refuse = only(m);
  refuse.target = DropTarget{};
  Bench bench(Rules().add(Table::filter, "FORWARD", refuse));
  const auto passes = [&](std::uint16_t port) {
    return bench.arrive(kIn0, udp(kC, port, kS, 80)).starts_with("out0");
  };
  EXPECT_TRUE(passes(1));
  EXPECT_TRUE(passes(2));
  EXPECT_FALSE(passes(3)) << "and so it never is a connection";
  EXPECT_FALSE(passes(2)) << "the third still stands behind it";
  EXPECT_FALSE(passes(4)) << "a new one looks at all of them, and takes the third's place";
}

// FW-M18: as measured. A list that a packet of an assured connection finds empty drops it.
TEST(Connlimit, TheResetOfTheLastAssuredConnectionIsDropped) {
  ConnlimitMatch m;
  m.limit = 5;
  m.prefix_length = 0;
  Rule count = only(m);
  count.label.name = "too many";
  const auto reset_comes_out = [&](bool with_ack) {
    Bench bench(Rules().add(Table::filter, "FORWARD", count));
    bench.arrive(kIn0, tcp(kC, 1, kS, 80, {"S", 100}));
    bench.arrive(kOut0, tcp(kS, 80, kC, 1, {"SA", 500, 101}));
    if (with_ack) bench.arrive(kIn0, tcp(kC, 1, kS, 80, {"A", 101, 501}));
    return bench.arrive(kIn0, tcp(kC, 1, kS, 80, {"R", 101})).starts_with("out0");
  };
  EXPECT_FALSE(reset_comes_out(true));
  EXPECT_TRUE(reset_comes_out(false)) << "not assured, it stands on the list, closed or not";
}

// FW-M18: a packet that is no connection's counts as itself.
TEST(Connlimit, CountsWhatIsInvalidToo) {
  ConnlimitMatch m;
  m.limit = 0;
  Rule refuse = only(m);
  refuse.target = DropTarget{};
  Bench bench(Rules().add(Table::filter, "FORWARD", refuse));
  EXPECT_TRUE(bench.arrive(kIn0, tcp(kC, 1, kS, 80, {"F"})).starts_with("dropped"));
}

// What a match has to read and is not there makes the packet go, matched or not: Linux's hotdrop.
TEST(Matches, OfATransportHeaderDropWhatIsCutShort) {
  MultiportMatch ports;
  ports.ports = {{80, 80}};
  const auto cut_to = [](Bytes packet, std::size_t octets) {
    MutableIpv4View(packet.data(), packet.size()).set_total_length(std::uint16_t(octets));
    packet.resize(octets);
    return packet;
  };
  const Bytes short_udp = cut_to(udp(kC, 1, kS, 80), 23);
  const Bytes short_icmp = cut_to(ping(kC, kS, 7), 27);
  Bench by_ports(Rules().add(Table::filter, "FORWARD", of(Protocol::udp, only(ports))));
  EXPECT_TRUE(by_ports.arrive(kIn0, short_udp).starts_with("dropped"));
  Bench by_type(Rules().add(Table::filter, "FORWARD", of(Protocol::icmp, only(IcmpMatch{}))));
  EXPECT_TRUE(by_type.arrive(kIn0, short_icmp).starts_with("dropped"));
}

// FW-M15: --hashlimit-htable-max
TEST(Hashlimit, WithoutRoomForAnotherKeyThePacketGoes) {
  HashlimitMatch m;
  m.name = "few";
  m.by_source = true;
  m.keys_max = 1;
  m.interval = 1_s;
  Bench bench(Rules().add(Table::filter, "FORWARD", only(m)));
  EXPECT_TRUE(bench.arrive(kIn0, udp(kC, 1, kS, 2)).starts_with("out0"));
  EXPECT_TRUE(bench.arrive(kIn0, udp(kC3, 1, kS, 2)).starts_with("dropped"));
  EXPECT_TRUE(bench.arrive(kIn0, udp(kC, 1, kS, 2)).starts_with("out0"));
  bench.wait(11_s);
  EXPECT_TRUE(bench.arrive(kIn0, udp(kC3, 1, kS, 2)).starts_with("out0"))
      << "the other is forgotten";
}

/// Eight SYNs, one a second, against rules that drop and set.
Pattern knocks(std::vector<Rule> rules, std::size_t count = 8, Duration pause = 1_s) {
  Rules all;
  for (Rule& r : rules) all.add(Table::filter, "FORWARD", r);
  Bench bench(all);
  Pattern pattern;
  for (std::size_t i = 0; i < count; ++i, bench.wait(pause))
    pattern.push_back(
        bench.arrive(kIn0, tcp(kC, std::uint16_t(i + 1), kS, 22, {"S"})).starts_with("out0"));
  return pattern;
}

Rule recent(RecentMatch::Operation operation, std::optional<Duration> within = {},
            std::uint32_t hitcount = 0, Target target = ContinueTarget{}) {
  RecentMatch m;
  m.operation = operation;
  m.within = within;
  m.hits = hitcount;
  Rule made = only(m);
  made.label.name = "recent";
  made.target = std::move(target);
  return made;
}

// FW-M16
TEST(Recent, HitcountCountsWithOrWithoutThisPacket) {
  using Operation = RecentMatch::Operation;
  const Rule set = recent(Operation::set);
  const Rule update = recent(Operation::update, 60_s, 4, DropTarget{});
  EXPECT_EQ(knocks({update, set}), (Pattern{1, 1, 1, 1, 0, 0, 0, 0}));
  EXPECT_EQ(knocks({set, update}), (Pattern{1, 1, 1, 0, 0, 0, 0, 0}));
}

// FW-M17
TEST(Recent, RcheckForgetsAndUpdateRearms) {
  using Operation = RecentMatch::Operation;
  const Rule set = recent(Operation::set);
  const Rule rcheck = recent(Operation::check, 2_s, 2, DropTarget{});
  const Rule update = recent(Operation::update, 2_s, 2, DropTarget{});
  EXPECT_EQ(knocks({rcheck, set}, 10, 900_ms), (Pattern{1, 1, 0, 1, 1, 0, 1, 1, 0, 1}));
  EXPECT_EQ(knocks({update, set}, 10, 900_ms), (Pattern{1, 1, 0, 0, 0, 0, 0, 0, 0, 0}));
}

TEST(Recent, RemoveAndNamesAreApart) {
  using Operation = RecentMatch::Operation;
  Rule other = recent(Operation::check, {}, 0, DropTarget{});
  std::get<RecentMatch>(other.matches[0]).name = "OTHER";
  EXPECT_EQ(knocks({recent(Operation::set), other}, 3), (Pattern{1, 1, 1}));
  const Rule check = recent(Operation::check, {}, 0, DropTarget{});
  EXPECT_EQ(knocks({recent(Operation::remove), check, recent(Operation::set)}, 3),
            (Pattern{1, 1, 1}));
  EXPECT_EQ(knocks({check, recent(Operation::set)}, 3), (Pattern{1, 0, 0}));
}

TEST(Conntrack, LooksAtTheConnectionsTuplesAndStatus) {
  Rules rules;
  rules.add(Table::nat, "PREROUTING", dnat("203.0.113.1", Protocol::udp, 7000, "10.0.0.2:7777"));
  const auto counting = [&](const char* name, ConntrackMatch m) {
    Rule r = only(std::move(m));
    r.label.name = name;
    rules.add(Table::filter, "FORWARD", r);
  };
  ConntrackMatch m;
  m.original_destination = {*Prefix::parse("203.0.113.1"), false};
  counting("ctorigdst", m);
  m.original_destination->negated = true;
  counting("! ctorigdst", m);
  ConntrackMatch port;
  port.original_destination_port = {{7000, 7000}, false};
  counting("ctorigdstport", port);
  ConntrackMatch reply;
  reply.reply_source = {*Prefix::parse("10.0.0.2"), false};
  reply.direction = ConntrackMatch::Direction::reply;
  counting("reply", reply);
  ConntrackMatch assured;
  assured.status = {kAssured, false};
  counting("assured", assured);
  ConntrackMatch seen;
  seen.status = {kSeenReply, false};
  counting("seen reply", seen);
  ConntrackMatch expires;
  expires.expires = {{0, 30}, false};
  counting("expires", expires);
  Bench bench(rules);
  bench.arrive(kOut0, udp(kS, 9000, kX, 7000));
  bench.arrive(kIn0, udp(kC, 7777, kS, 9000));
  EXPECT_EQ(bench.hits("ctorigdst"), 2u);
  EXPECT_EQ(bench.hits("! ctorigdst"), 0u);
  EXPECT_EQ(bench.hits("ctorigdstport"), 2u);
  EXPECT_EQ(bench.hits("reply"), 1u);
  EXPECT_EQ(bench.hits("assured"), 0u);
  EXPECT_EQ(bench.hits("seen reply"), 1u);
  EXPECT_EQ(bench.hits("expires"), 2u);
}

// --- targets that change the packet
// -----------------------------------------------------------------

TEST(Targets, TtlAndDscpKeepTheHeaderChecksumRight) {
  using Operation = TtlTarget::Operation;
  const auto after = [](Target target) {
    Bench bench(Rules().add(Table::mangle, "POSTROUTING", rule("edit", std::move(target))));
    bench.arrive(kIn0, udp(kC, 1, kS, 2));
    EXPECT_TRUE(checksums_ok(bench.last()));
    return bench.last();
  };
  const auto ttl = [](const Bytes& packet) { return packet[8]; };
  EXPECT_EQ(ttl(after(TtlTarget{Operation::set, 5})), 5);
  EXPECT_EQ(ttl(after(TtlTarget{Operation::increment, 2})), 65);
  EXPECT_EQ(ttl(after(TtlTarget{Operation::increment, 250})), 255);
  EXPECT_EQ(ttl(after(TtlTarget{Operation::decrement, 3})), 60);
  EXPECT_EQ(ttl(after(TtlTarget{Operation::decrement, 100})), 0);
  EXPECT_EQ(after(DscpTarget{46})[1] >> 2, 46);
}

// NAT-C09
TEST(Targets, TcpMssIsLoweredAndNeverRaised) {
  const auto mss_after = [](TcpMssTarget target, std::uint16_t mss) {
    TcpOptions options;
    options.mss = mss;
    Bench bench(Rules().add(Table::mangle, "FORWARD", rule("mss", target)));
    bench.arrive(kIn0, tcp(kC, 1, kS, 2, {"S", 1, 0, 0, 64240, options}));
    EXPECT_TRUE(checksums_ok(bench.last()));
    const Ipv4View ip(bench.last().data(), bench.last().size());
    const auto header = TcpHeader::parse(ip.payload(), ip.pseudo_header());
    return header.ok() ? header->options.mss.value_or(0) : 0;
  };
  EXPECT_EQ(mss_after({1360}, 1460), 1360);
  EXPECT_EQ(mss_after({1360}, 1000), 1000);
  EXPECT_EQ(mss_after({}, 9000), 9000) << "no routes to ask";
}

}  // namespace
}  // namespace natsim::test
