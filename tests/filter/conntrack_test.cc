// UDP, ICMP and the rest in conntrack: states and timers; the table's limit.
#include <gtest/gtest.h>

#include "sim/wire/l4_checksum.h"
#include "tests/filter/bench.h"

namespace natsim::test {
namespace {

using Lines = std::vector<std::string>;

// FW-C01, FW-C02, FW-C14, NAT-L01
TEST(UdpTracking, IsNewUntilAnAnswerIsSeenAndEstablishedFromThen) {
  Bench bench(home_router());
  const Bytes out = udp(kC, 2000, kS, 53), back = udp(kS, 53, kX, 2000);
  const std::string left = "out0 udp 203.0.113.1:2000 → 203.0.113.10:53 ";
  play(bench, {inside(out, left + "NEW"), inside(out, left + "NEW"), inside(out, left + "NEW"),
               outside(back, "in0 udp 203.0.113.10:53 → 10.0.0.2:2000 ESTABLISHED"),
               inside(out, left + "ESTABLISHED")});
}

// DIFF-04, FW-C13, FW-C14
TEST(UdpTracking, LivesThirtySecondsUntilItIsAStream) {
  Bench bench(home_router());
  const Bytes out = udp(kC, 2000, kS, 53), back = udp(kS, 53, kX, 2000);
  bench.arrive(kIn0, out);
  EXPECT_EQ(bench.connections(false), Lines{"udp      17 30 [UNREPLIED]"});
  bench.arrive(kOut0, back);
  EXPECT_EQ(bench.connections(false), Lines{"udp      17 30"});
  bench.wait(2_s);
  bench.arrive(kIn0, out);  // two seconds, not more
  EXPECT_EQ(bench.connections(false), Lines{"udp      17 30"});
  bench.wait(1_ms);
  bench.arrive(kOut0, back);
  EXPECT_EQ(bench.connections(false), Lines{"udp      17 120 [ASSURED]"});
  bench.wait(119_s);
  EXPECT_EQ(bench.connections().size(), 1u);
  bench.wait(1_s);
  EXPECT_TRUE(bench.connections().empty());
}

// FW-C14: many packets one way
TEST(UdpTracking, OneWayStaysAtThirtySeconds) {
  Bench bench(home_router());
  for (int i = 0; i < 20; ++i, bench.wait(1_s)) bench.arrive(kIn0, udp(kC, 2000, kS, 53));
  EXPECT_EQ(bench.connections(false), Lines{"udp      17 29 [UNREPLIED]"});
}

// NAT-U08, DIFF-14
TEST(UdpTracking, BothDirectionsRefresh) {
  Bench bench(home_router());
  bench.arrive(kIn0, udp(kC, 2000, kS, 53));
  for (int i = 0; i < 10; ++i) {
    bench.wait(25_s);
    EXPECT_EQ(bench.arrive(kOut0, udp(kS, 53, kX, 2000)),
              "in0 udp 203.0.113.10:53 → 10.0.0.2:2000 ESTABLISHED");
  }
}

// FW-C18
TEST(UdpTracking, AnAnswerFromAnotherPortIsNew) {
  Bench bench(counting_states({}));
  play(bench,
       {inside(udp(kC, 3000, kS, 69), "out0 udp 10.0.0.2:3000 → 203.0.113.10:69 NEW"),
        outside(udp(kS, 69, kC, 3000), "in0 udp 203.0.113.10:69 → 10.0.0.2:3000 ESTABLISHED"),
        outside(udp(kS, 1069, kC, 3000), "in0 udp 203.0.113.10:1069 → 10.0.0.2:3000 NEW")});
}

// FW-C07, and lengths that lie
TEST(UdpTracking, BrokenDatagramsAreInvalid) {
  Bench bench(home_router());
  EXPECT_EQ(bench.arrive(kIn0, damaged(udp(kC, 3001, kS, 53))),
            "out0 udp 10.0.0.2:3001 → 203.0.113.10:53 INVALID");
  Bytes too_long = udp(kC, 3002, kS, 53);
  too_long[25] = 200;
  EXPECT_EQ(bench.arrive(kIn0, too_long), "out0 udp 10.0.0.2:3002 → 203.0.113.10:53 INVALID");
  Bytes followed = udp(kC, 3002, kS, 53, "four");
  followed[25] -= 1;  // the last octet does not belong to the datagram, whose sum stays right
  followed[26] = followed[27] = 0;
  finish_l4_checksum(Protocol::udp, {kC, kS}, MutableByteSpan(followed.data() + 20, 11));
  EXPECT_EQ(bench.arrive(kIn0, followed), "out0 udp 10.0.0.2:3002 → 203.0.113.10:53 INVALID");
  EXPECT_TRUE(bench.connections().empty());
}

// NAT-T02
TEST(UdpTracking, AMissingChecksumStaysMissing) {
  Bench bench(home_router());
  Bytes packet = udp(kC, 3000, kS, 53);
  packet[26] = packet[27] = 0;
  EXPECT_EQ(bench.arrive(kIn0, packet), "out0 udp 203.0.113.1:3000 → 203.0.113.10:53 NEW");
  EXPECT_EQ(load_be16(bench.last().data() + 26), 0);
}

// FW-C04, DIFF-08, NAT-I01
TEST(IcmpTracking, PairsRequestsAndReplies) {
  Bench bench(home_router());
  const auto timestamp = [](Ipv4Address from, Ipv4Address to, IcmpType type) {
    return icmp(from, to, {type, 0, 0x00050001}, Bytes(12));
  };
  play(bench, {inside(ping(kC, kS, 77), "out0 icmp 203.0.113.1:77 → 203.0.113.10:0 NEW"),
               outside(pong(kS, kX, 77), "in0 icmp 203.0.113.10:0 → 10.0.0.2:77 ESTABLISHED"),
               // The reply does not end it.
               outside(pong(kS, kX, 77), "in0 icmp 203.0.113.10:0 → 10.0.0.2:77 ESTABLISHED"),
               // A reply that nobody asked for.
               outside(pong(kS, kX, 98), "local icmp 203.0.113.10:0 → 203.0.113.1:98 INVALID"),
               inside(pong(kC, kS, 98), "out0 icmp 10.0.0.2:0 → 203.0.113.10:98 INVALID"),
               inside(timestamp(kC, kS, IcmpType::timestamp_request),
                      "out0 icmp 203.0.113.1:5 → 203.0.113.10:0 NEW"),
               outside(timestamp(kS, kX, IcmpType::timestamp_reply),
                       "in0 icmp 203.0.113.10:0 → 10.0.0.2:5 ESTABLISHED")});
  bench.wait(30_s);
  EXPECT_TRUE(bench.connections().empty());
}

// NAT-I14
TEST(IcmpTracking, UnknownTypesAreInvalidAndNotTranslated) {
  Bench bench(home_router());
  EXPECT_EQ(bench.arrive(kIn0, icmp(kC, kS, {IcmpType(42), 0, 1})),
            "out0 icmp 10.0.0.2 → 203.0.113.10 42/0 INVALID");
}

// NAT-L22, FW-C16
TEST(OtherTracking, ProtocolsWithoutPortsAreTranslatedByAddressOnly) {
  Bench bench(home_router());
  const auto odd = [](Ipv4Address from, Ipv4Address to) {
    return ipv4(from, to, Protocol(99), Bytes(8));
  };
  play(bench, {inside(odd(kC, kS), "out0 proto-99 203.0.113.1:0 → 203.0.113.10:0 NEW"),
               inside(odd(kC3, kS), "dropped nat_exhausted masquerade"),
               inside(odd(kC3, kS11), "out0 proto-99 203.0.113.1:0 → 203.0.113.11:0 NEW"),
               outside(odd(kS, kX), "in0 proto-99 203.0.113.10:0 → 10.0.0.2:0 ESTABLISHED")});
  bench.wait(599_s);
  EXPECT_EQ(bench.connections().size(), 2u);
  bench.wait(1_s);
  EXPECT_TRUE(bench.connections().empty());
}

// FW-C16
TEST(OtherTracking, GreHasItsOwnTimers) {
  Bench bench(home_router());
  const auto gre = [](Ipv4Address from, Ipv4Address to) {
    return ipv4(from, to, Protocol::gre, Bytes(8));
  };
  bench.arrive(kIn0, gre(kC, kS));
  EXPECT_EQ(bench.connections(false), Lines{"gre      47 30 [UNREPLIED]"});
  bench.arrive(kOut0, gre(kS, kX));
  bench.arrive(kIn0, gre(kC, kS));
  EXPECT_EQ(bench.connections(false), Lines{"gre      47 180 [ASSURED]"});
}

// FW-C26
TEST(Listing, LooksLikeConntracks) {
  Bench bench(home_router());
  bench.arrive(kIn0, udp(kC, 2000, kS, 53));
  bench.arrive(kIn0, ping(kC, kS, 77));
  bench.arrive(kIn0, tcp(kC, 1111, kS, 80, {"S", 1}));
  bench.arrive(kIn0, ipv4(kC, kS, Protocol(99), Bytes(8)));
  EXPECT_EQ(bench.connections(),
            (Lines{"icmp     1 30 src=10.0.0.2 dst=203.0.113.10 type=8 code=0 id=77 [UNREPLIED] "
                   "src=203.0.113.10 dst=203.0.113.1 type=0 code=0 id=77",
                   "tcp      6 120 SYN_SENT src=10.0.0.2 dst=203.0.113.10 sport=1111 dport=80 "
                   "[UNREPLIED] src=203.0.113.10 dst=203.0.113.1 sport=80 dport=1111",
                   "udp      17 30 src=10.0.0.2 dst=203.0.113.10 sport=2000 dport=53 [UNREPLIED] "
                   "src=203.0.113.10 dst=203.0.113.1 sport=53 dport=2000",
                   "unknown  99 600 src=10.0.0.2 dst=203.0.113.10 [UNREPLIED] src=203.0.113.10 "
                   "dst=203.0.113.1"}));
}

/// Makes a UDP flow assured: both ways, and again after more than two seconds.
void make_stream(Bench& bench, std::uint16_t port) {
  bench.arrive(kIn0, udp(kC, port, kS, 53));
  bench.arrive(kOut0, udp(kS, 53, kX, port));
  bench.wait(3_s);
  bench.arrive(kIn0, udp(kC, port, kS, 53));
}

// FW-C20, FW-C22, FW-C23
TEST(FullTable, OfAssuredConnectionsTakesNoMore) {
  Rules rules = home_router();
  Rule notrack = rule("notrack", NotrackTarget{});
  notrack.protocol.protocol = Protocol::udp;
  notrack.destination_port.ports = {9999, 9999};
  rules.add(Table::raw, "PREROUTING", notrack);
  Bench bench(rules, {.conntrack_max = 4});
  for (std::uint16_t port = 1; port <= 4; ++port) make_stream(bench, port);
  play(bench,
       {inside(udp(kC, 5, kS, 53), "dropped conntrack_full"),
        inside(tcp(kC, 5, kS, 80, {"S"}), "dropped conntrack_full"),
        outside(ping(kS, kX, 1), "dropped conntrack_full"),
        inside(udp(kC, 1, kS, 53), "out0 udp 203.0.113.1:1 → 203.0.113.10:53 ESTABLISHED"),
        inside(udp(kC, 8, kS, 9999), "out0 udp 10.0.0.2:8 → 203.0.113.10:9999 UNTRACKED"),
        // Streams 2 to 4 end by and by, and make room.
        wait(119_s), inside(udp(kC, 9, kS, 53), "out0 udp 203.0.113.1:9 → 203.0.113.10:53 NEW")});
}

// FW-C21
TEST(FullTable, GivesUpAnUnassuredConnectionForANewOne) {
  Bench bench(home_router(), {.conntrack_max = 8});
  make_stream(bench, 1);
  for (std::uint16_t port = 2; port <= 50; ++port) {
    EXPECT_EQ(bench.arrive(kIn0, udp(kC, port, kS, 53)),
              "out0 udp 203.0.113.1:" + std::to_string(port) + " → 203.0.113.10:53 NEW");
    EXPECT_LE(bench.connections().size(), 8u);
  }
  EXPECT_EQ(bench.arrive(kOut0, udp(kS, 53, kX, 1)),
            "in0 udp 203.0.113.10:53 → 10.0.0.2:1 ESTABLISHED");
}

// FW-H14, NAT-L11
TEST(Confirmation, ADroppedFirstPacketLeavesNothing) {
  Rules rules = home_router();
  rules.policy("FORWARD", false);
  Bench bench(rules, {.conntrack_max = 4});
  for (std::uint16_t port = 1; port <= 20; ++port)
    EXPECT_EQ(bench.arrive(kIn0, udp(kC, port, kS, 53)), "dropped policy FORWARD");
  EXPECT_TRUE(bench.connections().empty());
}

// FW-H09
TEST(Confirmation, WithoutARuleThatNeedsItNothingIsTracked) {
  Rules rules;
  rules.add(Table::filter, "FORWARD", rule("count", ContinueTarget{}));
  Bench bench(rules);
  EXPECT_FALSE(bench.filter().tracking());
  EXPECT_FALSE(bench.filter().active(Hook::prerouting));
  EXPECT_TRUE(bench.filter().active(Hook::forward));
  bench.arrive(kIn0, udp(kC, 1, kS, 53));
  EXPECT_TRUE(bench.connections().empty());
}

// FW-C02: original and reply direction look the same; Linux finds the reply's first.
TEST(Conntrack, APortThatSpeaksToItselfIsAnswered) {
  Bench bench(counting_states(Rules()));
  const Bytes packet = udp(kC, 4000, kC, 4000);
  EXPECT_EQ(bench.arrive(kIn0, packet), "in0 udp 10.0.0.2:4000 → 10.0.0.2:4000 NEW");
  EXPECT_EQ(bench.arrive(kIn0, packet), "in0 udp 10.0.0.2:4000 → 10.0.0.2:4000 ESTABLISHED");
}

}  // namespace
}  // namespace natsim::test
