// TCP segments: fields, header length, checksum, flags as text, ports rewritten in place.
#include "sim/wire/tcp.h"

#include <gtest/gtest.h>

#include "tests/wire/golden.h"

namespace natsim {
namespace {

TcpHeader syn() {
  TcpHeader header{.source_port = 40000,
                   .destination_port = 80,
                   .seq = Seq(0x01020304),
                   .flags = kTcpSyn,
                   .window = 64240};
  header.options.mss = 1460;
  header.options.sack_permitted = true;
  header.options.timestamps = TcpTimestamps{1000, 0};
  header.options.window_scale = 7;
  return header;
}

TEST(Tcp, Deconstruct) {
  const Bytes segment = hex(kTcpDataGolden);
  const auto view = TcpView::checked(segment);
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(view->source_port(), 40000);
  EXPECT_EQ(view->destination_port(), 80);
  EXPECT_EQ(view->seq(), Seq(0x01020305));
  EXPECT_EQ(view->ack(), Seq(0x0a0b0c0d));
  EXPECT_EQ(view->header_bytes(), 20u);
  EXPECT_EQ(view->flags(), kTcpPsh | kTcpAck);
  EXPECT_EQ(view->window(), 502);
  EXPECT_EQ(view->checksum(), 0x2e5f);
  EXPECT_EQ(view->urgent_pointer(), 0);
  EXPECT_TRUE(view->options().empty());
  EXPECT_EQ(view->payload().size(), 5u);
  EXPECT_EQ(view->segment_length(), 5u);
}

// TCP-01
TEST(Tcp, ParseSynWithItsOptions) {
  const auto header = TcpHeader::parse(hex(kTcpSynGolden), kClientToServer);
  ASSERT_TRUE(header.ok());
  EXPECT_EQ(*header, syn());
  const Bytes segment = hex(kTcpSynGolden);
  EXPECT_EQ(TcpView(segment.data(), segment.size()).segment_length(), 1u);
}

// TCP-01
TEST(Tcp, EmitSynWithItsOptions) {
  ASSERT_EQ(syn().size(), 40u);
  Bytes out = unwritten(40);
  syn().emit(out);
  finish_l4_checksum(Protocol::tcp, kClientToServer, out);
  EXPECT_EQ(out, hex(kTcpSynGolden));
}

TEST(Tcp, EmitDataSegment) {
  const Bytes golden = hex(kTcpDataGolden);
  Bytes out = joined(unwritten(kTcpHeaderBytes), ByteSpan(golden).subspan(kTcpHeaderBytes));
  const TcpHeader header{.source_port = 40000,
                         .destination_port = 80,
                         .seq = Seq(0x01020305),
                         .ack = Seq(0x0a0b0c0d),
                         .flags = kTcpPsh | kTcpAck,
                         .window = 502};
  header.emit(out);
  finish_l4_checksum(Protocol::tcp, kClientToServer, out);
  EXPECT_EQ(out, golden);
}

TEST(Tcp, MalformedSegments) {
  const struct {
    const char* what;
    std::size_t octet;
    std::uint8_t value;
    std::size_t size;
    WireError error;
  } rows[] = {
      {"half a header", 0, 0x9c, 19, WireError::truncated},
      {"offset of four words", 12, 0x40, 40, WireError::bad_length},
      {"offset beyond the segment", 12, 0xb0, 40, WireError::bad_length},
      {"flipped bit", 14, 0xfb, 40, WireError::bad_checksum},
  };
  for (const auto& row : rows) {
    Bytes segment = hex(kTcpSynGolden);
    segment[row.octet] = row.value;
    segment.resize(row.size);
    const auto header = TcpHeader::parse(segment, kClientToServer);
    ASSERT_FALSE(header.ok()) << row.what;
    EXPECT_EQ(header.error(), row.error) << row.what;
  }
}

TEST(Tcp, IllegalOptionLengthIsRefused) {
  Bytes segment = hex(kTcpSynGolden);
  segment[21] = 0;  // the MSS option's length
  finish_l4_checksum(Protocol::tcp, kClientToServer, segment);
  EXPECT_EQ(TcpHeader::parse(segment, kClientToServer).error(), WireError::bad_length);
}

TEST(Tcp, RewritingPortsAndAddressesKeepsTheChecksumRight) {
  Bytes segment = hex(kTcpDataGolden);
  const Ipv4Address outside = Ipv4Address::of(198, 51, 100, 7);
  MutableTcpView view(segment.data(), segment.size());
  view.set_source_port(1024);
  view.set_destination_port(8080);
  update_checksum(view.checksum_field(), sum_of(kClient), sum_of(outside));
  EXPECT_TRUE(tcp_checksum_ok({outside, kServer}, segment));
  EXPECT_FALSE(tcp_checksum_ok(kClientToServer, segment));
}

TEST(Tcp, FlagsAsText) {
  const struct {
    TcpFlags flags;
    const char* text;
  } rows[] = {
      {kTcpSyn, "S"},
      {kTcpSyn | kTcpAck, "S."},
      {kTcpAck, "."},
      {kTcpPsh | kTcpAck, "P."},
      {kTcpFin | kTcpAck, "F."},
      {kTcpRst, "R"},
      {0, "none"},
      {kTcpSyn | kTcpEce | kTcpCwr, "SEW"},
  };
  for (const auto& row : rows) EXPECT_EQ(tcp_flags_to_string(row.flags), row.text);
}

}  // namespace
}  // namespace natsim
