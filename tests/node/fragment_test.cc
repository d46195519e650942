// Goal: packets that do not fit are cut, refused or put together where, and only where, RFC 791,
// 1122 and 1191 want it; sizes and answers as measured on Linux.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "sim/service/udp_echo.h"
#include "tests/node/border.h"

namespace natsim::lab {
namespace {

using testing::ElementsAre;

/// The router's outside takes 1400 octets at most.
struct NarrowBorder : Border {
  explicit NarrowBorder(std::uint32_t mtu = 1400) : Border({}, {}, {.mtu = mtu}) {}
};

UdpText across_with(std::size_t payload_octets) {
  auto datagram = across();
  datagram.payload = counting(payload_octets);
  datagram.id = 777;
  return datagram;
}

TEST(Fragments, IPV4_09_WhatMustNotBeCutIsRefusedWithTheMtu) {
  NarrowBorder b;
  auto datagram = across_with(1400);
  datagram.df = true;
  b.from_c(udp(datagram));
  EXPECT_SILENCE(b.s);
  EXPECT_FRAME(b.c.next(), icmp(3, 4, mtu(1400), quotes(ttl(64), df(true), total_length(1428))),
               ipv4(src("10.0.0.1"), total_length(576)), valid_checksums());
  EXPECT_THAT(b.lab.drops(), ElementsAre("r: needs_fragmentation"));
}

TEST(Fragments, IPV4_09_WhatFitsExactlyPasses) {
  NarrowBorder b;
  auto datagram = across_with(1372);
  datagram.df = true;
  b.from_c(udp(datagram));
  EXPECT_FRAME(b.s.next(), ipv4(total_length(1400)), not_fragmented());
}

TEST(Fragments, IPV4_10_WhatMayBeCutIsCut) {
  NarrowBorder b;
  b.from_c(udp(across_with(1400)));  // measured on Linux: total lengths 1396 and 52
  EXPECT_FRAME(b.s.next(), ipv4(fragment(1376, 0, true), ip_id(777), ttl(63)), valid_checksums());
  EXPECT_FRAME(b.s.next(), ipv4(fragment(32, 1376, false), ip_id(777), ttl(63)), valid_checksums());
  EXPECT_SILENCE(b.s);
  EXPECT_SILENCE(b.c);
}

TEST(Fragments, IPV4_11_AFragmentIsCutAgain) {
  NarrowBorder b(600);
  const Frame whole = udp(across_with(3000));
  b.from_c(fragment_of(whole, 1480, 2960));
  EXPECT_FRAME(b.s.next(), ipv4(fragment(576, 1480, true)), valid_checksums());
  EXPECT_FRAME(b.s.next(), ipv4(fragment(576, 2056, true)));
  EXPECT_FRAME(b.s.next(), ipv4(fragment(328, 2632, true)));  // the original goes on
  EXPECT_SILENCE(b.s);
}

TEST(Fragments, IPV4_12_ARouterForwardsFragmentsAsTheyCome) {
  Border b;
  const Frame whole = udp(across_with(3000));
  for (const Frame& piece : {fragment_of(whole, 1480, 2960), fragment_of(whole, 0, 1480)}) {
    b.from_c(piece);
    EXPECT_FRAME(b.s.next(), carries(piece.with_header_octet(8, 63)));
  }
}

/// A datagram for the router's closed port 9 in three pieces. That they made one again shows in
/// the router's answer.
struct Pieces {
  explicit Pieces(std::size_t payload_octets = 3000)
      : whole(udp(
            {.src = "10.0.0.2:1000", .dst = "10.0.0.1:9", .payload = counting(payload_octets)})) {}
  Frame first() const { return fragment_of(whole, 0, 1480); }
  Frame second() const { return fragment_of(whole, 1480, 2960); }
  Frame third() const { return fragment_of(whole, 2960, 3008); }
  Frame whole;
};

TEST(Reassembly, IPV4_13_TheOrderDoesNotMatter) {
  const Pieces p;
  const std::vector<Frame> orders[] = {{p.first(), p.second(), p.third()},
                                       {p.third(), p.second(), p.first()},
                                       {p.second(), p.first(), p.third()}};
  for (const auto& order : orders) {
    Border b;
    for (const Frame& piece : order) b.from_c(piece);
    EXPECT_FRAME(b.c.next(), icmp(3, 3, quotes(total_length(3028))), valid_checksums());
    EXPECT_SILENCE(b.c);
  }
}

TEST(Reassembly, IPV4_13_DatagramsAreToldApart) {
  const Pieces p;
  Border b;
  b.know(0, "10.0.0.3", b.c);
  b.from_c(p.first());
  b.from_c(p.second());
  // The same but for the identification, the source or the protocol.
  b.from_c(p.third().with_header_octet(5, 0x43));
  b.from_c(p.third().with_header_octet(15, 3));
  b.from_c(p.third().with_header_octet(9, 99));
  EXPECT_SILENCE(b.c);
  b.from_c(p.third());
  EXPECT_FRAME(b.c.next(), icmp(3, 3), ipv4(dst("10.0.0.2")));
}

TEST(Reassembly, IPV4_18_LargeDatagramsArePutTogether) {
  Border b;
  const Bytes payload_sent = counting(60'000);
  const Frame whole = ping({.src = "10.0.0.2", .dst = "10.0.0.1", .payload = payload_sent});
  const std::size_t size = whole.payload().size() - 20;
  for (std::size_t at = 0; at < size; at += 1480)
    b.c.sends(0_ms, fragment_of(whole, at, std::min(at + 1480, size)));
  b.lab.run(100_ms);
  Bytes answer;
  while (const Sighting seen = b.c.next()) {
    const ByteSpan piece = Dissected(seen).ip->payload();
    answer.insert(answer.end(), piece.begin(), piece.end());
  }
  ASSERT_EQ(answer.size(), payload_sent.size() + 8);
  EXPECT_TRUE(std::equal(payload_sent.begin(), payload_sent.end(), answer.begin() + 8));
}

TEST(Reassembly, IPV4_14_15_WhatIsIncompleteAfter30SecondsIsReported) {
  const Pieces p;
  Border b;
  b.c.sends(0_ms, p.first());
  b.c.sends(20_s, p.second());
  b.lab.run(60_s);
  EXPECT_FRAME(b.c.next(), at(30_s + 2_ms), icmp(11, 1, unused_zero(), quotes(total_length(1500))),
               ipv4(src("10.0.0.1"), total_length(576)), valid_checksums());
  EXPECT_SILENCE(b.c);
  EXPECT_THAT(b.lab.drops(), testing::Each("r: reassembly_timeout"));
}

TEST(Reassembly, IPV4_14_WithoutTheFirstFragmentThereIsSilence) {
  const Pieces p;
  Border b;
  b.c.sends(0_ms, p.second());
  b.c.sends(0_ms, p.third());
  b.lab.run(60_s);
  EXPECT_SILENCE(b.c);
}

TEST(Reassembly, IPV4_14_AndAboutABroadcast) {
  Border b;
  const Frame whole = udp({.src = "10.0.0.2:1", .dst = "10.0.0.255:9", .payload = counting(100)});
  b.c.sends(0_ms, fragment_of(whole, 0, 80).to_all());
  b.lab.run(60_s);
  EXPECT_SILENCE(b.c);
}

TEST(Fragments, UDP_09_ASenderCutsItsOwnDatagrams) {
  Lab lab;
  IpNode& host = lab.host("h", "10.0.0.1/24");
  FarEnd& far = lab.far("far", "10.0.0.2");
  lab.cable(host, far);
  lab.send_udp(host, "10.0.0.2:9", {.payload = counting(3000)});
  lab.run(100_ms);
  EXPECT_FRAME(far.next(), ipv4(fragment(1480, 0, true), df(false)), valid_checksums());
  EXPECT_FRAME(far.next(), ipv4(fragment(1480, 1480, true)));
  EXPECT_FRAME(far.next(), ipv4(fragment(48, 2960, false)));
  EXPECT_SILENCE(far);
}

TEST(Fragments, UDP_09_AndTheirReceiverGetsThemWhole) {
  Lab lab;
  IpNode& a = lab.host("a", "10.0.0.1/24");
  IpNode& b = lab.host("b", "10.0.0.2/24");
  lab.cable(a, b);
  b.sockets().serve_udp({.port = 7}, std::make_unique<UdpEcho>());
  const Outcomes& sent = lab.send_udp(a, "10.0.0.2:7", {.payload = counting(9000)});
  lab.run(1_s);
  EXPECT_EQ(sent.result(), "answered") << lab.story();
}

TEST(Fragments, IPV4_35_IdentificationsDiffer) {
  Lab lab;
  IpNode& host = lab.host("h", "10.0.0.1/24");
  FarEnd& far = lab.far("far", "10.0.0.2");
  lab.cable(host, far);
  lab.send_udp(host, "10.0.0.2:9", {.count = 1000, .interval = 1_ms});
  lab.run(2_s);
  std::set<std::uint16_t> ids;
  while (const Sighting seen = far.next()) ids.insert(Dissected(seen).ip->id());
  EXPECT_EQ(ids.size(), 1000u);
}

TEST(Reassembly, IPV4_16_OverlapsKillADatagramDuplicatesDoNot) {
  const Pieces p;
  {
    Border b;
    for (const Frame& piece : {p.first(), p.second(), p.first(), p.second(), p.third()})
      b.from_c(piece);
    EXPECT_FRAME(b.c.next(), icmp(3, 3, quotes(total_length(3028))));
    EXPECT_SILENCE(b.c);
  }
  Border b;
  b.from_c(p.first());
  b.from_c(fragment_of(p.whole, 1472, 2952));  // eight octets that came already
  b.from_c(p.third());
  b.lab.run(60_s);
  EXPECT_SILENCE(b.c);  // not even at the timeout: the first fragment is gone
}

TEST(Firewall, IPV4_12_ATrackingRouterPutsFragmentsTogetherAndCutsThemAgain) {
  Border b;
  b.masquerade();  // that turns conntrack on, and conntrack wants whole datagrams
  const Frame whole = udp(across_with(3000));
  b.from_c(fragment_of(whole, 2200, 3008));
  b.from_c(fragment_of(whole, 1000, 2200));
  EXPECT_SILENCE(b.s);
  b.from_c(fragment_of(whole, 0, 1000));
  EXPECT_FRAME(b.s.next(), ipv4(fragment(1000, 0, true), ttl(63), ip_id(777), src("203.0.113.1")),
               valid_checksums());
  EXPECT_FRAME(b.s.next(), ipv4(fragment(1200, 1000, true)), valid_checksums());
  EXPECT_FRAME(b.s.next(), ipv4(fragment(808, 2200, false)), valid_checksums());
  EXPECT_SILENCE(b.s);
}

// NAT-U16: in whatever order they come, fragments are translated and leave as they were cut.
TEST(Firewall, NAT_U16_FragmentsAreTranslatedInAnyOrder) {
  const Frame whole = udp(across_with(100));
  const Frame first = fragment_of(whole, 0, 48), second = fragment_of(whole, 48, 108);
  for (const auto& order : {std::vector{first, second}, std::vector{second, first}}) {
    Border b;
    b.masquerade();
    for (const Frame& piece : order) b.from_c(piece);
    EXPECT_FRAME(b.s.next(), ipv4(src("203.0.113.1"), fragment(48, 0, true)));
    EXPECT_FRAME(b.s.next(), ipv4(src("203.0.113.1"), fragment(60, 48, false)));
    EXPECT_SILENCE(b.s);
  }
}

// What Linux's NAT reads has to be one piece of its memory; where that ends within a fragment the
// edges are lost, and the packet is cut anew by the longest one.
TEST(Firewall, NAT_L27_AnErrorCutWithinWhatItQuotesIsCutAnew) {
  Border b;
  b.masquerade();
  b.from_c(udp(across()));
  const Sighting left = b.s.next();
  const Bytes quoted(left.bytes.begin() + 14, left.bytes.end());
  const Frame error = icmp({.src = "203.0.113.10",
                            .dst = "203.0.113.1",
                            .what = IcmpHeader::unreachable(IcmpUnreachable::host),
                            .payload = quoted});
  const std::size_t size = error.payload().size() - 20;
  b.from_s(fragment_of(error, 0, 16));
  b.from_s(fragment_of(error, 16, 24));
  b.from_s(fragment_of(error, 24, size));
  EXPECT_FRAME(b.c.next(), ipv4(fragment(size - 24 > 16 ? (size - 24) / 8 * 8 : 16, 0, true)));
  EXPECT_TRUE(b.c.next());
  EXPECT_SILENCE(b.c);
}

// The whole came as its first fragment did: in that one's frame.
TEST(Firewall, IPV4_12_RulesSeeTheFrameOfTheFirstFragment) {
  Ruleset rules;
  Rule from_c;
  from_c.label = {"filter", "FORWARD", "from c", {}};
  from_c.state.states = kStateNew;
  MacMatch mac;
  Border b;
  mac.source = b.c.mac();
  from_c.matches.push_back(mac);
  from_c.target = DropTarget{};
  rules.table(Table::filter).chain("FORWARD").rules = {from_c};
  b.lab.filter(b.r, rules);
  const Frame whole = udp(across_with(100));
  b.from_c(fragment_of(whole, 48, 108));
  b.from_c(fragment_of(whole, 0, 48));
  EXPECT_SILENCE(b.s);
  EXPECT_THAT(b.lab.drops(), ElementsAre("r: rule"));
  // To all, and so not forwarded, whatever the others were.
  b.from_c(fragment_of(whole, 48, 108));
  b.from_c(fragment_of(whole, 0, 48).to_all());
  EXPECT_SILENCE(b.s);
}

TEST(Fragments, APingThatDoesNotFitTheFirstLinkIsCut) {
  Lab lab;
  IpNode& host = lab.host("h", "10.0.0.1/24");
  IpNode& other = lab.host("other", "10.0.0.2/24");
  lab.cable(host, other);
  const Outcomes& large = lab.ping(host, "10.0.0.2", {.size = 2000});
  lab.run(1_s);
  EXPECT_EQ(large.result(), "answered") << lab.story();
}

/// h ── r ── far, and behind r only 1300 octets pass.
struct NarrowPath {
  NarrowPath() {
    lab.cable(h, r);
    lab.cable(r, far);
  }
  std::string ping(std::uint16_t size) {
    const Outcomes& outcome = lab.ping(h, "203.0.113.10", {.size = size});
    lab.run(2_s);
    return outcome.result();
  }
  Lab lab;
  IpNode& h = lab.host("h", "10.0.0.2/24", "10.0.0.1");
  IpNode& r = lab.router("r", {"10.0.0.1/24", {"203.0.113.1/24", {.mtu = 1300}}});
  FarEnd& far = lab.far("far", "203.0.113.10");
};

TEST(PathMtu, IPV4_19_IsLearnedFromWhoCouldNotPassAPacketOn) {
  NarrowPath p;
  EXPECT_EQ(p.h.stack().path_mtu(p.lab.now(), ip("203.0.113.10")), 1500u);
  EXPECT_EQ(p.ping(1400), "unreachable: need to frag (3/4) from 10.0.0.1");
  EXPECT_SILENCE(p.far);
  EXPECT_EQ(p.h.stack().path_mtu(p.lab.now(), ip("203.0.113.10")), 1300u);
  p.ping(1400);  // cut from now on, by its sender
  EXPECT_FRAME(p.far.next(), ipv4(fragment(1280, 0, true), df(false)), valid_checksums());
  EXPECT_FRAME(p.far.next(), ipv4(fragment(128, 1280, false)));
  p.ping(1272);  // and what fits is not
  EXPECT_FRAME(p.far.next(), ipv4(total_length(1300), df(true)));
  EXPECT_SILENCE(p.far);
}

TEST(PathMtu, IPV4_19_IsForgottenAfterTenMinutes) {
  NarrowPath p;
  p.ping(1400);
  p.lab.run(590_s);
  EXPECT_EQ(p.h.stack().path_mtu(p.lab.now(), ip("203.0.113.10")), 1300u);
  p.lab.run(10_s);
  EXPECT_EQ(p.h.stack().path_mtu(p.lab.now(), ip("203.0.113.10")), 1500u);
  EXPECT_EQ(p.ping(1400), "unreachable: need to frag (3/4) from 10.0.0.1");
}

TEST(PathMtu, IPV4_19_OthersPathsAreNotTouched) {
  NarrowPath p;
  p.ping(1400);
  EXPECT_EQ(p.h.stack().path_mtu(p.lab.now(), ip("203.0.113.11")), 1500u);
  EXPECT_EQ(p.r.stack().path_mtu(p.lab.now(), ip("203.0.113.10")), 1300u) << "its own link";
}

TEST(PathMtu, IPV4_19_NobodyNarrowsAPathBelowTheMinimum) {
  Lab lab;
  IpNode& h = lab.host("h", "10.0.0.2/24");
  FarEnd& far = lab.far("far", "10.0.0.1");
  lab.cable(h, far);
  const auto too_big = [](std::uint16_t next_hop_mtu) {
    return icmp({.src = "10.0.0.1",
                 .dst = "10.0.0.2",
                 .what = IcmpHeader::fragmentation_needed(next_hop_mtu),
                 .payload = udp({.src = "10.0.0.2:1", .dst = "10.0.0.1:2"}).payload()});
  };
  far.sends(0_ms, too_big(68));
  lab.run(10_ms);
  EXPECT_EQ(h.stack().path_mtu(lab.now(), ip("10.0.0.1")), 552u);
  lab.send_udp(h, "10.0.0.1:9", {});
  lab.run(10_ms);
  EXPECT_FRAME(far.next(), ipv4(df(false)));  // who knows how narrow it is
  // An error about somebody else's packet says nothing.
  const Frame foreign =
      icmp({.src = "10.0.0.1",
            .dst = "10.0.0.2",
            .what = IcmpHeader::fragmentation_needed(600),
            .payload = udp({.src = "10.0.0.3:1", .dst = "10.0.0.9:2"}).payload()});
  far.sends(0_ms, foreign);
  lab.run(10_ms);
  EXPECT_EQ(h.stack().path_mtu(lab.now(), ip("10.0.0.9")), 1500u);
}

}  // namespace
}  // namespace natsim::lab
