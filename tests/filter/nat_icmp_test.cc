// ICMP errors through NAT: to whom they go, and what they quote (RFC 5508).
#include <gtest/gtest.h>

#include "sim/wire/ipv4.h"
#include "sim/wire/l4_checksum.h"
#include "tests/filter/bench.h"

namespace natsim::test {
namespace {

constexpr Ipv4Address kFar = Ipv4Address::of(198, 51, 100, 9);  // a router on the way

const IcmpHeader kPortUnreachable = IcmpHeader::unreachable(IcmpUnreachable::port);
const IcmpHeader kTimeExceeded = IcmpHeader::time_exceeded(IcmpTimeExceeded::in_transit);

/// What S received of C's datagram, which it now complains about.
struct Complaint {
  Bench bench{home_router()};
  Bytes sent;
  explicit Complaint(Bytes packet = udp(kC, 2000, kS, 53)) {
    bench.arrive(kIn0, packet);
    sent = bench.last();
  }
};

// NAT-I07, FW-C03, NAT-U14, NAT-C08
TEST(IcmpErrors, ComeBackToTheInsideHostQuotingWhatItSent) {
  Complaint c;
  EXPECT_EQ(c.bench.arrive(kOut0, error(kS, kX, kPortUnreachable, c.sent)),
            "in0 icmp 203.0.113.10 → 10.0.0.2 3/3 RELATED");
  const Bytes inner = quoted(c.bench.last());
  EXPECT_EQ(tuple_of(inner), "udp 10.0.0.2:2000 → 203.0.113.10:53");
  // The quoted UDP checksum is again the one that C computed.
  EXPECT_EQ(load_be16(inner.data() + 26), load_be16(udp(kC, 2000, kS, 53).data() + 26));

  // From any router, of any kind, and the outer source stays.
  EXPECT_EQ(c.bench.arrive(kOut0, error(kFar, kX, kTimeExceeded, c.sent)),
            "in0 icmp 198.51.100.9 → 10.0.0.2 11/0 RELATED");
  EXPECT_EQ(c.bench.arrive(kOut0, error(kFar, kX, IcmpHeader::fragmentation_needed(1300), c.sent)),
            "in0 icmp 198.51.100.9 → 10.0.0.2 3/4 RELATED");
  EXPECT_EQ(load_be16(c.bench.last().data() + 26), 1300);
}

TEST(IcmpErrors, AboutTcpAreTranslatedThoughItsChecksumIsNotQuoted) {
  Complaint c(tcp(kC, 2000, kS, 80, {"S", 7}));
  for (const std::size_t octets : {std::size_t(8), std::size_t(20)}) {
    EXPECT_EQ(c.bench.arrive(kOut0, error(kFar, kX, kTimeExceeded, c.sent, octets)),
              "in0 icmp 198.51.100.9 → 10.0.0.2 11/0 RELATED");
    EXPECT_EQ(tuple_of(quoted(c.bench.last())), "tcp 10.0.0.2:2000 → 203.0.113.10:80");
  }
  // Where it is quoted, it is right again.
  const Bytes whole = quoted(c.bench.last());
  const Ipv4View ip(whole.data(), whole.size());
  EXPECT_TRUE(tcp_checksum_ok(ip.pseudo_header(), ip.payload()));
}

// NAT-I09
TEST(IcmpErrors, AboutAnEchoGetItsIdentifierBack) {
  Bench bench(home_router());
  bench.arrive(kIn0, ping(kC, kS, 7));
  bench.arrive(kIn0, ping(kC3, kS, 7));  // leaves with another identifier
  const Bytes sent = bench.last();
  EXPECT_EQ(bench.arrive(kOut0, error(kFar, kX, kTimeExceeded, sent)),
            "in0 icmp 198.51.100.9 → 10.0.0.3 11/0 RELATED");
  EXPECT_EQ(tuple_of(quoted(bench.last())), "icmp 10.0.0.3:7 → 203.0.113.10:0");
}

// NAT-I08
TEST(IcmpErrors, FromInsideLeaveAsTheRouters) {
  Complaint c;
  c.bench.arrive(kOut0, udp(kS, 53, kX, 2000));
  const Bytes received = c.bench.last();
  EXPECT_EQ(c.bench.arrive(kIn0, error(kC, kS, kPortUnreachable, received)),
            "out0 icmp 203.0.113.1 → 203.0.113.10 3/3 RELATED");
  EXPECT_EQ(tuple_of(quoted(c.bench.last())), "udp 203.0.113.10:53 → 203.0.113.1:2000");
  // Also when an inner router sends it: nobody outside sees its address.
  EXPECT_EQ(c.bench.arrive(kIn0, error(kC3, kS, kTimeExceeded, received)),
            "out0 icmp 203.0.113.1 → 203.0.113.10 11/0 RELATED");
}

// NAT-I06, FW-C03
TEST(IcmpErrors, AboutUnknownFlowsAreInvalid) {
  Complaint c;
  EXPECT_EQ(c.bench.arrive(kOut0, error(kS, kX, kPortUnreachable, udp(kX, 2001, kS, 53))),
            "local icmp 203.0.113.10 → 203.0.113.1 3/3 INVALID");
  // Quoting one flow on the way to the host of another is a trick.
  EXPECT_EQ(c.bench.arrive(kOut0, error(kS, kC3, kPortUnreachable, c.sent)),
            "in0 icmp 203.0.113.10 → 10.0.0.3 3/3 INVALID");
}

// NAT-I04, FW-C07
TEST(IcmpErrors, WithAWrongChecksumAreInvalid) {
  Complaint c;
  EXPECT_EQ(c.bench.arrive(kOut0, damaged(error(kS, kX, kPortUnreachable, c.sent))),
            "local icmp 203.0.113.10 → 203.0.113.1 3/3 INVALID");
}

// DIFF-13, NAT-I05
TEST(IcmpErrors, MayQuoteWrongChecksums) {
  Complaint c;
  Bytes about = c.sent;
  about[10] ^= 0x55;  // IP
  about[26] ^= 0x55;  // UDP
  PacketPool pool;
  Packet packet = pool.copy(error(kS, kX, kPortUnreachable, about));
  Traversal t(packet, packet.data(), std::uint32_t(packet.size()));
  t.in = kOut0;
  EXPECT_TRUE(c.bench.filter().run(Hook::prerouting, t, c.bench.now()));
  EXPECT_EQ(t.state, ConnectionState::related);
  EXPECT_EQ(t.destination, kC);
}

// NAT-I05: options in the quoted header
TEST(IcmpErrors, MayQuoteHeadersWithOptions) {
  Complaint c;
  Bytes about = c.sent;
  about.insert(about.begin() + kIpv4HeaderBytes, {1, 1, 1, 0});
  about[0] = 0x46;
  MutableIpv4View(about.data(), about.size()).finish_checksum();
  EXPECT_EQ(c.bench.arrive(kOut0, icmp(kS, kX, kPortUnreachable, about)),
            "in0 icmp 203.0.113.10 → 10.0.0.2 3/3 RELATED");
  EXPECT_EQ(tuple_of(quoted(c.bench.last())), "udp 10.0.0.2:2000 → 203.0.113.10:53");
}

// NAT-I13
TEST(IcmpErrors, ThatCannotBeTranslatedAreDropped) {
  Complaint c;
  EXPECT_EQ(c.bench.arrive(kOut0, error(kS, kX, kPortUnreachable, c.sent, 4)),
            "dropped not_translatable");
  EXPECT_EQ(c.bench.arrive(kOut0, error(kS, kX, IcmpHeader::redirect_host(kFar), c.sent)),
            "dropped not_translatable");
  // About a flow without translation a redirect is fine.
  Bench plain(counting_states({}));
  plain.arrive(kIn0, udp(kC, 2000, kS, 53));
  EXPECT_EQ(plain.arrive(kOut0, error(kFar, kC, IcmpHeader::redirect_host(kFar), plain.last())),
            "in0 icmp 198.51.100.9 → 10.0.0.2 5/1 RELATED");
}

// NAT-I10, NAT-U13, NAT-C08
TEST(IcmpErrors, NeitherRefreshNorEndTheFlow) {
  Complaint c;
  c.bench.wait(10_s);
  c.bench.arrive(kOut0, error(kS, kX, kPortUnreachable, c.sent));
  EXPECT_EQ(c.bench.connections(false), std::vector<std::string>{"udp      17 20 [UNREPLIED]"});
}

// NAT-I11
TEST(IcmpErrors, OfAHairpinAreTranslatedBothWays) {
  Rules rules = home_router();
  rules.add(Table::nat, "PREROUTING", dnat("203.0.113.1", Protocol::udp, 7000, "10.0.0.3:7777"));
  rules.add(Table::nat, "POSTROUTING", masquerade("in0"));
  Bench bench(rules);
  bench.arrive(kIn0, udp(kC, 4002, kX, 7000));
  EXPECT_EQ(bench.arrive(kIn0, error(kC3, kG, kPortUnreachable, bench.last())),
            "in0 icmp 203.0.113.1 → 10.0.0.2 3/3 RELATED");
  EXPECT_EQ(tuple_of(quoted(bench.last())), "udp 10.0.0.2:4002 → 203.0.113.1:7000");
}

// NAT-S10, NAT-S11, NAT-U15: the router's own errors about what it has translated
TEST(IcmpErrors, OfTheRouterItselfQuoteWhatTheSenderKnows) {
  Rules rules;
  rules.add(Table::nat, "PREROUTING", dnat("203.0.113.1", Protocol::tcp, 80, "10.0.0.2:8080"));
  rules.add(Table::filter, "FORWARD", rule("no", RejectTarget{}));
  Bench bench(rules);
  ASSERT_EQ(bench.arrive(kOut0, tcp(kS, 9000, kX, 80, {"S", 7})),
            "rejected no icmp-port-unreachable");
  const Bytes seen = tcp(kS, 9000, kC, 8080, {"S", 7});  // as it stood in FORWARD
  EXPECT_EQ(bench.answer(error(kX, kS, kPortUnreachable, seen)),
            "out0 icmp 203.0.113.1 → 203.0.113.10 3/3 RELATED");
  EXPECT_EQ(tuple_of(quoted(bench.last())), "tcp 203.0.113.10:9000 → 203.0.113.1:80");
  EXPECT_TRUE(bench.connections().empty());
}

// NAT-S11: a reset is forged as the inside server and leaves as X:80
TEST(Resets, OfARuleSeemToComeFromThePublicAddress) {
  Rules rules;
  rules.add(Table::nat, "PREROUTING", dnat("203.0.113.1", Protocol::tcp, 80, "10.0.0.2:8080"));
  rules.add(Table::nat, "POSTROUTING", masquerade("out0"));
  Rule reset = rule("no", RejectTarget{RejectWith::tcp_reset});
  reset.protocol.protocol = Protocol::tcp;
  rules.add(Table::filter, "FORWARD", reset);
  Bench bench(rules);
  ASSERT_EQ(bench.arrive(kOut0, tcp(kS, 9000, kX, 80, {"S", 7})), "rejected no tcp-reset");
  EXPECT_EQ(bench.answer(tcp(kC, 8080, kS, 9000, {"RA", 0, 8})),
            "out0 tcp 203.0.113.1:80 → 203.0.113.10:9000 RELATED");
  EXPECT_TRUE(bench.connections().empty());
}

}  // namespace
}  // namespace natsim::test
