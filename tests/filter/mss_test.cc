// Goal: TCPMSS does with a segment what Linux does (NAT-C09).
#include <gtest/gtest.h>

#include "sim/filter/packet_edit.h"
#include "sim/wire/ipv4.h"
#include "tests/filter/bench.h"

namespace natsim::test {
namespace {

/// The way to 10/8 takes 1400 octets, any other 1500.
struct Paths final : PathMtuSource {
  std::uint32_t path_mtu(Instant, Ipv4Address destination) const override {
    return destination.value >> 24 == 10 ? 1400 : 1500;
  }
};

Bytes syn(std::optional<std::uint16_t> mss, std::size_t payload = 0) {
  Tcp segment{"S", 1000};
  segment.options.mss = mss;
  segment.payload_bytes = payload;
  return tcp(kC, 1111, kS, 80, segment);
}

Bytes changed(const Bytes& bytes, TcpMssTarget target) {
  const Paths paths;
  PacketPool pool;
  Packet packet = pool.copy(bytes);
  Traversal t(packet, packet.data(), std::uint32_t(packet.size()));
  EXPECT_TRUE(change_mss(t, target, &paths, Instant()));
  EXPECT_EQ(t.ip, packet.data());
  EXPECT_EQ(t.ip_size, packet.size());
  return Bytes(packet.bytes().begin(), packet.bytes().end());
}

std::optional<std::uint16_t> mss_of(const Bytes& packet) {
  EXPECT_TRUE(checksums_ok(packet));
  EXPECT_EQ(Ipv4View(packet.data(), packet.size()).total_length(), packet.size());
  const Ipv4View ip(packet.data(), packet.size());
  const auto header = TcpHeader::parse(ip.payload(), ip.pseudo_header());
  EXPECT_TRUE(header.ok());
  return header.ok() ? header->options.mss : std::nullopt;
}

TEST(Mss, IsLoweredToAValueAndNeverRaised) {
  EXPECT_EQ(mss_of(changed(syn(1460), {1000})), 1000);
  EXPECT_EQ(mss_of(changed(syn(1000), {1360})), 1000);
}

TEST(Mss, IsLoweredToWhatTheNarrowerWayLeaves) {
  EXPECT_EQ(mss_of(changed(syn(1460), {})), 1360);
  EXPECT_EQ(mss_of(changed(syn(1000), {})), 1000);
}

TEST(Mss, IsAddedWhereThereIsNone) {
  const Bytes bare = syn(std::nullopt);
  const Bytes with = changed(bare, {1360});
  EXPECT_EQ(with.size(), bare.size() + 4);
  EXPECT_EQ(mss_of(with), 536) << "what a SYN without the option means (RFC 9293 3.7.1)";
  EXPECT_EQ(mss_of(changed(bare, {400})), 400);
}

TEST(Mss, IsAddedBeforeOtherOptions) {
  Tcp segment{"S", 1000};
  segment.options.window_scale = 7;
  const Bytes with = changed(tcp(kC, 1111, kS, 80, segment), {1360});
  EXPECT_EQ(mss_of(with), 536);
  EXPECT_EQ(with[40], 2) << "first of the options";
}

TEST(Mss, IsNotAddedToASegmentWithData) {
  const Bytes bytes = syn(std::nullopt, 10);
  EXPECT_EQ(changed(bytes, {1360}), bytes);
}

TEST(Mss, IsNotAddedWhereThePacketHasNoRoom) {
  const Bytes bytes = syn(std::nullopt);
  PacketPool pool;
  const Paths paths;
  // Meta data, headroom and packet fill 128 octets exactly.
  Packet packet = pool.copy(bytes, 128 - sizeof(PacketBuffer) - bytes.size());
  Traversal t(packet, packet.data(), std::uint32_t(packet.size()));
  ASSERT_TRUE(change_mss(t, {1360}, &paths, Instant()));
  EXPECT_EQ(packet.size(), bytes.size());
}

TEST(Mss, AMalformedHeaderIsTheEndOfThePacket) {
  Bytes bytes = syn(1460);
  bytes[32] = 0x40;  // a header of 16 octets
  PacketPool pool;
  Packet packet = pool.copy(bytes);
  Traversal t(packet, packet.data(), std::uint32_t(packet.size()));
  EXPECT_FALSE(change_mss(t, {1000}, nullptr, Instant()));
}

}  // namespace
}  // namespace natsim::test
