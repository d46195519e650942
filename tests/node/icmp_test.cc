// Goal: what a node says in ICMP, to whom, from which address and how often; and when it is silent
// (RFC 1122 3.2.2, RFC 1812 4.3, Linux's rate limit).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/node/border.h"

namespace natsim::lab {
namespace {

using testing::ElementsAre;

TEST(Icmp, ICMP_01_AnEchoComesBackAsItWas) {
  for (const std::size_t octets : {0, 1, 56, 1472}) {
    Border b;
    b.from_c(ping({.src = "10.0.0.2",
                   .dst = "203.0.113.1",  // on the other interface
                   .echo_id = 0xabcd,
                   .seq = 0x1234,
                   .payload = counting(octets),
                   .tos = 0x10}));
    EXPECT_FRAME(b.c.next(), at(2_ms), icmp(0, 0, echo(0xabcd, 0x1234), payload(counting(octets))),
                 ipv4(src("203.0.113.1"), dst("10.0.0.2"), ttl(64), tos(0x10), df(false)),
                 valid_checksums());
    EXPECT_SILENCE(b.c);
  }
}

TEST(Icmp, ICMP_02_AnEchoToAGroupIsNotAnswered) {
  for (const char* group : {"10.0.0.255", "255.255.255.255", "224.0.0.1", "224.0.0.5"}) {
    Border b;
    b.from_c(ping({.src = "10.0.0.2", .dst = group}).to_all());
    EXPECT_SILENCE(b.c);
  }
}

TEST(Icmp, ATimestampIsAnsweredWithTheTimeOfDay) {
  Border b({.epoch_s = 86'400 + 3600});  // one in the morning
  const auto asked = [](const Bytes& data) {
    Bytes message = {13, 0, 0, 0, 0x12, 0x34, 0, 1};
    message.insert(message.end(), data.begin(), data.end());
    finish_l4_checksum(Protocol::icmp, {}, message);
    return ipv4(
        {.src = "10.0.0.2", .dst = "10.0.0.1", .protocol = Protocol::icmp, .payload = message});
  };
  b.lab.run(500_ms);
  b.from_c(asked({0xaa, 0xbb, 0xcc, 0xdd, 0xee}));
  const Sighting reply = b.c.next();
  EXPECT_FRAME(reply, icmp(14, 0), ipv4(src("10.0.0.1"), total_length(40)), valid_checksums());
  constexpr std::uint32_t kReceived = 3'600'501;  // half a second and the cable later
  const std::uint8_t* times = reply.bytes.data() + kEthernetHeaderBytes + 20 + 8;
  EXPECT_EQ(load_be32(times), 0xaabbccddu);
  EXPECT_EQ(load_be32(times + 4), kReceived);
  EXPECT_EQ(load_be32(times + 8), kReceived);
  b.from_c(asked({1, 2, 3}));  // too short to hold a time
  EXPECT_SILENCE(b.c);
}

TEST(Icmp, ICMP_03_ADamagedMessageIsDropped) {
  Border b;
  b.from_c(ping({.src = "10.0.0.2", .dst = "10.0.0.1"}).with_bad_checksum());
  EXPECT_SILENCE(b.c);
  EXPECT_THAT(b.lab.drops(), ElementsAre("r: bad_checksum"));
}

TEST(Icmp, TruncatedMessagesAreDropped) {
  Border b;
  const Frame echo = ping({.src = "10.0.0.2", .dst = "10.0.0.1", .payload = {}});
  b.from_c(echo.with_header_octet(3, 27).cut_to(27));  // total length of 27: seven octets of ICMP
  b.from_c(ipv4({.src = "10.0.0.2", .dst = "10.0.0.1", .protocol = Protocol::icmp, .payload = {}}));
  EXPECT_SILENCE(b.c);
}

TEST(Icmp, ICMP_04_AnErrorQuotes548Octets) {
  struct Row {
    std::size_t payload;
    std::size_t quoted;
  };
  for (const Row& row : {Row{0, 28}, Row{5, 33}, Row{520, 548}, Row{1000, 548}}) {
    Border b;
    auto dying = across();
    dying.ttl = 1;
    dying.payload = counting(row.payload);
    b.from_c(udp(dying));
    EXPECT_FRAME(b.c.next(), icmp(11, 0, quoted_octets(row.quoted)), valid_checksums(),
                 ipv4(total_length(28 + row.quoted)));
  }
}

TEST(Icmp, ICMP_05_TransitErrorsComeFromTheNearSideLocalOnesFromTheAddressAsked) {
  Border b;
  b.lab.route(b.r, "192.0.2.0/24", "10.0.0.2");  // beyond c
  b.from_c(udp({.src = "10.0.0.2:1", .dst = "203.0.113.10:2", .ttl = 1}));
  EXPECT_FRAME(b.c.next(), icmp(11, 0), ipv4(src("10.0.0.1")));
  b.from_s(udp({.src = "203.0.113.10:1", .dst = "192.0.2.9:2", .ttl = 1}));
  EXPECT_FRAME(b.s.next(), icmp(11, 0), ipv4(src("203.0.113.1")));
  b.from_c(udp({.src = "10.0.0.2:1", .dst = "203.0.113.1:2"}));
  EXPECT_FRAME(b.c.next(), icmp(3, 3), ipv4(src("203.0.113.1")));
}

TEST(Icmp, ICMP_05_TheWayBackDecidesWhoAnErrorComesFrom) {
  // c's neighbour router sends from an address that is reached through eth1.
  Border b;
  b.from_c(udp({.src = "203.0.113.10:1", .dst = "192.0.2.1:2"}));
  EXPECT_SILENCE(b.c);
  EXPECT_FRAME(b.s.next(), icmp(3, 0), ipv4(src("203.0.113.1"), dst("203.0.113.10")));
}

TEST(Icmp, ASenderWithoutWayBackHearsNothing) {
  Border b;
  b.from_c(udp({.src = "192.0.2.1:1", .dst = "203.0.113.10:2", .ttl = 1}));
  EXPECT_SILENCE(b.c);
  EXPECT_SILENCE(b.s);
}

TEST(Icmp, ICMP_06_IPV4_36_TheHeaderOfAnError) {
  struct Row {
    std::uint8_t tos;
    std::uint8_t answered;
  };
  for (const Row& row : {Row{0, 0xc0}, Row{0xb8, 0xd8}, Row{0x10, 0xd0}, Row{0x01, 0xc0}}) {
    Border b;
    auto dying = across();
    dying.ttl = 1;
    dying.tos = row.tos;
    dying.df = true;
    b.from_c(udp(dying));
    EXPECT_FRAME(b.c.next(), icmp(11, 0, unused_zero()),
                 ipv4(tos(row.answered), ttl(64), df(false)));
  }
}

TEST(Icmp, ICMP_07_AnUnknownProtocolIsUnreachable) {
  Border b;
  b.from_c(ipv4({.src = "10.0.0.2", .dst = "10.0.0.1", .protocol = Protocol(200)}));
  EXPECT_FRAME(b.c.next(), icmp(3, 2, unused_zero(), quotes(protocol(200))), ipv4(src("10.0.0.1")),
               valid_checksums());
}

TEST(Icmp, ICMP_07_IgmpAndPimAreKnownToEveryHost) {
  Lab lab;
  IpNode& host = lab.host("h", "10.0.0.1/24");
  FarEnd& far = lab.far("far", "10.0.0.2");
  lab.cable(host, far);
  for (const Protocol known : {Protocol::igmp, Protocol(103)})
    far.sends(0_ms, ipv4({.src = "10.0.0.2", .dst = "10.0.0.1", .protocol = known}));
  lab.run(1_s);
  EXPECT_SILENCE(far);
  EXPECT_THAT(lab.drops(), testing::ElementsAre("h: ignored", "h: ignored"));
}

// UDP-07: what stands behind the datagram is neither its receiver's nor in an error about it.
TEST(Icmp, UDP_07_OctetsBehindADatagramAreNotQuoted) {
  Border b;
  const Frame datagram = udp({.src = "10.0.0.2:1", .dst = "10.0.0.1:9", .payload = text("hi")});
  Bytes longer(datagram.payload().begin() + 20, datagram.payload().end());
  longer.resize(longer.size() + 30);
  b.from_c(
      ipv4({.src = "10.0.0.2", .dst = "10.0.0.1", .protocol = Protocol::udp, .payload = longer}));
  EXPECT_FRAME(b.c.next(), icmp(3, 3, quoted_octets(30), quotes(total_length(60))));
}

TEST(Icmp, IPV4_31_ThereAreNoErrorsAboutSuchPackets) {
  const Bytes offender = udp({.src = "203.0.113.10:1", .dst = "10.0.0.2:2"}).payload();
  const auto error = [&](IcmpHeader what) {
    return icmp(
        {.src = "10.0.0.2", .dst = "203.0.113.10", .what = what, .payload = offender, .ttl = 1});
  };
  auto dying = across();
  dying.ttl = 1;
  dying.payload = counting(64);
  const Frame whole = udp(dying);
  struct Row {
    const char* what;
    Frame frame;
    bool answered;
  };
  const Row rows[] = {
      {"an ICMP error", error(IcmpHeader::unreachable(IcmpUnreachable::port)), false},
      {"a redirect", error(IcmpHeader::redirect_host(ip("10.0.0.1"))), false},
      {"an unknown ICMP type", error({.type = IcmpType(42)}), false},
      {"an echo request", ping({.src = "10.0.0.2", .dst = "203.0.113.10", .ttl = 1}), true},
      {"the first fragment", fragment_of(whole, 0, 32), true},
      {"a later fragment", fragment_of(whole, 32, 72), false},
      {"a group frame", whole.to_all(), false},
      {"a source that is no host", udp({.src = "240.1.2.3:1", .dst = "203.0.113.10:2", .ttl = 1}),
       false},
  };
  for (const Row& row : rows) {
    Border b;
    b.lab.route(b.r, "240.0.0.0/4", "10.0.0.2");
    b.from_c(row.frame);
    EXPECT_EQ(b.c.waiting(), row.answered ? 1u : 0u) << row.what << "\n" << b.lab.story();
  }
}

/// How many answers c gets to a burst, at once.
std::size_t answers_to(Border& b, int count, const Frame& frame) {
  b.c.skip();
  for (int i = 0; i < count; ++i) b.c.sends(0_ms, frame);
  b.lab.run(500_ms);
  return b.c.waiting();
}

TEST(Icmp, ICMP_09_10_ErrorsAreRationedAnswersAreNot) {
  struct Row {
    const char* what;
    Frame frame;
    std::size_t answers;  // to 100
  };
  const Row rows[] = {
      {"a closed UDP port", udp({.src = "10.0.0.2:1", .dst = "10.0.0.1:9"}), 6},
      {"TTL 1", udp({.src = "10.0.0.2:1", .dst = "203.0.113.10:9", .ttl = 1}), 6},
      {"no route", udp({.src = "10.0.0.2:1", .dst = "192.0.2.1:9"}), 2},
      {"an echo request", ping({.src = "10.0.0.2", .dst = "10.0.0.1"}), 100},
      {"a closed TCP port", tcp({.src = "10.0.0.2:1", .dst = "10.0.0.1:9"}), 100},
  };
  for (const Row& row : rows) {
    Border b;
    b.lab.run(10_s);  // the bucket fills
    EXPECT_EQ(answers_to(b, 100, row.frame), row.answers) << row.what;
  }
}

TEST(Icmp, ICMP_09_TheRationIsRefilledByOneASecondAndIsEachHostsOwn) {
  Border b;
  b.lab.run(10_s);
  const Frame closed = udp({.src = "10.0.0.2:1", .dst = "10.0.0.1:9"});
  EXPECT_EQ(answers_to(b, 100, closed), 6u);
  EXPECT_EQ(answers_to(b, 100, udp({.src = "10.0.0.3:1", .dst = "10.0.0.1:9"})), 0u)
      << "its answers wait for ARP";
  b.c.answer_arp_for("10.0.0.3");
  b.lab.run(3_s);
  EXPECT_EQ(answers_to(b, 100, closed), 4u);  // 4 s later
}

TEST(Icmp, ICMP_12_TheRationCanBeSwitchedOff) {
  StackOptions options;
  options.icmp_rate_limit = false;
  Border b(options);
  EXPECT_EQ(answers_to(b, 100, udp({.src = "10.0.0.2:1", .dst = "10.0.0.1:9"})), 100u);
}

/// a 10.0.0.2 ── r1 ── r2 ── z 203.0.113.10
struct Path {
  Path() {
    lab.route(r1, "203.0.113.0/24", "192.0.2.2");
    lab.route(r2, "10.0.0.0/24", "192.0.2.1");
    lab.cable(a, r1);
    lab.cable(r1.port(IfIndex{1}), r2.port(IfIndex{0}));
    lab.cable(r2, z);
  }
  Lab lab;
  FarEnd& a = lab.far("a", "10.0.0.2");
  IpNode& r1 = lab.router("r1", {"10.0.0.1/24", "192.0.2.1/30"});
  IpNode& r2 = lab.router("r2", {"192.0.2.2/30", "203.0.113.1/24"});
  IpNode& z = lab.host("z", "203.0.113.10/24", "203.0.113.1");
};

TEST(Traceroute, ICMP_13_EachHopSpeaksFromItsNearSide) {
  const char* const hops[] = {"10.0.0.1", "192.0.2.2"};
  for (const bool by_udp : {true, false}) {
    Path path;
    for (std::uint8_t hop = 1; hop <= 3; ++hop) {
      const auto start = path.lab.now();
      path.a.sends(0_ms, by_udp
                             ? udp({.src = "10.0.0.2:1", .dst = "203.0.113.10:33434", .ttl = hop})
                             : ping({.src = "10.0.0.2", .dst = "203.0.113.10", .ttl = hop}));
      path.lab.run(1_s);
      const Sighting answer = path.a.next();
      if (hop < 3) {
        EXPECT_FRAME(answer, icmp(11, 0, quotes(ttl(1))), ipv4(src(hops[hop - 1])));
      } else if (by_udp) {
        EXPECT_FRAME(answer, icmp(3, 3), ipv4(src("203.0.113.10"), ttl(62)));
      } else {
        EXPECT_FRAME(answer, icmp(0, 0), ipv4(src("203.0.113.10"), ttl(62)));
      }
      EXPECT_LT(answer.when, start + 20_ms);
    }
  }
}

}  // namespace
}  // namespace natsim::lab
