// The one-line dump: one row for each kind of frame, well formed and not.
#include "sim/wire/dump.h"

#include <gtest/gtest.h>

#include "sim/wire/arp.h"
#include "sim/wire/icmp.h"
#include "tests/wire/dhcp_golden.h"
#include "tests/wire/frames.h"

namespace natsim {
namespace {

std::string dump_ip_of(Protocol protocol, std::string_view payload) {
  return dump_ip(ipv4_packet(protocol, hex(payload)));
}

Bytes icmp_error(const IcmpHeader& header) {
  Bytes message(IcmpHeader::size());
  header.emit(message);
  message = joined(message, hex(kIpv4Golden), ByteSpan(hex(kUdpGolden)).first(8));
  finish_l4_checksum(Protocol::icmp, {}, message);
  return ipv4_packet({.protocol = Protocol::icmp, .source = kServer, .destination = kClient},
                     message);
}

TEST(Dump, Transports) {
  EXPECT_EQ(dump_ip_of(Protocol::udp, kUdpGolden),
            "IP 192.168.1.100.49152 > 203.0.113.80.53: UDP, length 12");
  EXPECT_EQ(dump_ip_of(Protocol::tcp, kTcpSynGolden),
            "IP 192.168.1.100.40000 > 203.0.113.80.80: Flags [S], seq 16909060, win 64240, "
            "options [mss 1460,sackOK,TS val 1000 ecr 0,wscale 7], length 0");
  EXPECT_EQ(dump_ip_of(Protocol::tcp, kTcpDataGolden),
            "IP 192.168.1.100.40000 > 203.0.113.80.80: Flags [P.], seq 16909061:16909066, "
            "ack 168496141, win 502, length 5");
  EXPECT_EQ(dump_ip_of(Protocol::icmp, kIcmpEchoGolden),
            "IP 192.168.1.100 > 203.0.113.80: ICMP echo request, id 7, seq 1, length 24");
  EXPECT_EQ(dump_ip_of(Protocol::gre, "00 00 08 00"),
            "IP 192.168.1.100 > 203.0.113.80: gre, length 4");
}

TEST(Dump, IcmpErrorsNameTheQuotedFlow) {
  const struct {
    IcmpHeader header;
    const char* words;
  } rows[] = {
      {IcmpHeader::unreachable(IcmpUnreachable::port), "port unreachable"},
      {IcmpHeader::unreachable(IcmpUnreachable::host), "host unreachable"},
      {IcmpHeader::unreachable(IcmpUnreachable(99)), "unreachable, code 99"},
      {IcmpHeader::fragmentation_needed(1400), "need to frag, mtu 1400"},
      {IcmpHeader::time_exceeded(IcmpTimeExceeded::in_transit), "time exceeded in-transit"},
      {IcmpHeader::time_exceeded(IcmpTimeExceeded::reassembly), "ip reassembly time exceeded"},
      {IcmpHeader::parameter_problem(20), "parameter problem at octet 20"},
      {IcmpHeader::redirect_host(Ipv4Address::of(10, 0, 0, 2)), "redirect host to 10.0.0.2"},
  };
  for (const auto& row : rows)
    EXPECT_EQ(dump_ip(icmp_error(row.header)),
              "IP 203.0.113.80 > 192.168.1.100: ICMP " + std::string(row.words) +
                  ", quoting udp 192.168.1.100.49152 > 203.0.113.80.53, length 36");
}

TEST(Dump, Arp) {
  ArpHeader arp{ArpOperation::request, kClientMac, kClient, MacAddress{},
                Ipv4Address::of(192, 168, 1, 1)};
  Bytes packet(ArpHeader::size());
  arp.emit(packet);
  EXPECT_EQ(dump_frame(ethernet_frame(EtherType::arp, packet)),
            "ARP, Request who-has 192.168.1.1 tell 192.168.1.100, length 28");
  arp.operation = ArpOperation::reply;
  arp.emit(packet);
  EXPECT_EQ(dump_frame(ethernet_frame(EtherType::arp, packet)),
            "ARP, Reply 192.168.1.100 is-at 02:00:00:00:00:01, length 28");
}

TEST(Dump, Tags) {
  const Bytes frame = ethernet_frame(EtherType::ipv4, ipv4_packet(Protocol::udp, hex(kUdpGolden)));
  const std::string udp = "IP 192.168.1.100.49152 > 203.0.113.80.53: UDP, length 12";
  EXPECT_EQ(dump_frame(frame), udp);
  EXPECT_EQ(dump_frame(tagged({.id = 10}, frame)), "vlan 10, " + udp);
  EXPECT_EQ(dump_frame(tagged({.id = 10, .priority = 5, .drop_eligible = true}, frame)),
            "vlan 10, p 5, DEI, " + udp);
  EXPECT_EQ(
      dump_frame(tagged({.id = 20, .tpid = EtherType::service_vlan}, tagged({.id = 10}, frame))),
      "vlan 20, vlan 10, " + udp);
}

TEST(Dump, Dhcp) {
  const PseudoHeader broadcast{{}, Ipv4Address::of(255, 255, 255, 255)};
  EXPECT_EQ(dump_ip(udp_packet(68, 67, dhcp_discover_golden(), broadcast)),
            "IP 0.0.0.0.68 > 255.255.255.255.67: BOOTP/DHCP, Request from 02:00:00:00:00:01, "
            "Discover, length 300");
  EXPECT_EQ(dump_ip(udp_packet(67, 68, dhcp_offer_golden())),
            "IP 192.168.1.100.67 > 203.0.113.80.68: BOOTP/DHCP, Reply to 02:00:00:00:00:01, "
            "Offer 192.168.1.100, length 300");
  DhcpMessage relayed = dhcp_discover();
  relayed.type = DhcpType::request;
  relayed.giaddr = Ipv4Address::of(10, 0, 0, 1);
  relayed.options.set_address(DhcpCode::requested_address, kClient);
  Bytes payload(relayed.size());
  relayed.emit(payload);
  EXPECT_EQ(dump_ip(udp_packet(67, 67, payload)),
            "IP 192.168.1.100.67 > 203.0.113.80.67: BOOTP/DHCP, Request from 02:00:00:00:00:01, "
            "Request 192.168.1.100, via 10.0.0.1, length 300");
  EXPECT_EQ(dump_ip(udp_packet(68, 67, hex("01 01 06"))),
            "IP 192.168.1.100.68 > 203.0.113.80.67: BOOTP/DHCP, malformed: truncated, length 3");
}

TEST(Dump, Fragments) {
  Ipv4Header header{.id = 7, .protocol = Protocol::udp, .source = kClient, .destination = kServer};
  header.more_fragments = true;
  EXPECT_EQ(dump_ip(ipv4_packet(header, hex("c0 00 00 35 07 d0 00 00"))),
            "IP 192.168.1.100.49152 > 203.0.113.80.53: UDP, length 1992 (frag 7:8@0+)");
  header.more_fragments = false;
  header.fragment_offset = 1480;
  EXPECT_EQ(dump_ip(ipv4_packet(header, Bytes(520))),
            "IP 192.168.1.100 > 203.0.113.80: udp (frag 7:520@1480)");
}

TEST(Dump, WrongChecksumsAreSaid) {
  Bytes packet = ipv4_packet(Protocol::udp, hex(kUdpGolden));
  packet.back() ^= 1;
  EXPECT_EQ(dump_ip(packet),
            "IP 192.168.1.100.49152 > 203.0.113.80.53: UDP, length 12 (bad udp checksum)");
  packet[8] ^= 1;
  EXPECT_EQ(dump_ip(packet),
            "IP 192.168.1.100.49152 > 203.0.113.80.53: UDP, length 12 (bad udp checksum) "
            "(bad header checksum)");
}

TEST(Dump, MalformedPackets) {
  EXPECT_EQ(dump_ip({}), "IP, malformed: truncated, length 0");
  EXPECT_EQ(dump_ip(hex("65 00")), "IP, malformed: truncated, length 2");
  EXPECT_EQ(dump_ip(joined(hex("65"), Bytes(19))), "IP, malformed: bad_version, length 20");
  EXPECT_EQ(dump_ip_of(Protocol::udp, "c0 00 00 35 00"),
            "IP 192.168.1.100.49152 > 203.0.113.80.53: UDP, malformed: truncated, length 5");
  EXPECT_EQ(dump_ip_of(Protocol::udp, "c0 00 00 35 00 07 00 00"),
            "IP 192.168.1.100.49152 > 203.0.113.80.53: UDP, malformed: bad_length, length 8");
  EXPECT_EQ(dump_ip_of(Protocol::tcp, "9c 40 00 50"),
            "IP 192.168.1.100.40000 > 203.0.113.80.80: TCP, malformed: truncated, length 4");
  EXPECT_EQ(dump_ip_of(Protocol::icmp, "08"),
            "IP 192.168.1.100 > 203.0.113.80: ICMP, malformed: truncated, length 1");
  EXPECT_EQ(dump_frame(ethernet_frame(EtherType::arp, hex("00 01"))),
            "ARP, malformed: truncated, length 2");
}

// ETH-14
TEST(Dump, PacketCutOffIsSaid) {
  Bytes packet = ipv4_packet(Protocol::udp, hex(kUdpGolden));
  packet.resize(28);
  EXPECT_EQ(dump_ip(packet),
            "IP 192.168.1.100.49152 > 203.0.113.80.53: UDP, length 12 (cut off: 28 of 40 octets)");
}

// ETH-12
TEST(Dump, FramesThatAreNotIp) {
  const std::string macs = "02:00:00:00:00:01 > 02:00:00:00:00:02";
  EXPECT_EQ(dump_frame(ethernet_frame(EtherType(0x88cc), Bytes(46))),
            macs + ", ethertype 0x88cc, length 46");
  Bytes frame = ethernet_frame(EtherType::ipv4, Bytes(46));
  store_be16(&frame[12], 38);
  EXPECT_EQ(dump_frame(frame), macs + ", 802.3, length 60");
  store_be16(&frame[12], 1501);
  EXPECT_EQ(dump_frame(frame), macs + ", Ethernet, malformed: bad_value, length 60");
  EXPECT_EQ(dump_frame(ethernet_frame(EtherType::vlan, hex("00 0a"))),
            macs + ", Ethernet, malformed: truncated, length 16");
  EXPECT_EQ(dump_frame(hex("02 00 00")), "Ethernet, malformed: truncated, length 3");
  const Bytes ipv6 = joined(hex("60 00 00 00 00 04 3a ff fe 80 00 00 00 00 00 00 00 00 00 00 00 00"
                                "00 01 ff 02 00 00 00 00 00 00 00 00 00 00 00 00 00 01"),
                            Bytes(4));
  EXPECT_EQ(dump_frame(ethernet_frame(EtherType::ipv6, ipv6)),
            "IP6 fe80::1 > ff02::1: icmpv6, length 4");
}

}  // namespace
}  // namespace natsim
