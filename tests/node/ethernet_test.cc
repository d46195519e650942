// Goal: what a station makes of frames before it looks at their packets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/node/border.h"

namespace natsim::lab {
namespace {

using testing::ElementsAre;

TEST(Station, ETH_13_PaddingIsNotPartOfThePacket) {
  Border b;
  auto tiny = across();
  tiny.payload = text("x");
  b.from_c(udp(tiny).with_trailer(text("left over from an earlier frame")));
  EXPECT_FRAME(b.s.next(), ipv4(total_length(29)), udp(payload("x")), frame_length(60),
               carries(udp(tiny).with_header_octet(8, 63)));
}

TEST(Station, ETH_14_APacketThatClaimsMoreThanItsFrameHasIsDropped) {
  Border b;
  auto big = across();
  big.payload = counting(200);
  b.from_c(udp(big).cut_to(100));
  EXPECT_SILENCE(b.s);
  EXPECT_SILENCE(b.c);
  EXPECT_THAT(b.lab.drops(), ElementsAre("r: malformed_packet"));
}

TEST(Station, ETH_15_FramesForOtherStationsAreNotLookedAt) {
  Border b;
  b.from_c(udp(across()).to(mac("02:00:00:00:00:99")));
  b.from_c(ping({.src = "10.0.0.2", .dst = "10.0.0.1"}).to(mac("02:00:00:00:00:99")));
  EXPECT_SILENCE(b.s);
  EXPECT_SILENCE(b.c);
  EXPECT_THAT(b.lab.drops(), ElementsAre("r: not_for_this_mac", "r: not_for_this_mac"));
}

TEST(Station, ETH_16_UnicastPacketsInGroupFramesAreNotForwarded) {
  Border b;
  auto dying = across();
  dying.ttl = 1;
  const auto group = mac("01:00:5e:00:00:05");
  b.from_c(udp(across()).to_all());
  b.from_c(udp(across()).to(group));
  b.from_c(udp(dying).to_all());
  b.from_c(udp({.src = "10.0.0.2:1000", .dst = "10.0.0.1:9"}).to_all());   // a closed port
  b.from_c(udp({.src = "10.0.0.2:1000", .dst = "192.0.2.1:9"}).to_all());  // no route
  EXPECT_SILENCE(b.s);
  EXPECT_SILENCE(b.c);
}

TEST(Station, ETH_16_ButAnEchoRequestToItselfIsAnswered) {
  Border b;
  b.from_c(ping({.src = "10.0.0.2", .dst = "10.0.0.1"}).to_all());
  EXPECT_FRAME(b.c.next(), icmp(0, 0), ipv4(src("10.0.0.1")));
}

TEST(Station, UnknownProtocolsAreDropped) {
  Border b;
  b.from_c(raw("a switch's business"));
  b.from_c(Frame(0x0005, text("hello")));  // 802.3 with LLC
  EXPECT_SILENCE(b.c);
  EXPECT_THAT(b.lab.drops(), ElementsAre("r: no_such_protocol", "r: no_such_protocol"));
}

TEST(Station, VLAN_08_APriorityTagIsLookedThrough) {
  Border b;
  b.from_c(udp(across()).tagged(VlanTag{.priority = 3}));
  EXPECT_FRAME(b.s.next(), untagged(), udp(payload("hello")), ipv4(ttl(63)));
}

TEST(Station, VLAN_19_ATagOfAVlanThatItIsNotInIsDropped) {
  Border b;
  b.from_c(udp(across()).tagged(10));
  EXPECT_SILENCE(b.s);
  EXPECT_THAT(b.lab.drops(), ElementsAre("r: vlan_not_allowed"));
}

/// r's eth0 has no address of its own: 10.0.10.1 is on eth0.10 and 10.0.20.1 on eth0.20.
struct RouterOnAStick {
  RouterOnAStick() {
    r.add_vlan(IfIndex{0}, 10, {"eth0.10", r.port(IfIndex{0}).mac()});
    r.add_vlan(IfIndex{0}, 20, {"eth0.20", r.port(IfIndex{0}).mac()});
    r.stack().add_address(Instant(), IfIndex{1}, prefix("10.0.10.1/24"));
    r.stack().add_address(Instant(), IfIndex{2}, prefix("10.0.20.1/24"));
    r.stack().add_neighbor(IfIndex{1}, ip("10.0.10.2"), trunk_end.mac());
    r.stack().add_neighbor(IfIndex{2}, ip("10.0.20.2"), trunk_end.mac());
    lab.cable(trunk_end, r);
  }
  Lab lab;
  FarEnd& trunk_end = lab.far("trunk");
  IpNode& r = lab.router("r", {""});
};

TEST(RouterOnAStick, VLAN_19_RoutesFromOneTagToAnotherOnTheSamePort) {
  RouterOnAStick b;
  const UdpText from_10_to_20{.src = "10.0.10.2:1000", .dst = "10.0.20.2:53"};
  b.trunk_end.sends(0_ms, udp(from_10_to_20).tagged(VlanTag{.id = 10, .priority = 5}));
  b.lab.run(1_s);
  EXPECT_FRAME(b.trunk_end.next(), tagged(VlanTag{.id = 20}), from(b.r.port(IfIndex{0}).mac()),
               ipv4(ttl(63)), udp(payload("hello")), valid_checksums());
  EXPECT_SILENCE(b.trunk_end);
}

TEST(RouterOnAStick, VLAN_18_ASubinterfaceCarriesWhole1500OctetPackets) {
  RouterOnAStick b;
  const UdpText full{
      .src = "10.0.10.2:1000", .dst = "10.0.20.2:53", .payload = counting(1472), .df = true};
  b.trunk_end.sends(0_ms, udp(full).tagged(10));
  b.lab.run(1_s);
  EXPECT_FRAME(b.trunk_end.next(), frame_length(1518), tagged(20), ipv4(total_length(1500)));
}

TEST(RouterOnAStick, VLAN_18_FragmentsAreTaggedToo) {
  RouterOnAStick b;
  UdpText long_one{.src = "10.0.10.2:1000", .dst = "10.0.20.2:53", .payload = counting(1472)};
  b.r.add_vlan(IfIndex{0}, 30, {"eth0.30", b.r.port(IfIndex{0}).mac(), 600});
  b.r.stack().add_address(Instant(), IfIndex{3}, prefix("10.0.30.1/24"));
  b.r.stack().add_neighbor(IfIndex{3}, ip("10.0.30.2"), b.trunk_end.mac());
  long_one.dst = "10.0.30.2:53";
  b.trunk_end.sends(0_ms, udp(long_one).tagged(10));
  b.lab.run(1_s);
  EXPECT_FRAME(b.trunk_end.next(), tagged(30), ipv4(fragment(576, 0, true)), valid_checksums());
  EXPECT_FRAME(b.trunk_end.next(), tagged(30), ipv4(fragment(576, 576, true)));
  EXPECT_FRAME(b.trunk_end.next(), tagged(30), ipv4(fragment(328, 1152, false)));
  EXPECT_SILENCE(b.trunk_end);
}

TEST(RouterOnAStick, AddressesBelongToTheirVlan) {
  RouterOnAStick b;
  b.trunk_end.sends(0_ms, arp_request({.sender = "10.0.10.2", .target = "10.0.10.1"}).tagged(10));
  b.trunk_end.sends(1_ms, ping({.src = "10.0.10.2", .dst = "10.0.10.1"}).tagged(10));
  b.trunk_end.sends(2_ms, arp_request({.sender = "10.0.10.2", .target = "10.0.10.1"}));  // untagged
  b.lab.run(500_ms);
  EXPECT_FRAME(b.trunk_end.next(), tagged(10), arp(ArpOperation::reply, sender("10.0.10.1")));
  EXPECT_FRAME(b.trunk_end.next(), tagged(10), icmp(0, 0));
}

TEST(RouterOnAStick, ASubinterfaceMayHaveAMacOfItsOwn) {
  RouterOnAStick b;
  const auto own = mac("02:00:00:00:30:01");
  b.r.add_vlan(IfIndex{0}, 30, {"eth0.30", own});
  b.r.stack().add_address(Instant(), IfIndex{3}, prefix("10.0.30.1/24"));
  b.r.stack().add_neighbor(IfIndex{3}, ip("10.0.30.2"), b.trunk_end.mac());
  b.trunk_end.sends(0_ms, ping({.src = "10.0.30.2", .dst = "10.0.30.1"}).tagged(30).to(own));
  b.trunk_end.sends(1_ms, ping({.src = "10.0.10.2", .dst = "10.0.10.1"}).tagged(10).to(own));
  b.trunk_end.sends(2_ms, ping({.src = "10.0.30.2", .dst = "10.0.30.1"}).to(own));
  b.lab.run(1_s);
  EXPECT_FRAME(b.trunk_end.next(), tagged(30), from(own), icmp(0, 0), ipv4(src("10.0.30.1")));
  EXPECT_SILENCE(b.trunk_end);
}

// Switch, router and hosts together: p1 is in VLAN 10, p2 in 20, the router on the trunk.
TEST(RouterOnAStick, VLAN_20_HostsOfTwoVlansTalkThroughTheRouterOnly) {
  Lab lab;
  Switch& bridge = lab.bridge("sw");
  IpNode& ten = lab.host("ten", "10.0.10.2/24", "10.0.10.1");
  IpNode& twenty = lab.host("twenty", "10.0.20.2/24", "10.0.20.1");
  IpNode& r = lab.router("r", {""});
  r.add_vlan(IfIndex{0}, 10, {"eth0.10", r.port(IfIndex{0}).mac()});
  r.add_vlan(IfIndex{0}, 20, {"eth0.20", r.port(IfIndex{0}).mac()});
  r.stack().add_address(Instant(), IfIndex{1}, prefix("10.0.10.1/24"));
  r.stack().add_address(Instant(), IfIndex{2}, prefix("10.0.20.1/24"));
  lab.cable({bridge, access(10)}, ten);
  lab.cable({bridge, access(20)}, twenty);
  lab.cable({bridge, trunk({10, 20})}, r);
  const Outcomes& ping = lab.ping(ten, "10.0.20.2", {.count = 2});
  lab.run(5_s);
  EXPECT_EQ(ping.result(), "answered") << lab.story();
}

TEST(Lan, VLAN_11_OneSubnetOnTwoVlansDoesNotTalk) {
  Lab lab;
  Switch& bridge = lab.bridge("sw");
  IpNode& a = lab.host("a", "10.0.0.2/24");
  IpNode& b = lab.host("b", "10.0.0.3/24");
  lab.cable({bridge, access(10)}, a);
  lab.cable({bridge, access(20)}, b);
  const Outcomes& ping = lab.ping(a, "10.0.0.3");
  lab.run(20_s);
  EXPECT_EQ(ping.result(), "unreachable: host unreachable (3/1) from 10.0.0.2") << lab.story();
  EXPECT_EQ(ping.when(), at_time(3_s));
  EXPECT_EQ(b.port(IfIndex{0}).received().frames, 0u) << "ARP never crossed";
}

}  // namespace
}  // namespace natsim::lab
