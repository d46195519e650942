// Which socket gets a datagram, and which ports a node gives out.
#include "sim/transport/udp_sockets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "sim/transport/ephemeral.h"

namespace natsim {
namespace {

const IpAddress kInside = Ipv4Address::of(192, 168, 1, 1);
const IpAddress kOutside = Ipv4Address::of(203, 0, 113, 2);
const IpAddress kBroadcast = Ipv4Address::of(255, 255, 255, 255);
const Endpoint kClient{Ipv4Address::of(192, 168, 1, 100), 40000};
const Endpoint kOther{Ipv4Address::of(192, 168, 1, 101), 40000};
constexpr IfIndex kLan{0}, kWan{1};

enum : UdpHandler { kAny, kOnLan, kAtInside, kAtInsideOnLan, kDhcpLan, kDhcpWan, kConnected };

TEST(UdpSockets, EmptyTableFindsNothing) {
  UdpSockets sockets;
  EXPECT_EQ(sockets.find(kClient, {kInside, 53}, kLan), std::nullopt);
  EXPECT_EQ(sockets.size(), 0u);
}

TEST(UdpSockets, DatagramGoesToTheMostSpecificSocket) {
  UdpSockets sockets;
  const std::pair<UdpBinding, UdpHandler> bindings[] = {
      {{.port = 53}, kAny},
      {{.port = 53, .interface = kLan}, kOnLan},
      {{.port = 53, .address = kInside}, kAtInside},
      {{.port = 53, .address = kInside, .interface = kLan}, kAtInsideOnLan},
  };
  for (const auto& [binding, handler] : bindings) ASSERT_TRUE(sockets.bind(binding, handler));

  EXPECT_EQ(sockets.find(kClient, {kInside, 53}, kLan), kAtInsideOnLan);
  EXPECT_EQ(sockets.find(kClient, {kInside, 53}, kWan), kAtInside);
  EXPECT_EQ(sockets.find(kClient, {kBroadcast, 53}, kLan), kOnLan);
  EXPECT_EQ(sockets.find(kClient, {kOutside, 53}, kWan), kAny);
  EXPECT_EQ(sockets.find(kClient, {kOutside, 54}, kWan), std::nullopt);

  // Each one gone, the next less specific one takes over: an address counts more than an interface.
  ASSERT_TRUE(sockets.unbind(bindings[3].first));
  EXPECT_EQ(sockets.find(kClient, {kInside, 53}, kLan), kAtInside);
  ASSERT_TRUE(sockets.unbind(bindings[2].first));
  EXPECT_EQ(sockets.find(kClient, {kInside, 53}, kLan), kOnLan);
  ASSERT_TRUE(sockets.unbind(bindings[1].first));
  EXPECT_EQ(sockets.find(kClient, {kInside, 53}, kLan), kAny);
  ASSERT_TRUE(sockets.unbind(bindings[0].first));
  EXPECT_FALSE(sockets.unbind(bindings[0].first));
  EXPECT_EQ(sockets.find(kClient, {kInside, 53}, kLan), std::nullopt);
  EXPECT_FALSE(sockets.in_use(53));
}

TEST(UdpSockets, TwoDhcpServersShareAPortOnDifferentInterfaces) {
  UdpSockets sockets;
  ASSERT_TRUE(sockets.bind({.port = 67, .interface = kLan}, kDhcpLan));
  ASSERT_TRUE(sockets.bind({.port = 67, .interface = kWan}, kDhcpWan));
  EXPECT_FALSE(sockets.bind({.port = 67, .interface = kWan}, kDhcpLan));
  EXPECT_EQ(sockets.find(kClient, {kBroadcast, 67}, kLan), kDhcpLan);
  EXPECT_EQ(sockets.find(kClient, {kBroadcast, 67}, kWan), kDhcpWan);
  EXPECT_EQ(sockets.find(kClient, {kBroadcast, 67}, IfIndex{2}), std::nullopt);
}

TEST(UdpSockets, ConnectedSocketHearsOnlyItsPeer) {
  UdpSockets sockets;
  ASSERT_TRUE(sockets.bind({.port = 5000, .address = kInside, .remote = kClient}, kConnected));
  EXPECT_EQ(sockets.find(kClient, {kInside, 5000}, kLan), kConnected);
  EXPECT_EQ(sockets.find(kOther, {kInside, 5000}, kLan), std::nullopt);
  ASSERT_TRUE(sockets.bind({.port = 5000}, kAny));
  EXPECT_EQ(sockets.find(kOther, {kInside, 5000}, kLan), kAny);
}

// UDP-11
TEST(UdpSockets, EphemeralPortsAreLinuxsRangeAndNeverTakenTwice) {
  UdpSockets sockets;
  Prng rng = Prng::stream(1, "node/laptop/ports");
  ASSERT_TRUE(sockets.bind({.port = 40000, .address = kInside}, kAny));
  std::set<std::uint16_t> seen;
  for (std::uint32_t i = 0; i + 1 < kEphemeralPorts; ++i) {
    const auto port = sockets.bind_ephemeral({}, kAny, rng);
    ASSERT_TRUE(port);
    ASSERT_GE(*port, 32768);
    ASSERT_LE(*port, 60999);
    ASSERT_TRUE(seen.insert(*port).second) << *port;
  }
  EXPECT_FALSE(seen.contains(40000));
  EXPECT_EQ(sockets.bind_ephemeral({}, kAny, rng), std::nullopt);
  ASSERT_TRUE(sockets.unbind({.port = 50000}));
  EXPECT_EQ(sockets.bind_ephemeral({}, kAny, rng), 50000);
}

TEST(UdpSockets, EphemeralPortsFollowTheStreamAlone) {
  std::vector<std::uint16_t> ports[2];
  for (auto& run : ports) {
    UdpSockets sockets;
    Prng rng = Prng::stream(7, "node/laptop/ports");
    for (int i = 0; i < 20; ++i) run.push_back(*sockets.bind_ephemeral({}, kAny, rng));
  }
  EXPECT_EQ(ports[0], ports[1]);
  EXPECT_FALSE(std::is_sorted(ports[0].begin(), ports[0].end()));
}

}  // namespace
}  // namespace natsim
