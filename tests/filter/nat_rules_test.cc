// NAT rules at work: masquerading, forwards, hairpins, prefixes, and what a connection's first
// packet decides.
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/wire/ipv4.h"
#include "tests/filter/bench.h"

namespace natsim::test {
namespace {

Rules web_forward() {
  return Rules().add(Table::nat, "PREROUTING",
                     dnat("203.0.113.1", Protocol::udp, 7000, "10.0.0.2:7777"));
}

// NAT-T02, NAT-L26: one end is rewritten, and nothing else but the TTL
TEST(Masquerade, ChangesOnlyWhatItMust) {
  Bench bench(home_router());
  Bytes packet = tcp(kC, 40000, kS, 80, {"S", 7});
  MutableIpv4View ip(packet.data(), packet.size());
  ip.set_tos(0xb8);
  ip.set_id(4711);
  ip.set_flags_and_offset(kIpv4DontFragment);
  bench.arrive(kIn0, packet);
  Bytes expected = packet;
  MutableIpv4View(expected.data(), expected.size()).set_ttl(63);
  const Bytes& left = bench.last();
  const Ipv4View seen(left.data(), left.size());
  EXPECT_EQ(seen.source(), kX);
  EXPECT_EQ(seen.tos(), 0xb8);
  EXPECT_EQ(seen.id(), 4711);
  EXPECT_TRUE(seen.dont_fragment());
  EXPECT_EQ(seen.ttl(), 63);
  std::copy_n(left.begin() + 36, 2, expected.begin() + 36);  // the checksum, which is right
  EXPECT_TRUE(std::equal(left.begin() + 20, left.end(), expected.begin() + 20, expected.end()));
}

// NAT-T04, DIFF-03
TEST(Masquerade, StrangersReachTheRouterItself) {
  Bench bench(home_router());
  play(
      bench,
      {inside(udp(kC, 40000, kS, 9000), "out0 udp 203.0.113.1:40000 → 203.0.113.10:9000 NEW"),
       outside(udp(kS, 9000, kX, 40000), "in0 udp 203.0.113.10:9000 → 10.0.0.2:40000 ESTABLISHED"),
       outside(udp(kS, 9001, kX, 40000), "local udp 203.0.113.10:9001 → 203.0.113.1:40000 NEW"),
       outside(udp(kS11, 9000, kX, 40000), "local udp 203.0.113.11:9000 → 203.0.113.1:40000 NEW")});
}

// NAT-T04, NAT-L28: without a rule, or from outside, packets pass as they are
TEST(Masquerade, IsNoFirewall) {
  Bench bench(home_router());
  play(bench, {outside(udp(kS, 1, kC, 2), "in0 udp 203.0.113.10:1 → 10.0.0.2:2 NEW"),
               dmz(udp(Ipv4Address::of(172, 16, 5, 10), 1, kC, 2),
                   "in0 udp 172.16.5.10:1 → 10.0.0.2:2 NEW")});
}

TEST(Masquerade, EndsAConnectionThatLeavesByAnotherInterface) {
  Rules rules = home_router();
  rules.add(Table::nat, "POSTROUTING", masquerade("dmz0"));
  Bench bench(rules);
  bench.arrive(kIn0, udp(kC, 4000, kS, 9000));
  PacketPool pool;
  Packet packet = pool.copy(udp(kC, 4000, kS, 9000));
  Traversal moved(packet, packet.data(), std::uint32_t(packet.size()));
  moved.in = kIn0;
  moved.out = kDmz0;
  bench.filter().run(Hook::prerouting, moved, bench.now());
  EXPECT_FALSE(bench.filter().run(Hook::postrouting, moved, bench.now()));
  const Verdict& verdict = moved.verdict;
  EXPECT_EQ(verdict.reason.cause, Cause::nat_moved);
  EXPECT_TRUE(bench.connections().empty());
}

// NAT-S01, NAT-S02, FW-H04, FW-H05
TEST(PortForward, ShowsTheServerTheClientsAddressAndAnswersAsTheRouter) {
  Rules rules;
  rules.add(Table::nat, "PREROUTING", dnat("203.0.113.1", Protocol::tcp, 80, "10.0.0.2:8080"));
  rules.policy("FORWARD", false);
  Rule replies = rule("replies", AcceptTarget{});
  replies.state.states = kStateEstablished;
  rules.add(Table::filter, "FORWARD", replies);
  Rule web = rule("web", AcceptTarget{});
  web.destination.prefix = *Prefix::parse("10.0.0.2");
  web.protocol.protocol = Protocol::tcp;
  web.destination_port.ports = {8080, 8080};
  rules.add(Table::filter, "FORWARD", web);
  Bench bench(rules);
  play(bench,
       {outside(tcp(kS, 9000, kX, 80, {"S", 1}), "in0 tcp 203.0.113.10:9000 → 10.0.0.2:8080 NEW"),
        inside(tcp(kC, 8080, kS, 9000, {"SA", 5, 2}),
               "out0 tcp 203.0.113.1:80 → 203.0.113.10:9000 ESTABLISHED"),
        outside(tcp(kS, 9000, kX, 81, {"S", 1}),
                "local tcp 203.0.113.10:9000 → 203.0.113.1:81 NEW")});
}

// NAT-S02: the FORWARD chain sees the translated port
TEST(PortForward, ARuleForThePublicPortDoesNotMatch) {
  Rules rules;
  rules.add(Table::nat, "PREROUTING", dnat("203.0.113.1", Protocol::tcp, 80, "10.0.0.2:8080"));
  rules.policy("FORWARD", false);
  Rule web = rule("web", AcceptTarget{});
  web.protocol.protocol = Protocol::tcp;
  web.destination_port.ports = {80, 80};
  rules.add(Table::filter, "FORWARD", web);
  Bench bench(rules);
  EXPECT_EQ(bench.arrive(kOut0, tcp(kS, 9000, kX, 80, {"S", 1})), "dropped policy FORWARD");
}

// NAT-L18
TEST(PortForward, WithoutAPortKeepsIt) {
  Bench bench(
      Rules().add(Table::nat, "PREROUTING", dnat("203.0.113.1", Protocol::udp, 7003, "10.0.0.2")));
  EXPECT_EQ(bench.arrive(kOut0, udp(kS, 9000, kX, 7003)),
            "in0 udp 203.0.113.10:9000 → 10.0.0.2:7003 NEW");
}

// NAT-L17
TEST(PortForward, ToARangeAlwaysTakesItsFirstPort) {
  Rule ranged = dnat("203.0.113.1", Protocol::udp, 7000, "10.0.0.2:8000");
  ranged.destination_port.ports = {7000, 9000};
  std::get<DnatTarget>(ranged.target).range.ports = {8000, 8003};
  Bench bench(Rules().add(Table::nat, "PREROUTING", ranged));
  for (std::uint16_t from = 1; from <= 4; ++from)
    EXPECT_EQ(bench.arrive(kOut0, udp(kS, from, kX, 7001)),
              "in0 udp 203.0.113.10:" + std::to_string(from) + " → 10.0.0.2:8000 NEW");
  EXPECT_EQ(bench.arrive(kOut0, udp(kS, 9, kX, 8003)),
            "in0 udp 203.0.113.10:9 → 10.0.0.2:8003 NEW");
}

// NAT-L17: "a-b/base"
TEST(PortForward, WithABaseMapsPortsInOrder) {
  Rule shifted = dnat("203.0.113.1", Protocol::udp, 7000, "10.0.0.2:8000");
  shifted.destination_port.ports = {7000, 7003};
  NatRange& range = std::get<DnatTarget>(shifted.target).range;
  range.ports = {8000, 8003};
  range.base_port = 7000;
  Bench bench(Rules().add(Table::nat, "PREROUTING", shifted));
  for (std::uint16_t i = 0; i < 4; ++i)
    EXPECT_EQ(bench.arrive(kOut0, udp(kS, std::uint16_t(9000 + i), kX, std::uint16_t(7000 + i))),
              "in0 udp 203.0.113.10:" + std::to_string(9000 + i) +
                  " → 10.0.0.2:" + std::to_string(8000 + i) + " NEW");
}

// NAT-L16
TEST(PortForward, ToAnAddressRangeSendsAClientAlwaysToTheSameServer) {
  Rule pool = dnat("203.0.113.1", Protocol::udp, 80, "10.0.0.2:80");
  std::get<DnatTarget>(pool.target).range.addresses = {kC, kC3};
  Bench bench(Rules().add(Table::nat, "PREROUTING", pool));
  for (std::uint16_t from = 1; from < 7; ++from)
    EXPECT_EQ(bench.arrive(kOut0, udp(kS, from, kX, 80)),
              "in0 udp 203.0.113.10:" + std::to_string(from) + " → 10.0.0.3:80 NEW");
  EXPECT_EQ(bench.arrive(kOut0, udp(kS11, 1, kX, 80)), "in0 udp 203.0.113.11:1 → 10.0.0.2:80 NEW");
}

// NAT-L19
TEST(PortForward, TranslatesOnlyItsFlowsAndTheirAnswers) {
  Bench bench(web_forward());
  play(
      bench,
      {outside(udp(kS, 9000, kX, 7000), "in0 udp 203.0.113.10:9000 → 10.0.0.2:7777 NEW"),
       inside(udp(kC, 7777, kS, 9000), "out0 udp 203.0.113.1:7000 → 203.0.113.10:9000 ESTABLISHED"),
       inside(udp(kC, 7777, kS11, 9000), "out0 udp 10.0.0.2:7777 → 203.0.113.11:9000 NEW")});
}

// NAT-S08
TEST(PortForward, TheFirstOfTwoWins) {
  Rules rules = web_forward();
  rules.add(Table::nat, "PREROUTING", dnat("203.0.113.1", Protocol::udp, 7000, "10.0.0.3:1"));
  Bench bench(rules);
  EXPECT_EQ(bench.arrive(kOut0, udp(kS, 9000, kX, 7000)),
            "in0 udp 203.0.113.10:9000 → 10.0.0.2:7777 NEW");
}

// NAT-S03, FW-H13
TEST(Hairpin, DoesNotWorkWithAForwardBoundToTheOutside) {
  Rule bound = dnat("203.0.113.1", Protocol::udp, 7000, "10.0.0.3:7777");
  bound.in.patterns = {"out0"};
  Rules rules = home_router();
  Bench bench(rules.add(Table::nat, "PREROUTING", bound));
  EXPECT_EQ(bench.arrive(kIn0, udp(kC, 4000, kX, 7000)),
            "local udp 10.0.0.2:4000 → 203.0.113.1:7000 NEW");
}

// NAT-S04
TEST(Hairpin, WithoutSourceNatTheServerSeesTheClientItself) {
  Rules rules = home_router();
  Bench bench(rules.add(Table::nat, "PREROUTING",
                        dnat("203.0.113.1", Protocol::udp, 7000, "10.0.0.3:7777")));
  EXPECT_EQ(bench.arrive(kIn0, udp(kC, 4001, kX, 7000)),
            "in0 udp 10.0.0.2:4001 → 10.0.0.3:7777 NEW");
}

// NAT-S05, NAT-U10, NAT-T03: both ends rewritten in one pass
TEST(Hairpin, WithSourceNatGoesThroughTheRouterBothWays) {
  Rules rules = home_router();
  rules.add(Table::nat, "PREROUTING", dnat("203.0.113.1", Protocol::udp, 7000, "10.0.0.3:7777"));
  rules.add(Table::nat, "POSTROUTING", masquerade("in0"));
  Bench bench(rules);
  play(bench,
       {inside(udp(kC, 4002, kX, 7000), "in0 udp 10.0.0.1:4002 → 10.0.0.3:7777 NEW"),
        inside(udp(kC3, 7777, kG, 4002), "in0 udp 203.0.113.1:7000 → 10.0.0.2:4002 ESTABLISHED")});
}

// DIFF-11
TEST(Hairpin, ToADynamicMappingReachesTheRouterItself) {
  Bench bench(home_router());
  play(bench,
       {inside(udp(kC3, 7777, kS, 9000), "out0 udp 203.0.113.1:7777 → 203.0.113.10:9000 NEW"),
        inside(udp(kC, 4005, kX, 7777), "local udp 10.0.0.2:4005 → 203.0.113.1:7777 NEW")});
}

// NAT-S06
TEST(LocalProcess, NeedsARuleInOutput) {
  Bench plain(web_forward());
  EXPECT_EQ(plain.send(udp(kX, 5000, kX, 7000)), "lo udp 203.0.113.1:5000 → 203.0.113.1:7000 NEW");
  Rules rules = web_forward();
  Bench redirected(
      rules.add(Table::nat, "OUTPUT", dnat("203.0.113.1", Protocol::udp, 7000, "10.0.0.2:7777")));
  EXPECT_EQ(redirected.send(udp(kX, 5000, kX, 7000)),
            "in0 udp 203.0.113.1:5000 → 10.0.0.2:7777 NEW");
}

// NAT-S09, NAT-T01, NAT-T03
TEST(OneToOne, TranslatesBothDirectionsOfEveryProtocol) {
  DnatTarget to_inside;
  to_inside.range.addresses = {kC, kC};
  Rule in = rule("in", to_inside);
  in.destination.prefix = *Prefix::parse("203.0.113.2");
  Rule out = snat("out0", "203.0.113.2");
  out.source.prefix = *Prefix::parse("10.0.0.2");
  Bench bench(Rules().add(Table::nat, "PREROUTING", in).add(Table::nat, "POSTROUTING", out));
  const Ipv4Address outer = Ipv4Address::of(203, 0, 113, 2);
  play(bench, {inside(udp(kC, 4000, kS, 9000), "out0 udp 203.0.113.2:4000 → 203.0.113.10:9000 NEW"),
               outside(udp(kS11, 1, outer, 4000), "in0 udp 203.0.113.11:1 → 10.0.0.2:4000 NEW"),
               outside(ping(kS11, outer, 5), "in0 icmp 203.0.113.11:5 → 10.0.0.2:0 NEW"),
               inside(pong(kC, kS11, 5), "out0 icmp 203.0.113.2:0 → 203.0.113.11:5 ESTABLISHED"),
               outside(ipv4(kS11, outer, Protocol(99), Bytes(8)),
                       "in0 proto-99 203.0.113.11:0 → 10.0.0.2:0 NEW")});
}

// NAT-S12
TEST(OneToOne, ACatchAllForwardLeavesTheAnswersOfOtherFlowsAlone) {
  DnatTarget to_c3;
  to_c3.range.addresses = {kC3, kC3};
  Rule dmz_host = rule("dmz host", to_c3);
  dmz_host.in.patterns = {"out0"};
  dmz_host.destination.prefix = *Prefix::parse("203.0.113.1");
  Rules rules = home_router();
  Bench bench(rules.add(Table::nat, "PREROUTING", dmz_host));
  play(bench,
       {inside(udp(kC, 4000, kS, 9000), "out0 udp 203.0.113.1:4000 → 203.0.113.10:9000 NEW"),
        outside(udp(kS, 9000, kX, 4000), "in0 udp 203.0.113.10:9000 → 10.0.0.2:4000 ESTABLISHED"),
        outside(udp(kS11, 9000, kX, 4000), "in0 udp 203.0.113.11:9000 → 10.0.0.3:4000 NEW")});
}

// NAT-L20
TEST(Redirect, GoesToTheInputInterfacesPrimaryAddressOrToLoopback) {
  RedirectTarget to_dns;
  to_dns.range.ports = {5353, 5353};
  Rule redirect = rule("redirect", to_dns);
  redirect.protocol.protocol = Protocol::udp;
  redirect.destination_port.ports = {53, 53};
  Bench bench(Rules().add(Table::nat, "PREROUTING", redirect).add(Table::nat, "OUTPUT", redirect));
  play(bench, {inside(udp(kC, 4000, kS, 53), "local udp 10.0.0.2:4000 → 10.0.0.1:5353 NEW"),
               own(udp(kG, 5353, kC, 4000), "in0 udp 203.0.113.10:53 → 10.0.0.2:4000 ESTABLISHED"),
               own(udp(kX, 4001, kS, 53), "lo udp 203.0.113.1:4001 → 127.0.0.1:5353 NEW")});
}

// NAT-L21
TEST(Netmap, SwapsPrefixesAndKeepsHosts) {
  Rule in = rule("in", NetmapTarget{*Prefix::parse("10.0.0.0/24")});
  in.destination.prefix = *Prefix::parse("198.51.100.0/24");
  Rule out = rule("out", NetmapTarget{*Prefix::parse("198.51.100.0/24")});
  out.source.prefix = *Prefix::parse("10.0.0.0/24");
  Bench bench(Rules().add(Table::nat, "PREROUTING", in).add(Table::nat, "POSTROUTING", out));
  play(bench,
       {outside(udp(kS, 9000, Ipv4Address::of(198, 51, 100, 3), 80),
                "in0 udp 203.0.113.10:9000 → 10.0.0.3:80 NEW"),
        inside(udp(kC, 4000, kS, 9000), "out0 udp 198.51.100.2:4000 → 203.0.113.10:9000 NEW")});
}

// FW-C23
TEST(Notrack, LeavesThePacketUntranslated) {
  Rules rules = home_router();
  Bench bench(rules.add(Table::raw, "PREROUTING", rule("notrack", NotrackTarget{})));
  EXPECT_EQ(bench.arrive(kIn0, udp(kC, 4000, kS, 9999)),
            "out0 udp 10.0.0.2:4000 → 203.0.113.10:9999 UNTRACKED");
}

// FW-M23
TEST(NatTable, AcceptMeansNoTranslation) {
  Rule exempt = rule("exempt", AcceptTarget{});
  exempt.destination.prefix = *Prefix::parse("203.0.113.11");
  Bench bench(Rules()
                  .add(Table::nat, "POSTROUTING", exempt)
                  .add(Table::nat, "POSTROUTING", masquerade("out0")));
  play(bench,
       {inside(udp(kC, 4000, kS11, 9000), "out0 udp 10.0.0.2:4000 → 203.0.113.11:9000 NEW"),
        inside(udp(kC, 4000, kS, 9000), "out0 udp 203.0.113.1:4000 → 203.0.113.10:9000 NEW")});
}

// FW-H07
TEST(NatTable, IsWalkedByAConnectionsFirstPacketOnly) {
  Bench bench(home_router());
  for (int i = 0; i < 3; ++i) bench.arrive(kIn0, udp(kC, 4000, kS, 9000));
  bench.arrive(kOut0, udp(kS, 9000, kX, 4000));
  for (int i = 0; i < 3; ++i) bench.arrive(kIn0, tcp(kC, 4000, kS, 80, {"S", 1}));
  EXPECT_EQ(bench.hits("masquerade"), 2u);
}

// FW-H08, FW-H10
TEST(NatTable, NewRulesHoldForNewConnectionsOnly) {
  Bench bench(counting_states(Rules().idle_nat()));
  play(bench, {inside(udp(kC, 4000, kS, 9000), "out0 udp 10.0.0.2:4000 → 203.0.113.10:9000 NEW")});
  bench.filter().replace_rules(home_router());
  play(bench,
       {inside(udp(kC, 4000, kS, 9000), "out0 udp 10.0.0.2:4000 → 203.0.113.10:9000 NEW"),
        inside(udp(kC, 4001, kS, 9000), "out0 udp 203.0.113.1:4001 → 203.0.113.10:9000 NEW")});
  bench.filter().replace_rules(Rules().idle_nat());
  play(bench, {inside(udp(kC, 4001, kS, 9000), "out0 udp 203.0.113.1:4001 → 203.0.113.10:9000 NEW"),
               inside(udp(kC, 4002, kS, 9000), "out0 udp 10.0.0.2:4002 → 203.0.113.10:9000 NEW")});
  bench.filter().flush_connections();
  play(bench, {inside(udp(kC, 4001, kS, 9000), "out0 udp 10.0.0.2:4001 → 203.0.113.10:9000 NEW")});
}

// FW-C24
TEST(NatTable, ConnectionsAreKnownByTheirTranslationInBothDirections) {
  Rules rules = web_forward();
  for (const auto& [name, bit] : {std::pair{"DNAT", kStateDnat}, {"SNAT", kStateSnat}}) {
    Rule counting = rule(name, ContinueTarget{});
    counting.state.states = bit;
    rules.add(Table::filter, "FORWARD", counting);
  }
  Bench bench(rules);
  bench.arrive(kOut0, udp(kS, 9000, kX, 7000));
  bench.arrive(kIn0, udp(kC, 7777, kS, 9000));
  EXPECT_EQ(bench.hits("DNAT"), 2u);
  EXPECT_EQ(bench.hits("SNAT"), 0u);
}

}  // namespace
}  // namespace natsim::test
