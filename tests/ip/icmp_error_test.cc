// Goal: errors and resets have the right fields, and there is none where there must be none.
// kernel_answers_test.cc compares them with Linux's byte for byte.
#include "sim/ip/icmp_error.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sim/wire/ipv4.h"
#include "sim/wire/l4_checksum.h"
#include "sim/wire/tcp.h"
#include "tests/ip/address_text.h"

namespace natsim {
namespace {

/// A packet from 10.0.0.2 to 203.0.113.10.
struct OffenderText {
  Protocol protocol = Protocol::udp;
  std::size_t payload_bytes = 9;
  std::uint8_t tos = 0;
  const char* source = "10.0.0.2";
  const char* destination = "203.0.113.10";
  std::uint16_t fragment_offset = 0;
  std::uint8_t icmp_type = 8;  // the first octet of the payload
  bool more_fragments = false;
};

Bytes offender(const OffenderText& text) {
  Ipv4Header header;
  header.tos = text.tos;
  header.protocol = text.protocol;
  header.source = ip(text.source);
  header.destination = ip(text.destination);
  header.fragment_offset = text.fragment_offset;
  header.more_fragments = text.more_fragments;
  header.payload_bytes = std::uint16_t(text.payload_bytes);
  Bytes bytes(kIpv4HeaderBytes + text.payload_bytes, 0xa5);
  header.emit(bytes);
  if (text.payload_bytes > 0) bytes[kIpv4HeaderBytes] = text.icmp_type;
  return bytes;
}

class IcmpError : public testing::Test {
 protected:
  Packet answer(const OffenderText& text, IcmpHeader what) {
    return make_icmp_error(pool_, what, offender(text), ip("10.0.0.1"), 99);
  }
  static ByteSpan quote(const Packet& error) { return error.bytes().subspan(28); }

  PacketPool pool_;
};

// ICMP-06, IPV4-36
TEST_F(IcmpError, HeaderSaysInternetworkControlAndNothingOfTheOffendersFlags) {
  const Packet error =
      answer({Protocol::udp, 9, 0xb8}, IcmpHeader::unreachable(IcmpUnreachable::port));
  const Ipv4View view(error.data(), error.size());
  EXPECT_EQ(view.tos(), 0xd8);
  EXPECT_EQ(view.ttl(), 64);
  EXPECT_EQ(view.flags_and_offset(), 0);
  EXPECT_EQ(view.id(), 99);
  EXPECT_EQ(view.source(), ip("10.0.0.1"));
  EXPECT_EQ(view.destination(), ip("10.0.0.2"));
  EXPECT_TRUE(view.checksum_ok());
  EXPECT_TRUE(icmp_checksum_ok(view.payload()));
  EXPECT_GE(error.headroom(), 14U);
}

TEST_F(IcmpError, KeepsTheLowTosBitsButNotTheCongestionMark) {
  const struct {
    std::uint8_t offender, error;
  } rows[] = {{0x00, 0xc0}, {0x10, 0xd0}, {0xb8, 0xd8}, {0xff, 0xde}, {0x03, 0xc2}};
  for (const auto& row : rows) {
    const Packet error =
        answer({Protocol::udp, 9, row.offender}, IcmpHeader::unreachable(IcmpUnreachable::host));
    EXPECT_EQ(error.data()[1], row.error);
  }
}

// ICMP-04
TEST_F(IcmpError, QuotesAsMuchAsFitsIn576Octets) {
  const struct {
    std::size_t offender_bytes, error_bytes;
  } rows[] = {{20, 48}, {29, 57}, {548, 576}, {549, 576}, {1400, 576}};
  for (const auto& row : rows) {
    const OffenderText text{Protocol::udp, row.offender_bytes - 20};
    const Packet error = answer(text, IcmpHeader::unreachable(IcmpUnreachable::port));
    ASSERT_EQ(error.size(), row.error_bytes);
    EXPECT_EQ(load_be16(error.data() + 2), row.error_bytes);
    const Bytes sent = offender(text);
    EXPECT_TRUE(std::equal(quote(error).begin(), quote(error).end(), sent.begin()));
  }
}

// ICMP-07, ICMP-08, IPV4-07, IPV4-09, IPV4-30
TEST_F(IcmpError, RestOfHeaderSaysWhatTheTypeWants) {
  const struct {
    IcmpHeader what;
    std::uint8_t type, code;
    std::uint32_t rest;
  } rows[] = {
      {IcmpHeader::unreachable(IcmpUnreachable::network), 3, 0, 0},
      {IcmpHeader::unreachable(IcmpUnreachable::host), 3, 1, 0},
      {IcmpHeader::unreachable(IcmpUnreachable::administratively_prohibited), 3, 13, 0},
      {IcmpHeader::fragmentation_needed(1400), 3, 4, 0x0578},
      {IcmpHeader::time_exceeded(IcmpTimeExceeded::in_transit), 11, 0, 0},
      {IcmpHeader::time_exceeded(IcmpTimeExceeded::reassembly), 11, 1, 0},
      {IcmpHeader::parameter_problem(20), 12, 0, 20U << 24},
      {IcmpHeader::redirect_host(ip("10.0.0.3")), 5, 1, 0x0a00'0003},
  };
  for (const auto& row : rows) {
    const Packet error = answer({}, row.what);
    EXPECT_EQ(error.data()[20], row.type);
    EXPECT_EQ(error.data()[21], row.code);
    EXPECT_EQ(load_be32(error.data() + 24), row.rest);
  }
}

// IPV4-31
TEST(MayAnswerWithIcmp, NotWhatRfc1122Forbids) {
  const struct {
    const char* story;
    OffenderText text;
    bool may;
  } rows[] = {
      {"a plain packet", {}, true},
      {"a first fragment", {Protocol::udp, 64, 0, "10.0.0.2", "203.0.113.10", 0, 8, true}, true},
      {"a later fragment", {Protocol::udp, 64, 0, "10.0.0.2", "203.0.113.10", 512}, false},
      {"limited broadcast", {Protocol::udp, 9, 0, "10.0.0.2", "255.255.255.255"}, false},
      {"multicast", {Protocol::udp, 9, 0, "10.0.0.2", "239.1.1.1"}, false},
      {"from nobody", {Protocol::udp, 9, 0, "0.0.0.0"}, false},
      {"from loopback", {Protocol::udp, 9, 0, "127.0.0.1"}, false},
      {"from a group", {Protocol::udp, 9, 0, "224.0.0.1"}, false},
      {"from all", {Protocol::udp, 9, 0, "255.255.255.255"}, false},
      {"from class E", {Protocol::udp, 9, 0, "240.1.2.3"}, false},
      {"an unknown protocol", {Protocol(200)}, true},
  };
  for (const auto& row : rows)
    EXPECT_EQ(may_answer_with_icmp(offender(row.text)), row.may) << row.story;
}

TEST(MayAnswerWithIcmp, NotWhatCameToAGroupOnTheLinkOrSubnet) {
  const Bytes bytes = offender({});
  EXPECT_FALSE(may_answer_with_icmp(bytes, {.link_group = true}));
  EXPECT_FALSE(may_answer_with_icmp(bytes, {.destination_group = true}));
}

TEST(MayAnswerWithIcmp, OfIcmpOnlyQueries) {
  for (int type = 0; type < 256; ++type) {
    OffenderText text{Protocol::icmp};
    text.icmp_type = std::uint8_t(type);
    const bool is_query = type == 0 || type == 8 || (type >= 13 && type <= 18);
    EXPECT_EQ(may_answer_with_icmp(offender(text)), is_query) << type;
  }
  EXPECT_FALSE(may_answer_with_icmp(offender({Protocol::icmp, 0})));
}

// Measured: a REJECT is silent about a datagram whose UDP checksum is wrong.
TEST(MayRejectWithIcmp, OnlyWhatArrivedIntact) {
  Bytes bytes = offender({Protocol::udp, 12});
  const MutableByteSpan datagram = MutableByteSpan(bytes).subspan(20);
  store_be16(datagram.data() + 4, 12);
  finish_l4_checksum(Protocol::udp, {ip("10.0.0.2"), ip("203.0.113.10")}, datagram);
  EXPECT_TRUE(may_reject_with_icmp(bytes));
  bytes.back() ^= 1;
  EXPECT_FALSE(may_reject_with_icmp(bytes));
  EXPECT_TRUE(may_answer_with_icmp(bytes));
}

// FW-M09: measured; an unknown protocol is believed to have a checksum as ICMP has, GRE none.
TEST(MayRejectWithIcmp, UnknownProtocolsOnlyIfTheirOctetsSumUp) {
  for (const int protocol : {99, 2, 255, 4}) {
    Bytes bytes = offender({Protocol(protocol), 12});
    std::fill(bytes.begin() + 20, bytes.end(), std::uint8_t(0));
    EXPECT_TRUE(may_reject_with_icmp(bytes)) << protocol;
    bytes.back() = 1;
    EXPECT_FALSE(may_reject_with_icmp(bytes)) << protocol;
    EXPECT_TRUE(may_answer_with_icmp(bytes)) << protocol;
  }
  Bytes gre = offender({Protocol::gre, 12});
  gre.back() = 1;
  EXPECT_TRUE(may_reject_with_icmp(gre));
}

/// A segment from 10.0.0.2:5 to 203.0.113.10:80 with seq 1000, ack 7777.
Bytes segment(TcpFlags flags, std::size_t data_bytes = 0, std::uint8_t tos = 0) {
  TcpHeader tcp;
  tcp.source_port = 5;
  tcp.destination_port = 80;
  tcp.seq = Seq(1000);
  tcp.ack = Seq(7777);
  tcp.flags = flags;
  Bytes bytes = offender({Protocol::tcp, tcp.size() + data_bytes, tos});
  const MutableByteSpan out = MutableByteSpan(bytes).subspan(20);
  tcp.emit(out);
  finish_l4_checksum(Protocol::tcp, {ip("10.0.0.2"), ip("203.0.113.10")}, out);
  return bytes;
}

std::string reset_for(const Bytes& bytes) {
  PacketPool pool;
  const Packet reset = make_tcp_reset(pool, bytes, ResetBy::rule);
  if (!reset) return "silence";
  const TcpView tcp(reset.data() + 20, 20);
  return tcp_flags_to_string(tcp.flags()) + " seq " + std::to_string(tcp.seq().value()) + " ack " +
         std::to_string(tcp.ack().value());
}

// FW-M08, as measured.
TEST(TcpReset, TakesItsNumbersFromWhatItAnswers) {
  EXPECT_EQ(reset_for(segment(kTcpSyn)), "R. seq 0 ack 1001");
  EXPECT_EQ(reset_for(segment(kTcpSyn, 3)), "R. seq 0 ack 1004");
  EXPECT_EQ(reset_for(segment(kTcpFin)), "R. seq 0 ack 1001");
  EXPECT_EQ(reset_for(segment(0)), "R. seq 0 ack 1000");
  EXPECT_EQ(reset_for(segment(kTcpAck)), "R seq 7777 ack 0");
  EXPECT_EQ(reset_for(segment(kTcpPsh | kTcpAck, 10)), "R seq 7777 ack 0");
  EXPECT_EQ(reset_for(segment(kTcpSyn | kTcpAck)), "R seq 7777 ack 0");
  EXPECT_EQ(reset_for(segment(kTcpFin | kTcpAck)), "R seq 7777 ack 0");
  EXPECT_EQ(reset_for(segment(kTcpRst)), "silence");
  EXPECT_EQ(reset_for(segment(kTcpRst | kTcpAck)), "silence");
}

TEST(TcpReset, IsSilentAboutWhatIsNoIntactSegment) {
  Bytes damaged = segment(kTcpSyn);
  damaged.back() ^= 1;
  EXPECT_EQ(reset_for(damaged), "silence");
  EXPECT_EQ(reset_for(offender({})), "silence");
  EXPECT_EQ(reset_for(offender({Protocol::tcp, 12})), "silence");
  EXPECT_EQ(reset_for(offender({Protocol::tcp, 20, 0, "10.0.0.2", "203.0.113.10", 64})), "silence");
}

// IPV4-36
TEST(TcpReset, ComesFromWhoWasAddressedWithTtl64DfAndNoIdentification) {
  PacketPool pool;
  const Bytes bytes = segment(kTcpSyn, 0, 0xb8);
  const Packet by_rule = make_tcp_reset(pool, bytes, ResetBy::rule);
  const Ipv4View view(by_rule.data(), by_rule.size());
  EXPECT_EQ(view.source(), ip("203.0.113.10"));
  EXPECT_EQ(view.destination(), ip("10.0.0.2"));
  EXPECT_EQ(view.ttl(), 64);
  EXPECT_EQ(view.flags_and_offset(), kIpv4DontFragment);
  EXPECT_EQ(view.id(), 0);
  EXPECT_EQ(view.tos(), 0);
  EXPECT_TRUE(view.checksum_ok());
  EXPECT_TRUE(tcp_checksum_ok(view.pseudo_header(), view.payload()));
  EXPECT_EQ(make_tcp_reset(pool, bytes, ResetBy::stack).data()[1], 0xb8);
  // Congestion was met by the other direction's packet (RFC 3168 6.1.1).
  EXPECT_EQ(make_tcp_reset(pool, segment(kTcpSyn, 0, 0xff), ResetBy::stack).data()[1], 0xfc);
}

}  // namespace
}  // namespace natsim
