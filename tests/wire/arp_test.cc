// ARP packets: fields, the types a host must ignore, probes and announcements.
#include "sim/wire/arp.h"

#include <gtest/gtest.h>

#include "tests/wire/golden.h"

namespace natsim {
namespace {

const ArpHeader kRequest{ArpOperation::request, MacAddress::from_u64(0x0200'0000'0001), kClient,
                         MacAddress{}, Ipv4Address::of(192, 168, 1, 1)};

TEST(Arp, Deconstruct) {
  const Bytes packet = hex(kArpRequestGolden);
  const auto view = ArpView::checked(packet);
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(view->hardware_type(), 1);
  EXPECT_EQ(view->protocol_type(), 0x0800);
  EXPECT_EQ(view->hardware_length(), 6);
  EXPECT_EQ(view->protocol_length(), 4);
  EXPECT_EQ(view->operation(), ArpOperation::request);
  EXPECT_EQ(view->sender_mac(), kRequest.sender_mac);
  EXPECT_EQ(view->sender_ip(), kRequest.sender_ip);
  EXPECT_TRUE(view->target_mac().is_zero());
  EXPECT_EQ(view->target_ip(), kRequest.target_ip);
}

TEST(Arp, ParseIgnoresThePaddingOfTheFrame) {
  const auto arp = ArpHeader::parse(joined(hex(kArpRequestGolden), Bytes(18, 0)));
  ASSERT_TRUE(arp.ok());
  EXPECT_EQ(*arp, kRequest);
}

TEST(Arp, Emit) {
  Bytes out = unwritten(kArpBytes + 1);
  kRequest.emit(out);
  EXPECT_EQ(out, joined(hex(kArpRequestGolden), hex("a5")));
}

// ARP-26
TEST(Arp, OtherTypesLengthsAndOperationsAreNotOurs) {
  const struct {
    std::size_t octet;
    std::uint8_t value;
    const char* what;
  } rows[] = {
      {1, 6, "hardware type IEEE 802"}, {3, 6, "protocol type"}, {4, 8, "hardware length"},
      {5, 16, "protocol length"},       {7, 0, "operation 0"},   {7, 3, "reverse request"},
      {6, 1, "operation 257"},
  };
  for (const auto& row : rows) {
    Bytes packet = hex(kArpRequestGolden);
    packet[row.octet] = row.value;
    const auto arp = ArpHeader::parse(packet);
    ASSERT_FALSE(arp.ok()) << row.what;
    EXPECT_EQ(arp.error(), WireError::unsupported) << row.what;
  }
}

TEST(Arp, TruncatedPacketIsRefused) {
  Bytes packet = hex(kArpRequestGolden);
  packet.pop_back();
  EXPECT_EQ(ArpHeader::parse(packet).error(), WireError::truncated);
}

// RFC 5227 1.1
TEST(Arp, ProbesAndAnnouncements) {
  ArpHeader probe = kRequest;
  probe.sender_ip = {};
  EXPECT_TRUE(probe.is_probe());
  EXPECT_FALSE(probe.is_announcement());
  ArpHeader announcement = kRequest;
  announcement.target_ip = announcement.sender_ip;
  EXPECT_TRUE(announcement.is_announcement());
  EXPECT_FALSE(announcement.is_probe());
  EXPECT_FALSE(kRequest.is_probe() || kRequest.is_announcement());
}

}  // namespace
}  // namespace natsim
