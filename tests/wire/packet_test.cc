// Goal: a packet may grow at its end, whether its slot has room or not.
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/wire/packet.h"

namespace natsim {
namespace {

void expect_extended(std::size_t size, std::size_t by) {
  PacketPool pool;
  Packet packet = pool.allocate(size + 14, 20);
  std::uint8_t value = 0;
  for (std::uint8_t& octet : packet.mutable_bytes()) octet = ++value;
  packet.trim_front(14);  // what is in the headroom stays with the packet
  packet.set_journey({7});
  packet.set_flags(Packet::kL4ChecksumGood);
  packet.extend(by);
  ASSERT_EQ(packet.size(), size + by);
  value = 0;
  EXPECT_TRUE(std::all_of(packet.data() - 14, packet.data() + size,
                          [&](std::uint8_t octet) { return octet == ++value; }));
  EXPECT_EQ(packet.headroom(), 34u);
  EXPECT_EQ(packet.journey(), JourneyId{7});
  EXPECT_EQ(packet.flags(), Packet::kL4ChecksumGood);
  std::fill_n(packet.data() + size, by, std::uint8_t{0});
  EXPECT_EQ(pool.live(), 1u);
}

TEST(Packet, GrowsInItsSlot) { expect_extended(40, 4); }

TEST(Packet, GrowsIntoALargerSlot) {
  expect_extended(128 - 16 - 34, 4);
  expect_extended(1600 - 16 - 34, 1);
}

}  // namespace
}  // namespace natsim
