// Summaries of frames: flows by protocol, tags, quoted packets, what malformed packets still tell.
#include "sim/wire/summary.h"

#include <gtest/gtest.h>

#include "tests/wire/frames.h"

namespace natsim {
namespace {

const Tuple kUdpFlow{{kClient, 49152}, {kServer, 53}, Protocol::udp};

TEST(Summary, UdpFrame) {
  const Bytes frame = ethernet_frame(EtherType::ipv4, ipv4_packet(Protocol::udp, hex(kUdpGolden)));
  const auto summary = summarize(frame);
  ASSERT_TRUE(summary);
  FrameSummary expected;
  expected.source = kClientMac;
  expected.destination = kRouterMac;
  expected.frame_bytes = 54;
  expected.flow = FlowOf{kUdpFlow, true};
  expected.ttl = 64;
  expected.payload_bytes = 12;
  EXPECT_EQ(*summary, expected);
}

TEST(Summary, TcpFrameTellsFlagsAndPayload) {
  const auto summary =
      summarize(ethernet_frame(EtherType::ipv4, ipv4_packet(Protocol::tcp, hex(kTcpDataGolden))));
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->flow->tuple, (Tuple{{kClient, 40000}, {kServer, 80}, Protocol::tcp}));
  EXPECT_EQ(summary->flags, TcpFlags(kTcpPsh | kTcpAck));
  EXPECT_EQ(summary->payload_bytes, 5u);
}

TEST(Summary, EchoIdentifierStandsForBothPorts) {
  const auto summary =
      summarize(ethernet_frame(EtherType::ipv4, ipv4_packet(Protocol::icmp, hex(kIcmpEchoGolden))));
  ASSERT_TRUE(summary);
  const Tuple echo{{kClient, 7}, {kServer, 7}, Protocol::icmp};
  EXPECT_EQ(summary->flow, (FlowOf{echo, true}));
  EXPECT_EQ(summary->icmp_type, IcmpType::echo_request);
  EXPECT_FALSE(summary->quoted);
}

TEST(Summary, IcmpErrorNamesTheFlowItIsAbout) {
  const auto summary = summarize(ethernet_frame(
      EtherType::ipv4, ipv4_packet(Protocol::icmp, hex(kIcmpFragmentationNeededGolden))));
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->flow, (FlowOf{{{kClient, 0}, {kServer, 0}, Protocol::icmp}, false}));
  EXPECT_EQ(summary->icmp_type, IcmpType::destination_unreachable);
  EXPECT_EQ(summary->icmp_code, 4);
  EXPECT_EQ(summary->quoted, (FlowOf{kUdpFlow, true}));
}

TEST(Summary, LaterFragmentHasNoPorts) {
  Ipv4Header later{.protocol = Protocol::udp, .source = kClient, .destination = kServer};
  later.fragment_offset = 1480;
  const auto summary =
      summarize(ethernet_frame(EtherType::ipv4, ipv4_packet(later, hex(kUdpGolden))));
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->flow, (FlowOf{{{kClient, 0}, {kServer, 0}, Protocol::udp}, false}));
  EXPECT_EQ(summary->payload_bytes, 20u);
}

// VLAN-08, VLAN-14
TEST(Summary, OnlyTheOutermostTagIsTheVlan) {
  const Bytes frame = ethernet_frame(EtherType::arp, hex(kArpRequestGolden));
  EXPECT_FALSE(summarize(frame)->vlan_id);
  EXPECT_FALSE(summarize(tagged({.id = 0, .priority = 5}, frame))->vlan_id);
  const auto twice = summarize(tagged({.id = 20}, tagged({.id = 10}, frame)));
  EXPECT_EQ(twice->vlan_id, 20);
  EXPECT_EQ(twice->type, EtherType::arp);
}

TEST(Summary, MalformedPacketInAGoodFrameHasNoFlow) {
  const auto summary = summarize(ethernet_frame(EtherType::ipv4, hex("45 00 00")));
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->type, EtherType::ipv4);
  EXPECT_FALSE(summary->flow);
}

// ETH-12
TEST(Summary, ContentNeedsAType) {
  Bytes frame = ethernet_frame(EtherType::ipv4, {});
  EXPECT_EQ(content_of(ByteSpan(frame).first(13)).error(), WireError::truncated);
  store_be16(&frame[12], 0x8100);
  EXPECT_EQ(content_of(frame).error(), WireError::truncated) << "a tag without content";
  store_be16(&frame[12], 1500);
  EXPECT_EQ(content_of(frame).error(), WireError::unsupported);
  store_be16(&frame[12], 1501);
  EXPECT_EQ(content_of(frame).error(), WireError::bad_value);
  EXPECT_FALSE(summarize(frame));
}

}  // namespace
}  // namespace natsim
