// UDP headers: fields, the length field against the packet's, checksums absent, zero and right.
#include "sim/wire/udp.h"

#include <gtest/gtest.h>

#include <optional>

#include "tests/wire/golden.h"

namespace natsim {
namespace {

const UdpHeader kHeader{.source_port = 49152, .destination_port = 53, .payload_bytes = 12};

TEST(Udp, Deconstruct) {
  const Bytes datagram = hex(kUdpGolden);
  const auto view = UdpView::checked(datagram);
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(view->source_port(), 49152);
  EXPECT_EQ(view->destination_port(), 53);
  EXPECT_EQ(view->length(), 20);
  EXPECT_EQ(view->checksum(), 0x00e7);
  EXPECT_EQ(std::string(view->payload().begin(), view->payload().end()), "hello, world");
}

// UDP-01
TEST(Udp, Parse) {
  const auto header = UdpHeader::parse(hex(kUdpGolden), kClientToServer);
  ASSERT_TRUE(header.ok());
  EXPECT_EQ(*header, kHeader);
}

// UDP-01
TEST(Udp, EmitAndFinish) {
  const Bytes golden = hex(kUdpGolden);
  Bytes out = unwritten(golden.size());
  std::copy(golden.begin() + kUdpHeaderBytes, golden.end(), out.begin() + kUdpHeaderBytes);
  kHeader.emit(out);
  finish_l4_checksum(Protocol::udp, kClientToServer, out);
  EXPECT_EQ(out, golden);
}

// UDP-01: the addresses are covered.
TEST(Udp, ChecksumIsOfThisPairOfAddresses) {
  const PseudoHeader other{kClient, {kServer.value + 1}};
  EXPECT_EQ(UdpHeader::parse(hex(kUdpGolden), other).error(), WireError::bad_checksum);
}

// UDP-01: this payload sums to all ones, so its checksum would be zero.
TEST(Udp, ComputedZeroIsSentAsAllOnes) {
  Bytes datagram = hex("03 e8 07 d0 00 0a a5 a5 f5 c4");
  finish_l4_checksum(Protocol::udp, kClientToServer, datagram);
  EXPECT_EQ(load_be16(&datagram[6]), 0xffff);
  EXPECT_TRUE(UdpHeader::parse(datagram, kClientToServer).ok());
}

// UDP-01: a rewriting that ends at zero must not turn the checksum off.
TEST(Udp, RewrittenToZeroIsSentAsAllOnes) {
  Bytes datagram = hex("03 e9 07 d0 00 0a a5 a5 f5 c4");
  finish_l4_checksum(Protocol::udp, kClientToServer, datagram);
  MutableUdpView(datagram.data(), datagram.size()).set_source_port(1000);
  EXPECT_EQ(load_be16(&datagram[6]), 0xffff);
}

// UDP-02
TEST(Udp, ZeroChecksumIsAcceptedAndStaysZero) {
  Bytes datagram = hex(kUdpGolden);
  datagram[6] = datagram[7] = 0;
  EXPECT_TRUE(UdpHeader::parse(datagram, kClientToServer).ok());
  MutableUdpView view(datagram.data(), datagram.size());
  view.set_source_port(1);
  view.set_destination_port(2);
  update_udp_checksum(view.checksum_field(), sum_of(kClient), sum_of(kServer));
  EXPECT_EQ(view.checksum(), 0);
  EXPECT_EQ(view.source_port(), 1);
  EXPECT_EQ(view.destination_port(), 2);
}

// UDP-07
TEST(Udp, LengthFieldAgainstThePacket) {
  const struct {
    std::uint16_t length;
    std::optional<WireError> error;
    std::size_t payload_bytes;
  } rows[] = {
      {7, WireError::bad_length, 0},  // less than the header
      {0, WireError::bad_length, 0},
      {8, {}, 0},  // all that follows is ignored
      {19, {}, 11},
      {20, {}, 12},
      {21, WireError::bad_length, 12},  // more than there is
      {0xffff, WireError::bad_length, 12},
  };
  for (const auto& row : rows) {
    Bytes datagram = hex(kUdpGolden);
    store_be16(&datagram[4], row.length);
    const UdpView view(datagram.data(), datagram.size());
    EXPECT_EQ(view.payload().size(), row.payload_bytes) << row.length;
    if (!row.error)
      finish_l4_checksum(Protocol::udp, kClientToServer,
                         MutableByteSpan(datagram).first(row.length));
    const auto header = UdpHeader::parse(datagram, kClientToServer);
    ASSERT_EQ(header.ok(), !row.error) << row.length;
    if (row.error) {
      EXPECT_EQ(header.error(), *row.error) << row.length;
    } else {
      EXPECT_EQ(header->payload_bytes, row.payload_bytes) << row.length;
    }
  }
}

TEST(Udp, TruncatedHeaderIsRefused) {
  EXPECT_EQ(UdpHeader::parse(hex("c0 00 00 35 00 14 00"), kClientToServer).error(),
            WireError::truncated);
}

}  // namespace
}  // namespace natsim
