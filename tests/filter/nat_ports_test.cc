// Which port and address a translated flow gets (NAT-L01 … L25).
#include <gtest/gtest.h>

#include <set>

#include "sim/filter/unique_tuple.h"
#include "tests/filter/bench.h"

namespace natsim::test {
namespace {

/// Sends a UDP datagram from inside and tells the source port it left with; 0: it did not leave.
std::uint16_t left_with(Bench& bench, Ipv4Address from, std::uint16_t port, Ipv4Address to,
                        std::uint16_t to_port = 9000) {
  const std::string outcome = bench.arrive(kIn0, udp(from, port, to, to_port));
  return outcome.starts_with("out0") ? bench.last_source_port() : 0;
}

// NAT-L01, NAT-L06, NAT-U05
TEST(NatPorts, AreKeptWhileFree) {
  Bench bench(home_router());
  for (const std::uint16_t port : {53, 100, 600, 1023, 1024, 40000, 65535})
    EXPECT_EQ(left_with(bench, kC, port, kS), port);
  EXPECT_EQ(bench.arrive(kIn0, udp(kC, 0, kS, 9000)),
            "out0 udp 203.0.113.1:0 → 203.0.113.10:9000 NEW");
}

// NAT-L02, DIFF-01, NAT-X03
TEST(NatPorts, AreSharedByFlowsToDifferentDestinations) {
  Bench bench(home_router());
  play(bench,
       {inside(udp(kC, 40000, kS, 9000), "out0 udp 203.0.113.1:40000 → 203.0.113.10:9000 NEW"),
        inside(udp(kC3, 40000, kS11, 9000), "out0 udp 203.0.113.1:40000 → 203.0.113.11:9000 NEW"),
        outside(udp(kS, 9000, kX, 40000), "in0 udp 203.0.113.10:9000 → 10.0.0.2:40000 ESTABLISHED"),
        outside(udp(kS11, 9000, kX, 40000),
                "in0 udp 203.0.113.11:9000 → 10.0.0.3:40000 ESTABLISHED")});
}

// NAT-L03, DIFF-16
TEST(NatPorts, AfterACollisionStayInTheirClass) {
  struct Class {
    std::uint16_t port, first, last;
  };
  for (const Class c :
       {Class{53, 1, 511}, Class{511, 1, 511}, Class{512, 600, 1023}, Class{1023, 600, 1023},
        Class{1024, 1024, 65535}, Class{40000, 1024, 65535}}) {
    std::set<std::uint16_t> drawn;
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
      Bench bench(home_router(), {}, seed);
      EXPECT_EQ(left_with(bench, kC, c.port, kS), c.port);
      const std::uint16_t other = left_with(bench, kC3, c.port, kS);
      EXPECT_GE(other, c.first);
      EXPECT_LE(other, c.last);
      EXPECT_NE(other, c.port);
      drawn.insert(other);
    }
    EXPECT_GT(drawn.size(), 6u) << "ports for " << c.port << " are not random";
  }
}

// NAT-L03, NAT-I02: ICMP identifiers
TEST(NatPorts, OfIcmpAreIdentifiers) {
  Bench bench(home_router());
  EXPECT_EQ(bench.arrive(kIn0, ping(kC, kS, 7)), "out0 icmp 203.0.113.1:7 → 203.0.113.10:0 NEW");
  bench.arrive(kIn0, ping(kC3, kS, 7));
  const std::uint16_t id = bench.last_source_port();
  EXPECT_NE(id, 7);
  EXPECT_EQ(bench.arrive(kOut0, pong(kS, kX, id)),
            "in0 icmp 203.0.113.10:0 → 10.0.0.3:7 ESTABLISHED");
}

// NAT-X04, NAT-C01: protocols do not disturb each other
TEST(NatPorts, AreCountedByProtocol) {
  Bench bench(home_router());
  play(bench,
       {inside(udp(kC, 40000, kS, 80), "out0 udp 203.0.113.1:40000 → 203.0.113.10:80 NEW"),
        inside(tcp(kC3, 40000, kS, 80, {"S"}), "out0 tcp 203.0.113.1:40000 → 203.0.113.10:80 NEW"),
        outside(tcp(kS, 80, kX, 40001, {"SA"}),
                "local tcp 203.0.113.10:80 → 203.0.113.1:40001 INVALID")});
}

// NAT-L04, NAT-L05, DIFF-02
TEST(NatPorts, OfAnEndpointAreReusedForNewDestinations) {
  Bench bench(home_router());
  EXPECT_EQ(left_with(bench, kC, 40000, kS), 40000);
  const std::uint16_t other = left_with(bench, kC3, 40000, kS);
  EXPECT_NE(other, 40000);
  EXPECT_EQ(left_with(bench, kC3, 40000, kS11), other);
  EXPECT_EQ(left_with(bench, kC3, 40000, kS, 9001), other);
  EXPECT_EQ(left_with(bench, kC, 40000, kS11), 40000);
}

TEST(NatPorts, OfAnEndpointComeFromItsNewestMapping) {
  Bench bench(home_router());
  EXPECT_EQ(left_with(bench, kC3, 40000, kS11), 40000);
  EXPECT_EQ(left_with(bench, kC, 40000, kS), 40000);
  const std::uint16_t second = left_with(bench, kC3, 40000, kS);  // collides
  EXPECT_EQ(left_with(bench, kC3, 40000, kS12), second);
  EXPECT_EQ(left_with(bench, kC3, 40000, kS11), 40000);  // the old flow keeps its own
  bench.wait(31_s);
  EXPECT_EQ(left_with(bench, kC3, 40000, kS12), 40000);  // all forgotten
}

// NAT-L07
TEST(NatPorts, RandomMeansANewOneForEachFlow) {
  MasqueradeTarget target;
  target.range.random = true;
  Rule random = rule("random", target);
  random.out.patterns = {"out0"};
  Bench bench(Rules().add(Table::nat, "POSTROUTING", random));
  std::set<std::uint16_t> ports;
  for (const Ipv4Address to : {kS, kS11, kS12}) ports.insert(left_with(bench, kC, 40000, to));
  EXPECT_EQ(ports.size(), 3u);
  EXPECT_EQ(ports.count(40000), 0u);
}

// NAT-L08, DIFF-10
TEST(NatPorts, OfARangeAreKeptOrDrawnUntilNoneIsLeft) {
  MasqueradeTarget target;
  target.range.ports = {50000, 50003};
  Rule ranged = rule("ranged", target);
  ranged.out.patterns = {"out0"};
  ranged.protocol.protocol = Protocol::udp;
  Bench bench(Rules().add(Table::nat, "POSTROUTING", ranged));
  EXPECT_EQ(left_with(bench, kC, 50001, kS), 50001);
  std::set<std::uint16_t> ports = {50001};
  for (std::uint16_t i = 0; i < 3; ++i)
    ports.insert(left_with(bench, kC, std::uint16_t(4000 + i), kS));
  EXPECT_EQ(ports, (std::set<std::uint16_t>{50000, 50001, 50002, 50003}));
  EXPECT_EQ(bench.arrive(kIn0, udp(kC, 4007, kS, 9000)), "dropped nat_exhausted ranged");
  const std::uint16_t elsewhere = left_with(bench, kC, 4008, kS11);
  EXPECT_GE(elsewhere, 50000);
  EXPECT_LE(elsewhere, 50003);
}

// NAT-L25: bounded probing
TEST(NatPorts, SearchesHalveTheirWindowAndEnd) {
  MasqueradeTarget target;
  target.range.ports = {20000, 29999};
  Rule ranged = rule("ranged", target);
  ranged.protocol.protocol = Protocol::udp;
  Bench bench(Rules().add(Table::nat, "POSTROUTING", ranged), {.conntrack_max = 20'000});
  int failed = 0;
  for (std::uint16_t port = 1; port <= 9'900; ++port) failed += left_with(bench, kC, port, kS) == 0;
  EXPECT_GT(failed, 0);  // although a hundred ports were free
  EXPECT_LT(failed, 1000);
}

// NAT-L09
TEST(NatPorts, RulesReserveNothing) {
  Rules rules = home_router();
  rules.add(Table::nat, "PREROUTING", dnat("203.0.113.1", Protocol::udp, 46000, "10.0.0.3:1"));
  Bench bench(rules);
  EXPECT_EQ(left_with(bench, kC, 46000, kS), 46000);
}

// NAT-L10, NAT-L11
TEST(NatPorts, AreTakenByUnsolicitedTrafficThatInputAccepts) {
  Bench open(home_router());
  EXPECT_EQ(open.arrive(kOut0, udp(kS, 9000, kX, 41000)),
            "local udp 203.0.113.10:9000 → 203.0.113.1:41000 NEW");
  EXPECT_NE(left_with(open, kC, 41000, kS), 41000);
  for (const Target& refusal : {Target(DropTarget{}), Target(RejectTarget{})}) {
    Rules rules = home_router();
    Bench shut(rules.add(Table::filter, "INPUT", rule("no", refusal)));
    shut.arrive(kOut0, udp(kS, 9000, kX, 42000));
    EXPECT_EQ(left_with(shut, kC, 42000, kS), 42000);
  }
}

// NAT-L12
TEST(NatPorts, AreFreeAgainAfterAResetAnsweredASyn) {
  Bench bench(home_router());
  bench.arrive(kOut0, tcp(kS, 9000, kX, 44000, {"S", 1000}));
  EXPECT_EQ(bench.connections().size(), 1u);
  bench.send(tcp(kX, 44000, kS, 9000, {"RA", 0, 1001}));
  EXPECT_TRUE(bench.connections().empty());
  EXPECT_EQ(bench.arrive(kIn0, tcp(kC, 44000, kS, 9000, {"S", 1000})),
            "out0 tcp 203.0.113.1:44000 → 203.0.113.10:9000 NEW");
}

// NAT-L24, DIFF-15
TEST(NatPorts, OfAFinishedFlowAreTakenUntilItsEntryEnds) {
  Bench bench(home_router());
  const auto syn = [&](Ipv4Address from) {
    bench.arrive(kIn0, tcp(from, 7000, kS, 80, {"S", 9}));
    return bench.last_source_port();
  };
  EXPECT_EQ(syn(kC), 7000);
  bench.arrive(kOut0, tcp(kS, 80, kX, 7000, {"SA", 1, 10}));
  bench.arrive(kIn0, tcp(kC, 7000, kS, 80, {"A", 10, 2}));
  bench.arrive(kIn0, tcp(kC, 7000, kS, 80, {"R", 10}));
  EXPECT_EQ(bench.connections(false).front(), "tcp      6 10 CLOSE [ASSURED]");
  EXPECT_NE(syn(kC3), 7000);
  bench.wait(130_s);
  EXPECT_EQ(syn(kC3), 7000);  // at once, no time of rest
}

/// All TCP leaves by port 40000.
Rules one_port() {
  SnatTarget target;
  target.range.addresses = {kX, kX};
  target.range.ports = {40000, 40000};
  Rule only = rule("one port", target);
  only.protocol.protocol = Protocol::tcp;
  return Rules().add(Table::nat, "POSTROUTING", only);
}

// NAT-L25: as measured. Where few ports are left, one of a closed connection is taken, if the new
// sequence numbers are ahead of its.
TEST(NatPorts, OfAClosedConnectionAreTheLastResort) {
  Bench bench(one_port());
  const auto syn = [&](Ipv4Address from, std::uint32_t seq) {
    return bench.arrive(kIn0, tcp(from, 7000, kS, 80, {"S", seq}));
  };
  EXPECT_EQ(syn(kC, 900), "out0 tcp 203.0.113.1:40000 → 203.0.113.10:80 NEW");
  EXPECT_EQ(syn(kC3, 1000), "dropped nat_exhausted one port");
  bench.arrive(kOut0, tcp(kS, 80, kX, 40000, {"SA", 1, 901}));
  bench.arrive(kIn0, tcp(kC, 7000, kS, 80, {"R", 901}));
  EXPECT_EQ(bench.connections(false).front(), "tcp      6 10 CLOSE");
  EXPECT_EQ(syn(kC3, 800), "dropped nat_exhausted one port") << "its numbers lie behind";
  EXPECT_EQ(syn(kC3, 1000), "out0 tcp 203.0.113.1:40000 → 203.0.113.10:80 NEW");
  EXPECT_EQ(bench.connections().size(), 1u);
}

// NAT-L25: SYNs that cross count as closed.
TEST(NatPorts, OfASimultaneousOpenAreALastResortToo) {
  Bench bench(one_port());
  bench.arrive(kIn0, tcp(kC, 7000, kS, 80, {"S", 900}));
  bench.arrive(kOut0, tcp(kS, 80, kX, 40000, {"S", 1}));
  EXPECT_EQ(bench.connections(false).front(), "tcp      6 120 SYN_SENT2");
  EXPECT_EQ(bench.arrive(kIn0, tcp(kC3, 7000, kS, 80, {"S", 1000})),
            "out0 tcp 203.0.113.1:40000 → 203.0.113.10:80 NEW");
}

// NAT-L13
TEST(NatAddresses, MasqueradeTakesThePrimaryOne) {
  Bench bench(home_router());
  bench.filter().set_addresses(
      kOut0, {*Prefix::parse("203.0.113.5/24"), *Prefix::parse("203.0.113.1/24")}, bench.now());
  EXPECT_EQ(bench.arrive(kIn0, udp(kC, 4004, kS, 9000)),
            "out0 udp 203.0.113.5:4004 → 203.0.113.10:9000 NEW");
}

TEST(NatAddresses, MasqueradeTakesTheOneOfTheNextHopsSubnet) {
  Bench bench(home_router());
  bench.filter().set_addresses(
      kOut0, {*Prefix::parse("198.51.100.1/24"), *Prefix::parse("203.0.113.1/24")}, bench.now());
  EXPECT_EQ(bench.arrive(kIn0, udp(kC, 4004, kS, 9000)),
            "out0 udp 203.0.113.1:4004 → 203.0.113.10:9000 NEW");
}

// NAT-L14
TEST(NatAddresses, MasqueradedFlowsEndWithTheirAddress) {
  struct Case {
    Rule rule;
    std::size_t left;
  };
  for (const Case& c : {Case{masquerade("out0"), 0}, Case{snat("out0", "203.0.113.1"), 1}}) {
    for (const bool down : {false, true}) {
      Bench bench(Rules().add(Table::nat, "POSTROUTING", c.rule));
      bench.arrive(kIn0, udp(kC, 4000, kS, 9000));
      ASSERT_EQ(bench.connections().size(), 1u);
      bench.filter().set_addresses(
          kOut0, {*Prefix::parse("203.0.113.1/24"), *Prefix::parse("203.0.113.9/24")}, bench.now());
      EXPECT_EQ(bench.connections().size(), 1u) << "the address stayed";
      if (down)
        bench.filter().interface_down(kOut0, bench.now());
      else
        bench.filter().set_addresses(kOut0, {*Prefix::parse("203.0.113.9/24")}, bench.now());
      EXPECT_EQ(bench.connections().size(), c.left);
    }
  }
}

// NAT-L15, NAT-L16, NAT-U02: the very choices of a Linux 6
TEST(NatAddresses, OfARangeAreChosenByTheHashThatLinuxHas) {
  const auto ends = [](std::uint8_t first, std::uint8_t last) {
    return NatRange::Addresses{Ipv4Address::of(203, 0, 113, first),
                               Ipv4Address::of(203, 0, 113, last)};
  };
  const auto pick = [&](Ipv4Address from, Ipv4Address to, bool persistent) {
    return int(choose_address(ends(100, 103), from, to, persistent).value & 0xff);
  };
  EXPECT_EQ(pick(kC, kS, false), 102);
  EXPECT_EQ(pick(kC, kS11, false), 101);
  EXPECT_EQ(pick(kC3, kS, false), 103);
  EXPECT_EQ(pick(kC, kS, true), 103);
  EXPECT_EQ(pick(kC, kS11, true), 103);
  EXPECT_EQ(pick(kC3, kS, true), 103);
  EXPECT_EQ(choose_address({kC, kC3}, kS, kX, false), kC3);
  EXPECT_EQ(choose_address({kC, kC3}, kS11, kX, false), kC);
  EXPECT_EQ(choose_address({kC, kC3}, kS12, kX, false), kC);

  Bench bench(
      Rules().add(Table::nat, "POSTROUTING", snat("out0", "203.0.113.100", "203.0.113.103")));
  play(bench,
       {inside(udp(kC, 5000, kS, 9000), "out0 udp 203.0.113.102:5000 → 203.0.113.10:9000 NEW"),
        inside(udp(kC, 5001, kS, 9000), "out0 udp 203.0.113.102:5001 → 203.0.113.10:9000 NEW"),
        inside(udp(kC3, 5000, kS, 9000), "out0 udp 203.0.113.103:5000 → 203.0.113.10:9000 NEW"),
        // An endpoint that is known keeps its address (NAT-L04).
        inside(udp(kC, 5000, kS11, 9000), "out0 udp 203.0.113.102:5000 → 203.0.113.11:9000 NEW"),
        inside(udp(kC, 5010, kS11, 9000), "out0 udp 203.0.113.101:5010 → 203.0.113.11:9000 NEW")});
}

// NAT-L23
TEST(NatPorts, AreChangedEvenWithoutARuleWhenADnatedFlowHasTheTuple) {
  Rules rules;
  rules.add(Table::nat, "PREROUTING", dnat("203.0.113.1", Protocol::udp, 80, "10.0.0.2:8080"));
  Bench bench(rules);
  EXPECT_EQ(bench.arrive(kOut0, udp(kS, 9000, kX, 80)),
            "in0 udp 203.0.113.10:9000 → 10.0.0.2:8080 NEW");
  // Directly to the inside host, from the same port: its answers would be taken for the other's.
  EXPECT_TRUE(bench.arrive(kOut0, udp(kS, 9000, kC, 8080)).starts_with("in0"));
  EXPECT_NE(bench.last_source_port(), 9000);
}

// NAT-U12, determinism: the same seed, the same ports
TEST(NatPorts, DependOnTheSeedAlone) {
  const auto draw = [](std::uint64_t seed) {
    Bench bench(home_router(), {}, seed);
    std::vector<std::uint16_t> ports;
    for (std::uint8_t host = 2; host < 30; ++host)
      ports.push_back(left_with(bench, Ipv4Address::of(10, 0, 0, host), 40000, kS));
    return ports;
  };
  EXPECT_EQ(draw(5), draw(5));
  EXPECT_NE(draw(5), draw(6));
}

}  // namespace
}  // namespace natsim::test
