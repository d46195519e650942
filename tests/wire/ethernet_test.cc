// Ethernet headers: where fields are, what counts as a type, padding of short frames.
#include "sim/wire/ethernet.h"

#include <gtest/gtest.h>

#include <optional>

#include "tests/wire/golden.h"

namespace natsim {
namespace {

const EthernetHeader kHeader{MacAddress::from_u64(0x0200'0000'0002),
                             MacAddress::from_u64(0x0200'0000'0001), EtherType::ipv4};

TEST(Ethernet, Deconstruct) {
  const Bytes frame = joined(hex(kEthernetIpv4Golden), hex("aa bb"));
  const auto view = EthernetView::checked(frame);
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(view->destination(), kHeader.destination);
  EXPECT_EQ(view->source(), kHeader.source);
  EXPECT_EQ(view->type(), EtherType::ipv4);
  EXPECT_EQ(Bytes(view->payload().begin(), view->payload().end()), hex("aa bb"));
}

TEST(Ethernet, Construct) {
  Bytes frame = unwritten(kEthernetHeaderBytes);
  MutableEthernetView view(frame.data(), frame.size());
  view.set_destination(kHeader.destination);
  view.set_source(kHeader.source);
  view.set_type(EtherType::ipv4);
  EXPECT_EQ(frame, hex(kEthernetIpv4Golden));
}

TEST(Ethernet, Parse) {
  const auto header = EthernetHeader::parse(hex(kEthernetIpv4Golden));
  ASSERT_TRUE(header.ok());
  EXPECT_EQ(*header, kHeader);
}

TEST(Ethernet, EmitWritesItsOwnOctetsOnly) {
  Bytes frame = unwritten(kEthernetHeaderBytes + 2);
  kHeader.emit(frame);
  EXPECT_EQ(frame, joined(hex(kEthernetIpv4Golden), hex("a5 a5")));
}

TEST(Ethernet, TruncatedHeaderIsNoFrame) {
  for (std::size_t size = 0; size < kEthernetHeaderBytes; ++size) {
    Bytes frame = hex(kEthernetIpv4Golden);
    frame.resize(size);
    EXPECT_EQ(EthernetHeader::parse(frame).error(), WireError::truncated) << size;
  }
}

// ETH-12
TEST(Ethernet, TypeFieldIsATypeALengthOrNeither) {
  const struct {
    std::uint16_t field;
    std::optional<WireError> error;
  } rows[] = {
      {0x0800, {}},
      {0x0600, {}},                      // the first EtherType
      {0x05ff, WireError::bad_value},    // 1535
      {0x05dd, WireError::bad_value},    // 1501
      {0x05dc, WireError::unsupported},  // 1500: the longest 802.3 frame
      {0x0026, WireError::unsupported},  // a spanning tree BPDU
      {0x0000, WireError::unsupported},
  };
  for (const auto& row : rows) {
    Bytes frame = hex(kEthernetIpv4Golden);
    store_be16(&frame[12], row.field);
    const auto header = EthernetHeader::parse(frame);
    ASSERT_EQ(header.ok(), !row.error) << row.field;
    if (row.error) {
      EXPECT_EQ(header.error(), *row.error) << row.field;
    }
    const EthernetView view(frame.data(), frame.size());
    EXPECT_EQ(view.has_type(), !row.error) << row.field;
    EXPECT_EQ(view.has_length(), row.error == WireError::unsupported) << row.field;
  }
}

// ETH-13
TEST(Ethernet, ShortFrameIsPaddedWithZerosToSixtyOctets) {
  Bytes buffer = unwritten(64);
  EXPECT_EQ(pad_frame(buffer, 42), 60u);
  EXPECT_EQ(buffer, joined(unwritten(42), Bytes(18, 0), unwritten(4)));
}

// ETH-13
TEST(Ethernet, LongEnoughFrameIsLeftAlone) {
  Bytes buffer = unwritten(61);
  EXPECT_EQ(pad_frame(buffer, 60), 60u);
  EXPECT_EQ(pad_frame(buffer, 61), 61u);
  EXPECT_EQ(buffer, unwritten(61));
}

TEST(Ethernet, TypesHaveNames) {
  EXPECT_EQ(to_string(EtherType::service_vlan), "service_vlan");
  EXPECT_EQ(to_string(EtherType(0x88cc)), "0x88cc");
}

}  // namespace
}  // namespace natsim
