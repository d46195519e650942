// Goal: the firewall stands where it should on a packet's way through a node, and what it refuses
// is answered, or not, as on Linux. What rules match is tested with the filter itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/service/udp_echo.h"
#include "tests/node/border.h"

namespace natsim::lab {
namespace {

using testing::ElementsAre;

/// One rule for all packets in one chain of the filter table.
Ruleset all_in(const char* chain, Target target) {
  Ruleset rules;
  Rule rule;
  rule.label = {"filter", chain, "the rule", {}};
  rule.target = std::move(target);
  rules.table(Table::filter).chain(chain).rules.push_back(std::move(rule));
  return rules;
}

/// The UDP datagram of a frame, and three octets behind it.
Bytes with_more(const Frame& datagram) {
  Bytes octets(datagram.payload().begin() + 20, datagram.payload().end());
  octets.resize(octets.size() + 3);
  return octets;
}

struct Guarded : Border {
  explicit Guarded(const Ruleset& rules) {
    lab.filter(r, rules);
    r.sockets().serve_udp({.port = 7}, std::make_unique<UdpEcho>());
  }
};

TEST(Firewall, EachChainStandsOnItsOwnWay) {
  struct Row {
    const char* chain;
    bool forwarded, echoed;
  };
  const Row rows[] = {{"FORWARD", false, true}, {"INPUT", true, false}, {"OUTPUT", true, false}};
  for (const Row& row : rows) {
    Guarded b(all_in(row.chain, DropTarget{}));
    b.from_c(udp(across()));
    b.from_c(ping({.src = "10.0.0.2", .dst = "10.0.0.1"}));
    EXPECT_EQ(b.s.waiting(), row.forwarded ? 1u : 0u) << row.chain;
    EXPECT_EQ(b.c.waiting(), row.echoed ? 1u : 0u) << row.chain;
  }
}

TEST(Firewall, ADropTellsItsRule) {
  Guarded b(all_in("FORWARD", DropTarget{}));
  b.from_c(udp(across()));
  const Visit& visit = b.lab.record().visits().back();
  EXPECT_EQ(visit.outcome, Outcome::dropped);
  EXPECT_EQ(visit.reason.cause, Cause::rule);
  ASSERT_NE(visit.reason.rule, nullptr);
  EXPECT_EQ(visit.reason.rule->name, "the rule");
}

TEST(Firewall, ARP_25_AddressesAreResolvedThroughIt) {
  Ruleset closed = all_in("INPUT", DropTarget{});
  closed.table(Table::filter).chain("OUTPUT").accept = false;
  closed.table(Table::filter).chain("FORWARD").accept = false;
  Guarded b(closed);
  b.from_c(arp_request({.sender = "10.0.0.2", .target = "10.0.0.1"}));
  EXPECT_FRAME(b.c.next_arp(), arp(ArpOperation::reply, sender("10.0.0.1")));
}

TEST(Firewall, ICMP_14_ADropInForwardDoesNotHideTheRouter) {
  Guarded b(all_in("FORWARD", DropTarget{}));
  auto dying = across();
  dying.ttl = 1;
  b.from_c(udp(dying));
  EXPECT_FRAME(b.c.next(), icmp(11, 0), ipv4(src("10.0.0.1")));
}

TEST(Firewall, ICMP_14_ADropInOutputDoes) {
  Guarded b(all_in("OUTPUT", DropTarget{}));
  auto dying = across();
  dying.ttl = 1;
  b.from_c(udp(dying));
  EXPECT_SILENCE(b.c);
}

// FW-M07
TEST(Firewall, ICMP_07_ARejectionSaysItsWord) {
  struct Row {
    RejectWith how;
    std::uint8_t code;
  };
  const Row rows[] = {
      {RejectWith::network_unreachable, 0},  {RejectWith::host_unreachable, 1},
      {RejectWith::protocol_unreachable, 2}, {RejectWith::port_unreachable, 3},
      {RejectWith::network_prohibited, 9},   {RejectWith::host_prohibited, 10},
      {RejectWith::admin_prohibited, 13},
  };
  for (const Row& row : rows) {
    Guarded b(all_in("FORWARD", RejectTarget{row.how}));
    b.from_c(udp(across()));
    EXPECT_SILENCE(b.s);
    EXPECT_FRAME(b.c.next(), ipv4(src("10.0.0.1"), tos(0xc0)), valid_checksums(),
                 icmp(3, row.code, unused_zero(), quotes(dst("203.0.113.10"), ttl(63))));
    EXPECT_SILENCE(b.c);
  }
}

// FW-M06
TEST(Firewall, ARejectionIsPortUnreachableWhateverTheProtocol) {
  const Frame frames[] = {
      udp(across()),
      tcp({.src = "10.0.0.2:4000", .dst = "203.0.113.10:80"}),
      ping({.src = "10.0.0.2", .dst = "203.0.113.10"}),
      ipv4({.src = "10.0.0.2", .dst = "203.0.113.10", .protocol = Protocol::gre}),
  };
  for (const Frame& frame : frames) {
    Guarded b(all_in("FORWARD", RejectTarget{}));
    b.from_c(frame);
    EXPECT_FRAME(b.c.next(), icmp(3, 3, quotes(dst("203.0.113.10"))), ipv4(src("10.0.0.1")));
    EXPECT_SILENCE(b.s);
  }
}

// FW-M13
TEST(Firewall, LaterFragmentsAreKnownOnlyWhereNothingIsTracked) {
  auto datagram = across();
  datagram.payload = counting(64);
  const Frame whole = udp(datagram);
  for (const bool tracked : {false, true}) {
    Ruleset rules = all_in("FORWARD", DropTarget{});
    Rule& drop = rules.table(Table::filter).chain("FORWARD").rules.front();
    drop.fragment = FragmentMatch::later_fragments;
    if (tracked) rules.table(Table::filter).chain("INPUT").rules.emplace_back().state.states = 1;
    Guarded b(rules);
    b.from_c(fragment_of(whole, 0, 32));
    b.from_c(fragment_of(whole, 32, 72));
    EXPECT_FRAME(b.s.next(), ipv4(fragment(32, 0, true)));
    if (tracked) {
      EXPECT_FRAME(b.s.next(), ipv4(fragment(40, 32, false)));
    }
    EXPECT_SILENCE(b.s);
  }
}

// FW-H01: what the IP layer drops after prerouting has been seen there.
TEST(Firewall, FW_H01_MartiansPassPreroutingBeforeTheyAreDropped) {
  Ruleset rules;
  Rule seen;
  seen.label = {"mangle", "PREROUTING", "seen", {}};
  rules.table(Table::mangle).chain("PREROUTING").rules = {seen};
  Guarded b(rules);
  b.from_c(udp({.src = "127.0.0.1:1", .dst = "203.0.113.10:2"}));
  b.from_c(udp({.src = "10.0.0.2:1", .dst = "127.0.0.1:2"}));
  EXPECT_THAT(b.lab.drops(), ElementsAre("r: martian_source", "r: martian_destination"));
  EXPECT_EQ(b.r.stack().filter()->rule_report().front().counters.packets, 2u);
}

TEST(Firewall, DIFF_09_AnUnsolicitedSynIsAnsweredAtOnceUnlessInputDropsIt) {
  Border open;
  open.masquerade();
  const Frame syn = tcp({.src = "203.0.113.10:4000", .dst = "203.0.113.1:80", .seq = 9});
  open.s.sends(0_ms, syn);
  open.lab.run(10_s);
  EXPECT_FRAME(open.s.next(), at(2_ms), ipv4(src("203.0.113.1")),
               tcp(flags(kTcpRst | kTcpAck), ack(10)));
  EXPECT_SILENCE(open.s);
  Guarded closed(all_in("INPUT", DropTarget{}));
  closed.s.sends(0_ms, syn);
  closed.lab.run(10_s);
  EXPECT_SILENCE(closed.s);
}

TEST(Firewall, ATcpResetSpeaksForTheDestination) {
  Guarded b(all_in("FORWARD", RejectTarget{RejectWith::tcp_reset}));
  b.from_c(tcp({.src = "10.0.0.2:4000", .dst = "203.0.113.10:80", .seq = 1000, .tos = 0x10}));
  EXPECT_FRAME(b.c.next(), ipv4(src("203.0.113.10"), ttl(64), tos(0), df(true)),
               tcp(flags(kTcpRst | kTcpAck), seq(0), ack(1001)), valid_checksums());
  b.from_c(tcp({.src = "10.0.0.2:4000", .dst = "203.0.113.10:80", .flags = kTcpRst}));
  EXPECT_SILENCE(b.c);
}

TEST(Firewall, SomeRejectionsAreSilent) {
  const Bytes offender = udp({.src = "203.0.113.10:1", .dst = "10.0.0.2:2"}).payload();
  auto long_one = across();
  long_one.payload = counting(64);
  struct Row {
    const char* what;
    Frame frame;
  };
  const Row rows[] = {
      {"a bad UDP checksum", udp(across()).with_bad_checksum()},
      {"octets behind the datagram", ipv4({.src = "10.0.0.2",
                                           .dst = "203.0.113.10",
                                           .protocol = Protocol::udp,
                                           .payload = with_more(udp(across()))})},
      {"a bad ICMP checksum", ping({.src = "10.0.0.2", .dst = "203.0.113.10"}).with_bad_checksum()},
      {"a bad TCP checksum",
       tcp({.src = "10.0.0.2:1", .dst = "203.0.113.10:80"}).with_bad_checksum()},
      {"an ICMP error", icmp({.src = "10.0.0.2",
                              .dst = "203.0.113.10",
                              .what = IcmpHeader::unreachable(IcmpUnreachable::port),
                              .payload = offender})},
      {"a later fragment", fragment_of(udp(long_one), 32, 72)},
  };
  for (const RejectWith how : {RejectWith::port_unreachable, RejectWith::tcp_reset}) {
    for (const Row& row : rows) {
      SCOPED_TRACE(row.what);
      Guarded b(all_in("FORWARD", RejectTarget{how}));
      b.from_c(row.frame);
      EXPECT_SILENCE(b.c);
      EXPECT_SILENCE(b.s);
    }
  }
}

TEST(Firewall, WhatWentToAGroupIsRejectedInSilence) {
  for (const RejectWith how : {RejectWith::port_unreachable, RejectWith::tcp_reset}) {
    for (const char* group : {"10.0.0.255:80", "255.255.255.255:80", "224.0.0.1:80"}) {
      SCOPED_TRACE(group);
      Guarded b(all_in("INPUT", RejectTarget{how}));
      b.from_c(tcp({.src = "10.0.0.2:1", .dst = group}).to_all());
      b.from_c(tcp({.src = "10.0.0.2:1", .dst = group}));
      b.from_c(udp({.src = "10.0.0.2:1", .dst = group}));
      EXPECT_SILENCE(b.c);
    }
  }
}

TEST(Firewall, ICMP_11_RejectionsAreRationedResetsAreNot) {
  for (const bool reset : {false, true}) {
    const auto how = reset ? RejectWith::tcp_reset : RejectWith::port_unreachable;
    Guarded b(all_in("FORWARD", RejectTarget{how}));
    b.lab.run(10_s);
    for (int i = 0; i < 100; ++i)
      b.c.sends(0_ms, tcp({.src = "10.0.0.2:4000", .dst = "203.0.113.10:80"}));
    b.lab.run(1_s);
    EXPECT_EQ(b.c.waiting(), reset ? 100u : 6u);
  }
}

/// Connections are tracked: fragments are put together before the rules see them.
Ruleset tracking() {
  Rule rule = all_in("FORWARD", AcceptTarget{}).table(Table::filter).chain("FORWARD").rules.front();
  rule.state.states = 0x1f;
  Ruleset rules;
  rules.table(Table::filter).chain("FORWARD").rules.push_back(std::move(rule));
  rules.table(Table::nat);
  return rules;
}

TEST(Firewall, IPV4_14_ATrackingRouterIsSilentAboutFragmentsThatAreNotItsOwn) {
  Guarded b(tracking());
  auto datagram = across();
  datagram.payload = counting(3000);
  b.c.sends(0_ms, fragment_of(udp(datagram), 0, 1480));
  b.lab.run(60_s);
  EXPECT_SILENCE(b.c);
  EXPECT_SILENCE(b.s);

  datagram.dst = "10.0.0.1:9";
  b.c.sends(0_ms, fragment_of(udp(datagram), 0, 1480));
  b.lab.run(60_s);
  EXPECT_FRAME(b.c.next(), icmp(11, 1));
}

TEST(Firewall, AnOutputRuleIsAnErrorToTheSender) {
  Guarded b(all_in("OUTPUT", RejectTarget{RejectWith::admin_prohibited}));
  const Outcomes& ping = b.lab.ping(b.r, "203.0.113.10");
  b.lab.run(1_s);
  EXPECT_SILENCE(b.s);
  EXPECT_EQ(ping.result(), "pending") << "its own ICMP error is an output packet too";
}

TEST(Firewall, FW_C02_ARefusalThatIsRefusedMayConfirmWhatItRefuses) {
  // The reset that answers the SYN is rejected too, and the error about the reset, which goes the
  // SYN's way, passes: it confirms the SYN's connection, and nobody discards that.
  Ruleset rules = all_in("FORWARD", RejectTarget{RejectWith::tcp_reset});
  Rule errors;
  errors.label = {"filter", "OUTPUT", "errors", {}};
  errors.protocol.protocol = Protocol::icmp;
  errors.target = AcceptTarget{};
  Rule others;
  others.label = {"filter", "OUTPUT", "others", {}};
  others.state.states = kStateRelated;
  others.target = RejectTarget{RejectWith::network_prohibited};
  rules.table(Table::filter).chain("OUTPUT").rules = {errors, others};
  Guarded b(rules);
  b.from_c(tcp({.src = "10.0.0.2:1000", .dst = "203.0.113.10:80"}));
  EXPECT_FRAME(b.s.next(), icmp(3, 9, quotes(src("203.0.113.10"), dst("10.0.0.2"))));
  EXPECT_SILENCE(b.c);
  EXPECT_EQ(b.r.stack().filter()->connection_count(b.lab.now()), 1u);
}

}  // namespace
}  // namespace natsim::lab
