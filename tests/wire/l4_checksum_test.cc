// Transport checksums by protocol: made, verified, absent.
#include "sim/wire/l4_checksum.h"

#include <gtest/gtest.h>

#include "tests/wire/golden.h"

namespace natsim {
namespace {

struct Golden {
  Protocol protocol;
  std::string_view bytes;
};
const Golden kGolden[] = {
    {Protocol::udp, kUdpGolden},
    {Protocol::tcp, kTcpSynGolden},
    {Protocol::tcp, kTcpDataGolden},
    {Protocol::icmp, kIcmpEchoGolden},
    {Protocol::icmp, kIcmpFragmentationNeededGolden},
};

TEST(L4Checksum, FinishIgnoresWhatTheFieldHeld) {
  for (const auto& [protocol, golden] : kGolden) {
    Bytes segment = hex(golden);
    store_be16(&segment[*l4_checksum_offset(protocol)], 0xa5a5);
    finish_l4_checksum(protocol, kClientToServer, segment);
    EXPECT_EQ(segment, hex(golden)) << to_string(protocol);
  }
}

TEST(L4Checksum, EveryFlippedBitIsSeen) {
  for (const auto& [protocol, golden] : kGolden) {
    Bytes segment = hex(golden);
    EXPECT_TRUE(l4_checksum_ok(protocol, kClientToServer, segment));
    for (std::size_t bit = 0; bit < 8 * segment.size(); ++bit) {
      segment[bit / 8] ^= std::uint8_t(1u << bit % 8);
      EXPECT_FALSE(l4_checksum_ok(protocol, kClientToServer, segment))
          << to_string(protocol) << " bit " << bit;
      segment[bit / 8] ^= std::uint8_t(1u << bit % 8);
    }
  }
}

TEST(L4Checksum, SegmentTooShortToHoldOneIsWrong) {
  for (const auto protocol : {Protocol::udp, Protocol::tcp, Protocol::icmp})
    EXPECT_FALSE(l4_checksum_ok(protocol, kClientToServer, {})) << to_string(protocol);
}

TEST(L4Checksum, OtherProtocolsHaveNone) {
  Bytes segment = hex("00 00 08 00 12");
  EXPECT_TRUE(l4_checksum_ok(Protocol::gre, kClientToServer, segment));
  finish_l4_checksum(Protocol::gre, kClientToServer, segment);
  EXPECT_EQ(segment, hex("00 00 08 00 12"));
}

}  // namespace
}  // namespace natsim
