// Goal: a router forwards what belongs elsewhere, and nothing that must not leave its link
// (RFC 1812 5, as Linux has it). Method: packets in at one far end, out at the other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/node/border.h"

namespace natsim::lab {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Forwarding, IPV4_03_CountsTheTtlDownAndChangesNothingElse) {
  Border b;
  const UdpText sent{.src = "10.0.0.2:1000",
                     .dst = "203.0.113.10:53",
                     .ttl = 17,
                     .tos = 0xb9,
                     .id = 0x1234,
                     .df = true};
  b.from_c(udp(sent));
  EXPECT_FRAME(b.s.next(), at(2_ms), from(b.r.stack().interface(IfIndex{1}).mac), to(b.s.mac()),
               carries(udp(sent).with_header_octet(8, 16)), valid_checksums());
  EXPECT_SILENCE(b.s);
}

TEST(Forwarding, IPV4_03_TheChecksumIsRightForEveryTtl) {
  Border b;
  for (int ttl_sent = 2; ttl_sent < 256; ++ttl_sent) {
    auto datagram = across();
    datagram.ttl = std::uint8_t(ttl_sent);
    b.from_c(udp(datagram));
    EXPECT_FRAME(b.s.next(), ipv4(ttl(std::uint8_t(ttl_sent - 1))), valid_checksums());
  }
}

TEST(Forwarding, OptionsTravelAlong) {
  Border b;
  const Bytes router_alert = {0x94, 4, 0, 0};
  const IpText sent{.src = "10.0.0.2", .dst = "203.0.113.10", .options = router_alert};
  b.from_c(ipv4(sent));
  EXPECT_FRAME(b.s.next(), carries(ipv4(sent).with_header_octet(8, 63)));
}

TEST(Forwarding, IPV4_01_TheLongestPrefixWinsThenTheLowestMetric) {
  struct Row {
    const char* destination;
    const char* neighbour;
  };
  const Row rows[] = {
      {"198.18.1.1", "203.0.113.22"},  // the /16 of metric 5, not that of metric 10
      {"198.18.5.1", "203.0.113.21"},  // the /24, though its metric is the worst
      {"198.19.0.1", "203.0.113.20"},  // the default route
  };
  for (const Row& row : rows) {
    Border b;
    b.lab.route(b.r, "0.0.0.0/0", "203.0.113.20");
    b.lab.route(b.r, "198.18.0.0/16", "203.0.113.23", 1, 10);
    b.lab.route(b.r, "198.18.0.0/16", "203.0.113.22", 1, 5);
    b.lab.route(b.r, "198.18.5.0/24", "203.0.113.21", 1, 1000);
    b.from_c(udp({.src = "10.0.0.2:1000", .dst = std::string(row.destination) + ":53"}));
    EXPECT_FRAME(b.s.next_arp(), arp(ArpOperation::request, target(row.neighbour)));
  }
}

TEST(Forwarding, IPV4_02_TheGatewayIsAskedForAndTheDestinationStays) {
  Border b;
  b.s.answer_arp_for("203.0.113.254");
  b.lab.route(b.r, "0.0.0.0/0", "203.0.113.254");
  b.from_c(udp({.src = "10.0.0.2:1000", .dst = "192.0.2.7:53"}));
  EXPECT_FRAME(b.s.next_arp(), arp(ArpOperation::request, target("203.0.113.254")));
  EXPECT_FRAME(b.s.next(), ipv4(dst("192.0.2.7")));
  b.s.answer_arp_for("203.0.113.77");
  b.from_c(udp({.src = "10.0.0.2:1000", .dst = "203.0.113.77:53"}));
  EXPECT_FRAME(b.s.next_arp(), arp(ArpOperation::request, target("203.0.113.77")));
  EXPECT_FRAME(b.s.next(), ipv4(dst("203.0.113.77")));
}

TEST(Forwarding, IPV4_04_TheLastHopIsOnTheHouse) {
  for (const std::uint8_t left : {0, 1}) {
    Border b;
    auto dying = across();
    dying.ttl = left;
    b.from_c(udp(dying));
    EXPECT_SILENCE(b.s);
    EXPECT_FRAME(b.c.next(), icmp(11, 0, unused_zero(), quotes(ttl(left), dst("203.0.113.10"))),
                 ipv4(src("10.0.0.1")), valid_checksums());
    EXPECT_SILENCE(b.c);
    EXPECT_THAT(b.lab.drops(), ElementsAre("r: ttl_exceeded"));
  }
}

TEST(Forwarding, IPV4_05_ForTheRouterItselfOneHopIsEnough) {
  Border b;
  b.from_c(ping({.src = "10.0.0.2", .dst = "10.0.0.1", .ttl = 1}));
  EXPECT_FRAME(b.c.next(), icmp(0, 0));
}

TEST(Forwarding, IPV4_06_07_WhatNoUnicastRouteCarriesIsAnsweredByItsKind) {
  struct Row {
    const char* destination;
    std::optional<std::uint8_t> code;  // of destination unreachable
    const char* cause;
  };
  const Row rows[] = {
      {"192.0.2.1", 0, "r: no_route"},          {"192.0.3.1", std::nullopt, "r: route_blackhole"},
      {"192.0.4.1", 1, "r: route_unreachable"}, {"192.0.5.1", 13, "r: route_prohibit"},
      {"169.254.1.1", 0, "r: no_route"},        {"240.1.2.3", 0, "r: no_route"},
  };
  for (const Row& row : rows) {
    Border b;
    b.lab.route(b.r, "192.0.3.0/24", RouteKind::blackhole);
    b.lab.route(b.r, "192.0.4.0/24", RouteKind::unreachable);
    b.lab.route(b.r, "192.0.5.0/24", RouteKind::prohibit);
    b.from_c(udp({.src = "10.0.0.2:1", .dst = std::string(row.destination) + ":2"}));
    if (row.code) {
      EXPECT_FRAME(b.c.next(), icmp(3, *row.code, unused_zero(), quotes(ttl(64))),
                   ipv4(src("10.0.0.1")), valid_checksums());
    }
    EXPECT_SILENCE(b.c);
    EXPECT_SILENCE(b.s);
    EXPECT_THAT(b.lab.drops(), ElementsAre(row.cause));
  }
}

TEST(Forwarding, IPV4_08_MalformedHeadersAreDroppedInSilence) {
  const Frame good = udp(across());
  struct Row {
    const char* what;
    Frame frame;
    const char* cause;
  };
  const Row rows[] = {
      {"a wrong header checksum", good.with_octet(10, 0x55), "r: bad_checksum"},
      {"version 6", good.with_header_octet(0, 0x65), "r: malformed_packet"},
      {"a header of four words", good.with_octet(0, 0x44), "r: malformed_packet"},
      {"a header longer than the packet", good.with_octet(0, 0x4f), "r: malformed_packet"},
      {"a total length of less than the header", good.with_header_octet(3, 19),
       "r: malformed_packet"},
  };
  for (const Row& row : rows) {
    Border b;
    b.from_c(row.frame);
    EXPECT_SILENCE(b.s);
    EXPECT_SILENCE(b.c);
    EXPECT_THAT(b.lab.drops(), ElementsAre(row.cause)) << row.what;
  }
}

TEST(Forwarding, IPV4_20_21_22_24_GroupsAndNonsenseStayOnTheirLink) {
  struct Row {
    const char* destination;
    bool by_group_frame;
  };
  const Row rows[] = {
      {"255.255.255.255", true}, {"255.255.255.255", false},
      {"203.0.113.255", false},  // a directed broadcast from elsewhere
      {"10.0.0.255", true},      // a broadcast here: nobody listens
      {"224.0.0.5", true},       {"239.1.1.1", false},
      {"127.0.0.1", false},      {"0.0.0.0", false},
      {"0.1.2.3", false},
  };
  for (const Row& row : rows) {
    Border b;
    const Frame frame = udp({.src = "10.0.0.2:1", .dst = std::string(row.destination) + ":2"});
    b.from_c(row.by_group_frame ? frame.to_all() : frame);
    EXPECT_SILENCE(b.s);
    EXPECT_SILENCE(b.c);
    EXPECT_EQ(b.lab.drops().size(), 1u) << row.destination;
  }
}

TEST(Forwarding, IPV4_23_MartianSourcesAreDroppedInSilence) {
  for (const char* source : {"127.0.0.1", "0.0.0.0", "0.1.2.3", "255.255.255.255", "224.0.0.1",
                             "239.255.255.255", "10.0.0.1", "203.0.113.1"}) {
    Border b;
    b.from_c(udp({.src = std::string(source) + ":1", .dst = "203.0.113.10:2"}));
    b.from_c(ping({.src = source, .dst = "10.0.0.1"}));
    EXPECT_SILENCE(b.s);
    EXPECT_SILENCE(b.c);
    EXPECT_THAT(b.lab.drops(), ElementsAre("r: martian_source", "r: martian_source")) << source;
  }
}

TEST(Forwarding, IPV4_25_OtherOddSourcesAreForwarded) {
  for (const char* source :
       {"10.0.0.77", "172.16.9.9", "192.168.77.7", "100.64.0.9", "169.254.9.9", "240.1.2.3",
        "203.0.113.10", "10.0.0.255", "203.0.113.255", "8.8.8.8"}) {
    Border b;
    b.from_c(udp({.src = std::string(source) + ":1", .dst = "203.0.113.10:2"}));
    EXPECT_FRAME(b.s.next(), ipv4(src(source), ttl(63)));
  }
}

TEST(Forwarding, IPV4_26_OnTheInternetPrivateAddressesAreLeaks) {
  struct Row {
    const char* source;
    const char* destination;
    bool leak;
  };
  const Row rows[] = {
      {"198.51.100.7", "10.0.0.2", true},  // a private destination
      {"10.1.1.1", "198.51.100.1", true},  // a private source
      {"192.168.1.1", "198.51.100.1", true}, {"172.16.0.1", "198.51.100.1", true},
      {"100.64.0.1", "198.51.100.1", true},  {"8.8.8.8", "198.51.100.1", false},
  };
  for (const Row& row : rows) {
    Lab lab;
    FarEnd& isp = lab.far("isp", row.source);
    StackOptions options;
    options.internet.documentation_is_public = true;
    IpNode& r = lab.router("r", {{"198.51.100.1/24", {.internet = true}}, "10.0.0.1/24"}, options);
    lab.cable(isp, r);
    isp.sends(0_ms, ping({.src = row.source, .dst = row.destination}));
    lab.run(100_ms);
    const auto drops = lab.drops();
    EXPECT_EQ(drops == std::vector<std::string>{"r: private_leak"}, row.leak)
        << row.source << " to " << row.destination;
  }
}

TEST(Forwarding, IPV4_29_AnyInterfaceTakesPacketsForAnyAddress) {
  Border b;
  b.from_s(ping({.src = "203.0.113.10", .dst = "10.0.0.1"}));
  EXPECT_FRAME(b.s.next(), icmp(0, 0), ipv4(src("10.0.0.1")));
}

TEST(Forwarding, IPV4_30_ASenderWhoCouldGoDirectlyIsToldAndServed) {
  Border b;
  b.c.answer_arp_for("10.0.0.3");
  b.lab.route(b.r, "192.0.9.0/24", "10.0.0.3");
  b.from_c(udp({.src = "10.0.0.2:1", .dst = "192.0.9.1:2"}));
  EXPECT_FRAME(b.c.next(), icmp(5, 1, gateway("10.0.0.3"), quotes(dst("192.0.9.1"), ttl(63))),
               ipv4(src("10.0.0.1")), valid_checksums());
  EXPECT_FRAME(b.c.next(), ipv4(dst("192.0.9.1"), ttl(63)));
  EXPECT_SILENCE(b.c);
}

TEST(Forwarding, IPV4_30_NoRedirectWhereItWouldNotHelp) {
  // The sender is not on the link of the next hop: it is behind another router.
  Border b;
  b.c.answer_arp_for("10.0.0.3");
  b.lab.route(b.r, "192.0.9.0/24", "10.0.0.3");
  b.lab.route(b.r, "192.0.8.0/24", "10.0.0.2");
  b.from_c(udp({.src = "192.0.8.1:1", .dst = "192.0.9.1:2"}));
  EXPECT_FRAME(b.c.next(), ipv4(dst("192.0.9.1"), ttl(63)));
  EXPECT_SILENCE(b.c);
}

TEST(Forwarding, IPV4_30_RedirectsCanBeSwitchedOff) {
  StackOptions options;
  options.redirects = false;
  Border b(options);
  b.c.answer_arp_for("10.0.0.3");
  b.lab.route(b.r, "192.0.9.0/24", "10.0.0.3");
  b.from_c(udp({.src = "10.0.0.2:1", .dst = "192.0.9.1:2"}));
  EXPECT_FRAME(b.c.next(), ipv4(dst("192.0.9.1")));
  EXPECT_SILENCE(b.c);
}

TEST(Forwarding, IPV4_32_AHostKeepsItsNoseOutOfIt) {
  Lab lab;
  FarEnd& far = lab.far("far", "10.0.0.2");
  IpNode& host = lab.host("h", "10.0.0.1/24", "10.0.0.254");
  lab.cable(far, host);
  far.sends(0_ms, udp({.src = "10.0.0.2:1", .dst = "203.0.113.10:2"}));
  far.sends(0_ms, udp({.src = "10.0.0.2:1", .dst = "203.0.113.10:2", .ttl = 1}));
  lab.run(1_s);
  EXPECT_TRUE(far.heard().empty()) << lab.story();
  EXPECT_THAT(lab.drops(), ElementsAre("h: not_forwarding", "h: not_forwarding"));
}

TEST(Forwarding, IPV4_33_ANetworkAddressIsAnAddressLikeAnyOther) {
  Border b;
  b.from_s(udp({.src = "203.0.113.10:1", .dst = "10.0.0.0:2"}));
  EXPECT_FRAME(b.c.next_arp(), to_all(), arp(ArpOperation::request, target("10.0.0.0")));
}

TEST(Forwarding, IPV4_34_A31BitPrefixHasTwoHostsAndNoBroadcast) {
  Lab lab;
  FarEnd& far = lab.far("far", "192.0.2.0");
  IpNode& r = lab.router("r", {"192.0.2.1/31", "10.0.0.1/24"});
  lab.cable(far, r);
  far.sends(0_ms, ping({.src = "192.0.2.0", .dst = "192.0.2.1"}));
  lab.run(100_ms);
  EXPECT_FRAME(far.next(), icmp(0, 0), ipv4(src("192.0.2.1"), dst("192.0.2.0")));
  const Outcomes& ping = lab.ping(r, "192.0.2.0");
  lab.run(100_ms);
  EXPECT_FRAME(far.next(), to(far.mac()), icmp(8, 0));
  EXPECT_EQ(ping.result(), "pending");
}

TEST(Forwarding, IPV4_34_AHostRouteLeadsToOneHost) {
  Border b;
  b.c.answer_arp_for("192.0.2.9");
  b.lab.route(b.r, "192.0.2.9/32", "", 0);  // on the link
  b.from_s(udp({.src = "203.0.113.10:1", .dst = "192.0.2.9:2"}));
  EXPECT_FRAME(b.c.next_arp(), arp(ArpOperation::request, target("192.0.2.9")));
  EXPECT_FRAME(b.c.next(), ipv4(dst("192.0.2.9")));
  b.from_s(udp({.src = "203.0.113.10:1", .dst = "192.0.2.8:2"}));
  EXPECT_FRAME(b.s.next(), icmp(3, 0));
}

TEST(Forwarding, TwoRoutersInARowThereAndBack) {
  Lab lab;
  IpNode& a = lab.host("a", "10.0.0.2/24", "10.0.0.1");
  IpNode& r1 = lab.router("r1", {"10.0.0.1/24", "192.0.2.1/30"});
  IpNode& r2 = lab.router("r2", {"192.0.2.2/30", "203.0.113.1/24"});
  IpNode& z = lab.host("z", "203.0.113.10/24", "203.0.113.1");
  lab.route(r1, "203.0.113.0/24", "192.0.2.2");
  lab.route(r2, "10.0.0.0/24", "192.0.2.1");
  lab.cable(a, r1);
  lab.cable(r1.port(IfIndex{1}), r2.port(IfIndex{0}));
  lab.cable(r2, z);
  const Outcomes& ping = lab.ping(a, "203.0.113.10", {.count = 3});
  lab.run(10_s);
  // The first one waits at each of three cables for an ARP exchange of 2 ms.
  EXPECT_EQ(ping.reports().at(0).summary,
            "3 sent, 3 received, rtt min/avg/max = 6.000/8.000/12.000 ms");
  EXPECT_THAT(lab.drops(), IsEmpty());
}

}  // namespace
}  // namespace natsim::lab
