// IPv4 headers: fields, what a receiver refuses, edits in place that keep the checksum right.
#include "sim/wire/ipv4.h"

#include <gtest/gtest.h>

#include <functional>

#include "sim/base/random.h"
#include "tests/wire/golden.h"

namespace natsim {
namespace {

const Ipv4Header kHeader{.id = 0x1c46,
                         .dont_fragment = true,
                         .protocol = Protocol::udp,
                         .source = kClient,
                         .destination = kServer,
                         .payload_bytes = 20};

Bytes packet() { return joined(hex(kIpv4Golden), hex(kUdpGolden)); }

TEST(Ipv4, Deconstruct) {
  const Bytes bytes = packet();
  const auto view = Ipv4View::checked(bytes);
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(view->version(), 4);
  EXPECT_EQ(view->header_bytes(), 20u);
  EXPECT_EQ(view->tos(), 0);
  EXPECT_EQ(view->total_length(), 40);
  EXPECT_EQ(view->id(), 0x1c46);
  EXPECT_TRUE(view->dont_fragment());
  EXPECT_FALSE(view->more_fragments());
  EXPECT_FALSE(view->is_fragment());
  EXPECT_EQ(view->fragment_offset(), 0u);
  EXPECT_EQ(view->ttl(), 64);
  EXPECT_EQ(view->protocol(), Protocol::udp);
  EXPECT_EQ(view->checksum(), 0x2022);
  EXPECT_TRUE(view->checksum_ok());
  EXPECT_EQ(view->pseudo_header(), kClientToServer);
  EXPECT_TRUE(view->options().empty());
  EXPECT_EQ(view->payload().size(), 20u);
}

TEST(Ipv4, Parse) {
  const auto header = Ipv4Header::parse(packet());
  ASSERT_TRUE(header.ok());
  EXPECT_EQ(*header, kHeader);
}

TEST(Ipv4, EmitWritesHeaderAndChecksum) {
  Bytes out = unwritten(kIpv4HeaderBytes + 1);
  kHeader.emit(out);
  EXPECT_EQ(out, joined(hex(kIpv4Golden), hex("a5")));
}

TEST(Ipv4, FragmentFields) {
  Ipv4Header fragment = kHeader;
  fragment.dont_fragment = false;
  fragment.more_fragments = true;
  fragment.fragment_offset = 1480;
  Bytes out = unwritten(kIpv4HeaderBytes);
  fragment.emit(out);
  const Ipv4View view(out.data(), out.size());
  EXPECT_EQ(view.flags_and_offset(), 0x20b9);
  EXPECT_EQ(view.fragment_offset(), 1480u);
  EXPECT_TRUE(view.is_fragment());
}

TEST(Ipv4, DscpAndEcnShareTheTosOctet) {
  Bytes bytes = packet();
  MutableIpv4View(bytes.data(), bytes.size()).set_tos(0xb9);
  const Ipv4View view(bytes.data(), bytes.size());
  EXPECT_EQ(view.dscp(), 46);  // expedited forwarding
  EXPECT_EQ(view.ecn(), 1);
}

// IPV4-08, ETH-14
TEST(Ipv4, ReceiverRefusesWhatTheRfcRefuses) {
  const auto fix = [](Bytes& b) { MutableIpv4View(b.data(), b.size()).finish_checksum(); };
  const struct {
    const char* what;
    std::function<void(Bytes&)> damage;
    WireError error;
  } rows[] = {
      {"empty", [](Bytes& b) { b.clear(); }, WireError::truncated},
      {"half a header", [](Bytes& b) { b.resize(19); }, WireError::truncated},
      {"version 6", [](Bytes& b) { b[0] = 0x65; }, WireError::bad_version},
      {"IHL 4", [](Bytes& b) { b[0] = 0x44; }, WireError::bad_length},
      {"IHL beyond the packet", [](Bytes& b) { b[0] = 0x4f; }, WireError::truncated},
      {"total length below the header", [&](Bytes& b) { b[3] = 19, fix(b); },
       WireError::bad_length},
      {"total length beyond the frame", [&](Bytes& b) { b[3] = 41, fix(b); }, WireError::truncated},
      {"one bit of the TTL", [](Bytes& b) { b[8] ^= 1; }, WireError::bad_checksum},
      {"checksum zero", [](Bytes& b) { b[10] = b[11] = 0; }, WireError::bad_checksum},
  };
  for (const auto& row : rows) {
    Bytes bytes = packet();
    row.damage(bytes);
    const auto header = Ipv4Header::parse(bytes);
    ASSERT_FALSE(header.ok()) << row.what;
    EXPECT_EQ(header.error(), row.error) << row.what;
    EXPECT_EQ(Ipv4View::received(bytes).ok(), false) << row.what;
  }
}

// ETH-13
TEST(Ipv4, PaddingBehindTheTotalLengthIsNotPayload) {
  const Bytes padded = joined(packet(), Bytes(6, 0));
  const auto view = Ipv4View::received(padded);
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(view->bytes().size(), 40u);
  EXPECT_EQ(view->payload().size(), 20u);
}

TEST(Ipv4, QuotedPacketMayBeCutOffBehindItsHeader) {
  Bytes bytes = packet();
  bytes.resize(28);
  EXPECT_FALSE(Ipv4View::received(bytes).ok());
  const auto view = Ipv4View::checked(bytes);
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(view->payload().size(), 8u);
}

TEST(Ipv4, OptionsAreReadOver) {
  // Router alert (RFC 2113) before one octet of payload.
  Bytes bytes = hex("46 00 00 19 00 00 00 00 01 02 00 00 0a 00 00 01 e0 00 00 16 94 04 00 00 77");
  MutableIpv4View(bytes.data(), bytes.size()).finish_checksum();
  const auto view = Ipv4View::received(bytes);
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(view->options().size(), 4u);
  const auto header = Ipv4Header::parse(bytes);
  ASSERT_TRUE(header.ok());
  EXPECT_EQ(header->payload_bytes, 1);
}

TEST(Ipv4, FragmentThatEndsBeyondTheLargestDatagramIsRefused) {
  Bytes bytes = packet();
  MutableIpv4View(bytes.data(), bytes.size()).set_flags_and_offset(0x1fff);
  EXPECT_EQ(Ipv4Header::parse(bytes).error(), WireError::bad_length);
}

TEST(Ipv4, EditsInPlaceGiveTheChecksumOfANewHeader) {
  Prng dice(1);
  for (int i = 0; i < 2000; ++i) {
    Bytes edited = packet();
    MutableIpv4View view(edited.data(), edited.size());
    view.set_ttl(std::uint8_t(dice.next()));
    view.set_tos(std::uint8_t(dice.next()));
    view.set_id(std::uint16_t(dice.next()));
    view.set_flags_and_offset(std::uint16_t(dice.next()));
    view.set_source({std::uint32_t(dice.next())});
    view.set_destination({std::uint32_t(dice.next())});
    EXPECT_TRUE(view.checksum_ok());
    Bytes computed = edited;
    MutableIpv4View(computed.data(), computed.size()).finish_checksum();
    EXPECT_EQ(edited, computed);
  }
}

}  // namespace
}  // namespace natsim
