// Goal: UDP at a node: checksums, closed ports, errors that come back, broadcasts (RFC 768, RFC
// 1122 4.1).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "sim/service/udp_echo.h"
#include "tests/node/border.h"

namespace natsim::lab {
namespace {

using testing::ElementsAre;

/// far 10.0.0.2 ── h 10.0.0.1 with an echo service on port 7
struct Bench {
  Bench() {
    lab.cable(far, host);
    host.sockets().serve_udp({.port = 7}, std::make_unique<UdpEcho>());
  }
  void send(const Frame& frame) {
    far.sends(0_ms, frame);
    lab.run(500_ms);
  }
  Lab lab;
  FarEnd& far = lab.far("far", "10.0.0.2");
  IpNode& host = lab.host("h", "10.0.0.1/24");
};

const UdpText kToEcho{.src = "10.0.0.2:1000", .dst = "10.0.0.1:7"};

TEST(Udp, AnEchoComesBackFromTheAddressAndPortThatWereAsked) {
  Bench b;
  b.send(udp(kToEcho));
  EXPECT_FRAME(b.far.next(), ipv4(src("10.0.0.1"), dst("10.0.0.2"), ttl(64)),
               udp(src_port(7), dst_port(1000), payload("hello")), valid_checksums());
}

TEST(Udp, UDP_01_AComputedZeroIsSentAsAllOnes) {
  // An echo's two octets make its checksum come out as zero.
  Bench b;
  auto text = kToEcho;
  text.payload = {0, 0};
  const Bytes without = udp(text).payload();
  const std::uint16_t sum = load_be16(without.data() + 26);  // of the same datagram with zeros
  text.payload = {std::uint8_t(sum >> 8), std::uint8_t(sum)};
  b.send(udp(text));
  const Sighting seen = b.far.next();
  ASSERT_FRAME(seen, udp(payload(text.payload)), valid_checksums());
  EXPECT_EQ(load_be16(seen.bytes.data() + 14 + 26), 0xffff);
}

TEST(Udp, UDP_02_AMissingChecksumIsNotMissed) {
  Bench b;
  auto text = kToEcho;
  text.without_checksum = true;
  b.send(udp(text));
  EXPECT_FRAME(b.far.next(), udp(payload("hello")));
}

TEST(Udp, UDP_03_NatLeavesAMissingChecksumMissing) {
  Border b;
  b.masquerade();
  auto text = across();
  text.without_checksum = true;
  b.from_c(udp(text));
  const Sighting out = b.s.next();
  ASSERT_FRAME(out, ipv4(src("203.0.113.1")), udp(src_port(1000)));
  EXPECT_EQ(load_be16(Dissected(out).ip->payload().data() + 6), 0);
}

TEST(Udp, UDP_04_ADamagedDatagramIsDroppedInSilence) {
  Bench b;
  b.send(udp(kToEcho).with_bad_checksum());
  b.send(udp({.src = "10.0.0.2:1000", .dst = "10.0.0.1:9"}).with_bad_checksum());  // closed
  EXPECT_SILENCE(b.far);
  EXPECT_THAT(b.lab.drops(), ElementsAre("h: bad_checksum", "h: bad_checksum"));
}

TEST(Udp, UDP_05_AClosedPortAnswers) {
  Bench b;
  b.send(udp({.src = "10.0.0.2:1000", .dst = "10.0.0.1:9"}));
  EXPECT_FRAME(b.far.next(), ipv4(src("10.0.0.1")), valid_checksums(),
               icmp(3, 3, unused_zero(), quotes(src("10.0.0.2"), dst_port(9), ttl(64))));
}

TEST(Udp, UDP_06_AnErrorEndsTheExchangeItIsAbout) {
  Bench b;
  IpNode& asker = b.lab.host("asker", "10.0.1.2/24");
  IpNode& other = b.lab.host("other", "10.0.1.3/24");
  b.lab.cable(asker, other);
  const Outcomes& refused = b.lab.send_udp(asker, "10.0.1.3:9", {});
  b.lab.run(1_s);
  EXPECT_EQ(refused.result(), "refused: port unreachable (3/3) from 10.0.1.3");
}

TEST(Udp, UDP_07_TooShortForAHeader) {
  Bench b;
  b.send(ipv4({.src = "10.0.0.2",
               .dst = "10.0.0.1",
               .protocol = Protocol::udp,
               .payload = Bytes{0, 1, 0, 9, 0, 8, 0}}));
  EXPECT_SILENCE(b.far);
}

TEST(Udp, UDP_08_AGroupWithoutListenersIsSilent) {
  for (const char* group : {"10.0.0.255:9", "255.255.255.255:9", "224.0.0.1:9"}) {
    Bench b;
    b.send(udp({.src = "10.0.0.2:1000", .dst = group}).to_all());
    EXPECT_SILENCE(b.far);
  }
}

TEST(Udp, ABroadcastReachesItsListenersAndIsAnsweredFromAnAddress) {
  for (const char* group : {"10.0.0.255:7", "255.255.255.255:7"}) {
    Bench b;
    b.send(udp({.src = "10.0.0.2:1000", .dst = group}).to_all());
    EXPECT_FRAME(b.far.next(), to(b.far.mac()), ipv4(src("10.0.0.1")),
                 udp(src_port(7), payload("hello")));
  }
}

TEST(Udp, MulticastLeavesInItsGroupsFrame) {
  Bench b;
  b.lab.route(b.host, "224.0.0.0/4", "", 0);
  b.lab.send_udp(b.host, "239.129.2.3:9", {});
  b.lab.run(100_ms);
  EXPECT_FRAME(b.far.next(), to(mac("01:00:5e:01:02:03")), ipv4(dst("239.129.2.3")));
}

TEST(Udp, IPV4_36_DatagramsStartWithATtlOf64) {
  Bench b;
  b.lab.send_udp(b.host, "10.0.0.2:9", {});
  b.lab.run(100_ms);
  EXPECT_FRAME(b.far.next(), ipv4(ttl(64), tos(0)), valid_checksums());
}

TEST(Udp, UDP_11_EphemeralPortsAreLinuxs) {
  Bench b;
  std::set<std::uint16_t> ports;
  for (int i = 0; i < 50; ++i) b.lab.send_udp(b.host, "10.0.0.2:9", {});
  b.lab.run(100_ms);
  while (const Sighting seen = b.far.next())
    ports.insert(load_be16(Dissected(seen).ip->payload().data()));
  EXPECT_EQ(ports.size(), 50u);
  EXPECT_GE(*ports.begin(), 32768);
  EXPECT_LE(*ports.rbegin(), 60999);
}

TEST(UdpFlow, KeepsItsPace) {
  Bench b;
  b.lab.send_udp(b.host, "10.0.0.2:9",
                 {.source_port = 4000, .payload = counting(64), .count = 4, .interval = 250_us});
  b.lab.run(1_s);
  // ARP takes 2 ms; all four wait for it.
  for (int i = 0; i < 4; ++i)
    EXPECT_FRAME(b.far.next(), at(3_ms), udp(src_port(4000), payload(counting(64))),
                 valid_checksums());
  b.lab.send_udp(b.host, "10.0.0.2:9", {.source_port = 4001, .count = 3, .interval = 250_us});
  b.lab.run(1_s);
  for (int i = 0; i < 3; ++i)
    EXPECT_FRAME(b.far.next(), at(1_s + 1_ms + 250_us * i), udp(src_port(4001)));
  EXPECT_SILENCE(b.far);
}

TEST(UdpFlow, TakesItsSourcePortsInTurn) {
  Bench b;
  b.lab.send_udp(b.host, "10.0.0.2:9", {.source_port = 4000, .count = 7, .flows = 3});
  b.lab.run(1_s);
  for (const std::uint16_t port : {4000, 4001, 4002, 4000, 4001, 4002, 4000})
    EXPECT_FRAME(b.far.next(), udp(src_port(port)), valid_checksums());
}

TEST(UdpFlow, HearsAnswersOnAllItsPorts) {
  Lab lab;
  IpNode& asker = lab.host("asker", "10.0.0.1/24");
  IpNode& other = lab.host("other", "10.0.0.2/24");
  lab.cable(asker, other);
  other.sockets().serve_udp({.port = 7}, std::make_unique<UdpEcho>());
  const Outcomes& sent =
      lab.send_udp(asker, "10.0.0.2:7", {.source_port = 4000, .count = 6, .flows = 3});
  lab.run(1_s);
  EXPECT_EQ(sent.result(), "answered") << lab.story();
  EXPECT_EQ(sent.reports().at(0).summary, "6 sent, 6 answered");
}

TEST(UdpFlow, ItsPortsAreClosedToOthers) {
  Bench b;
  const Outcomes& sent = b.lab.send_udp(b.host, "10.0.0.2:9", {.source_port = 4000});
  b.lab.run(100_ms);
  b.far.skip();
  b.send(udp({.src = "10.0.0.2:10", .dst = "10.0.0.1:4000"}));
  EXPECT_FRAME(b.far.next(), icmp(3, 3));
  EXPECT_EQ(sent.result(), "pending");
  b.send(udp({.src = "10.0.0.2:9", .dst = "10.0.0.1:4000"}));
  EXPECT_EQ(sent.result(), "answered");
  EXPECT_SILENCE(b.far);
}

TEST(UdpFlow, TellsWhatBecameOfIt) {
  Lab lab;
  IpNode& host = lab.host("h", "10.0.0.1/24", "10.0.0.254");
  IpNode& router = lab.router("r", {"10.0.0.254/24", "203.0.113.1/24"});
  lab.cable(host, router);
  router.sockets().serve_udp({.port = 7}, std::make_unique<UdpEcho>());
  const auto outcome_of = [&](std::string_view to, UdpFlowOptions options) {
    const Outcomes& outcome = lab.send_udp(host, to, std::move(options));
    lab.run(10_s);
    return outcome.result();
  };
  EXPECT_EQ(outcome_of("10.0.0.254:7", {}), "answered");
  EXPECT_EQ(outcome_of("10.0.0.254:9", {}), "refused: port unreachable (3/3) from 10.0.0.254");
  EXPECT_EQ(outcome_of("192.0.2.1:9", {}), "unreachable: net unreachable (3/0) from 10.0.0.254");
  EXPECT_EQ(outcome_of("10.0.0.77:9", {}), "unreachable: host unreachable (3/1) from 10.0.0.1");
  EXPECT_EQ(outcome_of("10.0.0.255:9", {}), "timed_out");
  EXPECT_EQ(outcome_of("10.0.0.1:9", {}), "refused: port unreachable (3/3) from 10.0.0.1");
  host.sockets().serve_udp({.port = 4000}, std::make_unique<UdpEcho>());
  EXPECT_EQ(outcome_of("10.0.0.254:7", {.source_port = 4000, .flows = 2}), "unreachable")
      << "no free port";
}

TEST(Udp, UDP_06_AnErrorAboutAnotherExchangeIsNot) {
  Bench b;
  const Outcomes& sent = b.lab.send_udp(b.host, "10.0.0.2:9", {.source_port = 4000});
  b.lab.run(100_ms);
  const auto error_about = [](const char* from, const char* to) {
    return icmp({.src = "10.0.0.2",
                 .dst = "10.0.0.1",
                 .what = IcmpHeader::unreachable(IcmpUnreachable::port),
                 .payload = udp({.src = from, .dst = to}).payload()});
  };
  b.send(error_about("10.0.0.1:4001", "10.0.0.2:9"));
  b.send(error_about("10.0.0.1:4000", "10.0.0.2:10"));
  b.send(error_about("10.0.0.1:4000", "10.0.0.3:9"));
  EXPECT_EQ(sent.result(), "pending");
  b.send(error_about("10.0.0.1:4000", "10.0.0.2:9"));
  EXPECT_EQ(sent.result(), "refused: port unreachable (3/3) from 10.0.0.2");
}

TEST(Udp, UDP_07_TheLengthFieldRules) {
  // A datagram of five octets; its length field says something else.
  const auto with_length = [](std::uint8_t length, bool checksum) {
    UdpText text = kToEcho;
    text.without_checksum = !checksum;
    return udp(text).with_octet(25, length);
  };
  for (const std::uint8_t wrong : {0, 7, 14, 200}) {
    Bench b;
    b.send(with_length(wrong, false));
    EXPECT_SILENCE(b.far);
  }
  Bench b;
  b.send(with_length(10, false));  // three octets of the packet are not the datagram's
  EXPECT_FRAME(b.far.next(), udp(payload("he")), valid_checksums());
}

TEST(Udp, UDP_09_WhatIsLongerThanTheMtuIsFragmentedByItsSender) {
  Bench b;
  b.lab.send_udp(b.host, "10.0.0.2:9", {.payload = counting(1472)});
  b.lab.send_udp(b.host, "10.0.0.2:9", {.payload = counting(1473)});
  b.lab.run(100_ms);
  // Linux's default (IP_PMTUDISC_WANT): DF where it fits, and none where it cannot.
  EXPECT_FRAME(b.far.next(), ipv4(total_length(1500), df(true)), valid_checksums());
  EXPECT_FRAME(b.far.next(), ipv4(fragment(1480, 0, true), df(false)));
  EXPECT_FRAME(b.far.next(), ipv4(fragment(1, 1480, false), df(false)));
  EXPECT_SILENCE(b.far);
}

TEST(Udp, UDP_09_AShorterPathThatItLearnsOfIsFragmentedFor) {
  Lab lab;
  IpNode& host = lab.host("h", "10.0.0.1/24", "10.0.0.254");
  IpNode& router = lab.router("r", {"10.0.0.254/24", {"203.0.113.1/24", {.mtu = 1000}}});
  FarEnd& far = lab.far("far", "203.0.113.2");
  lab.cable(host, router);
  lab.cable(router, far);
  // The first is lost at the router, which says so (3/4).
  const Outcomes& first = lab.send_udp(host, "203.0.113.2:9", {.payload = counting(1400)});
  lab.run(100_ms);
  EXPECT_SILENCE(far);
  EXPECT_EQ(first.result(), "pending") << "no error for the program (TCP-39)";
  lab.send_udp(host, "203.0.113.2:9", {.payload = counting(1400)});
  lab.run(100_ms);
  EXPECT_FRAME(far.next(), ipv4(fragment(976, 0, true), df(false)));
  EXPECT_FRAME(far.next(), ipv4(fragment(432, 976, false)));
  EXPECT_SILENCE(far);
}

TEST(Udp, IPV4_20_ABroadcastLeavesAsOne) {
  for (const char* group : {"255.255.255.255:9", "10.0.0.255:9"}) {
    Bench b;
    b.lab.send_udp(b.host, group, {});
    b.lab.run(100_ms);
    EXPECT_FRAME(b.far.next(), to_all(), ipv4(src("10.0.0.1")), udp(dst_port(9)),
                 valid_checksums());
    EXPECT_SILENCE(b.far);
  }
}

}  // namespace
}  // namespace natsim::lab
