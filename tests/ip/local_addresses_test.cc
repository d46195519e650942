// Goal: a node knows its own addresses and broadcasts, and picks the right one to speak with.
#include "sim/ip/local_addresses.h"

#include <gtest/gtest.h>

#include "tests/ip/address_text.h"

namespace natsim {
namespace {

constexpr IfIndex kLan{0}, kWan{1}, kPoint{2};

InterfaceAddress address(const char* text, IfIndex interface) {
  const Prefix parsed = prefix(text);
  return {parsed.address.v4(), parsed.length, interface};
}

LocalAddresses router() {
  LocalAddresses local;
  local.add(address("192.168.1.1/24", kLan));
  local.add(address("203.0.113.1/24", kWan));
  local.add(address("203.0.113.2/24", kWan));
  return local;
}

// IPV4-29: whichever interface the packet came in by, an own address is an own address.
TEST(LocalAddresses, KnowWhatEachAddressIsToTheNode) {
  const LocalAddresses local = router();
  const struct {
    const char* address;
    LocalAddress expected;
  } rows[] = {
      {"192.168.1.1", {LocalKind::unicast, kLan}},
      {"203.0.113.2", {LocalKind::unicast, kWan}},
      {"192.168.1.255", {LocalKind::broadcast, kLan}},
      {"203.0.113.255", {LocalKind::broadcast, kWan}},
      {"255.255.255.255", {LocalKind::broadcast, kNoInterface}},
      {"224.0.0.1", {LocalKind::all_hosts, kNoInterface}},
      {"127.0.0.1", {LocalKind::unicast, kNoInterface}},
      // A neighbour, another group, a stranger.
      {"192.168.1.2", {}},
      {"224.0.0.5", {}},
      {"8.8.8.8", {}},
      // IPV4-33: the network address is an ordinary one.
      {"192.168.1.0", {}},
  };
  for (const auto& row : rows) EXPECT_EQ(local.find(ip(row.address)), row.expected) << row.address;
}

TEST(LocalAddresses, WithoutAnAddressAHostStillHearsBroadcasts) {
  const LocalAddresses none;
  EXPECT_EQ(none.find(ip("255.255.255.255")).kind, LocalKind::broadcast);
  EXPECT_FALSE(none.find(ip("192.168.1.1")));
  EXPECT_EQ(none.source_towards(kLan, ip("192.168.1.1")), std::nullopt);
}

// IPV4-34
TEST(LocalAddresses, PointToPointLinksHaveNoBroadcast) {
  LocalAddresses local;
  local.add(address("10.0.0.0/31", kPoint));
  local.add(address("10.9.9.9/32", kPoint));
  EXPECT_EQ(local.find(ip("10.0.0.0")).kind, LocalKind::unicast);
  EXPECT_FALSE(local.find(ip("10.0.0.1")));
  EXPECT_EQ(local.find(ip("10.9.9.9")).kind, LocalKind::unicast);
  EXPECT_FALSE(local.is_broadcast_on(kPoint, ip("10.0.0.1")));
}

TEST(LocalAddresses, OwnAddressIsUnicastThoughAnotherSubnetCallsItBroadcast) {
  LocalAddresses local;
  local.add(address("10.0.0.1/25", kLan));  // all ones here: 10.0.0.127
  local.add(address("10.0.0.127/24", kWan));
  EXPECT_EQ(local.find(ip("10.0.0.127")), (LocalAddress{LocalKind::unicast, kWan}));
}

// IPV4-21
TEST(LocalAddresses, DirectedBroadcastBelongsToItsOwnInterface) {
  const LocalAddresses local = router();
  EXPECT_TRUE(local.is_broadcast_on(kLan, ip("192.168.1.255")));
  EXPECT_FALSE(local.is_broadcast_on(kWan, ip("192.168.1.255")));
  EXPECT_TRUE(local.is_broadcast_on(kWan, ip("255.255.255.255")));
}

TEST(LocalAddresses, RemovedAddressIsForeignAgain) {
  LocalAddresses local = router();
  EXPECT_TRUE(local.remove(kWan, ip("203.0.113.1")));
  EXPECT_FALSE(local.remove(kWan, ip("203.0.113.1")));
  EXPECT_FALSE(local.find(ip("203.0.113.1")));
  EXPECT_EQ(local.find(ip("203.0.113.255")).kind, LocalKind::broadcast);  // the other one's
  EXPECT_TRUE(local.remove(kWan, ip("203.0.113.2")));
  EXPECT_FALSE(local.find(ip("203.0.113.255")));
}

TEST(LocalAddresses, SameAddressTwiceOnAnInterfaceCountsOnce) {
  LocalAddresses local = router();
  EXPECT_FALSE(local.add(address("192.168.1.1/24", kLan)));
  EXPECT_EQ(local.addresses().size(), 3U);
}

TEST(LocalAddresses, ManyAddressesAreAllFound) {
  LocalAddresses local;
  for (std::uint16_t i = 0; i < 1024; ++i)
    local.add({Ipv4Address{0x0a00'0001U + (std::uint32_t(i) << 8)}, 24, IfIndex{i}});
  for (std::uint16_t i = 0; i < 1024; ++i) {
    const std::uint32_t network = 0x0a00'0000U + (std::uint32_t(i) << 8);
    EXPECT_EQ(local.find({network + 1}), (LocalAddress{LocalKind::unicast, IfIndex{i}}));
    EXPECT_EQ(local.find({network + 255}), (LocalAddress{LocalKind::broadcast, IfIndex{i}}));
    EXPECT_FALSE(local.find({network + 2}));
  }
}

TEST(SourceSelection, TheFirstAddressIsPrimary) {
  EXPECT_EQ(router().primary(kWan), ip("203.0.113.1"));
  EXPECT_EQ(router().primary(kPoint), std::nullopt);
}

TEST(SourceSelection, PrefersTheRouteThenTheNextHopsSubnetThenThePrimary) {
  LocalAddresses local = router();
  local.add(address("198.51.100.9/24", kWan));
  Route towards;
  towards.out = kWan;
  towards.next_hop = ip("198.51.100.254");
  EXPECT_EQ(local.select_source(towards, ip("8.8.8.8")), ip("198.51.100.9"));
  towards.next_hop = ip("172.16.0.1");  // on none of the subnets
  EXPECT_EQ(local.select_source(towards, ip("8.8.8.8")), ip("203.0.113.1"));
  towards.preferred_source = ip("192.168.1.1");
  EXPECT_EQ(local.select_source(towards, ip("8.8.8.8")), ip("192.168.1.1"));
}

// As `ip route get` says on Linux.
TEST(SourceSelection, TowardsAnOwnAddressItIsTheFirstOneOfItsSubnet) {
  LocalAddresses local;
  for (const char* const one :
       {"203.0.113.1/24", "203.0.113.3/24", "203.0.113.4/32", "203.0.113.5/25"})
    local.add(address(one, kWan));
  local.add(address("203.0.113.6/24", kLan));
  EXPECT_EQ(local.source_towards_own(ip("203.0.113.1")), ip("203.0.113.1"));
  EXPECT_EQ(local.source_towards_own(ip("203.0.113.3")), ip("203.0.113.1"));
  EXPECT_EQ(local.source_towards_own(ip("203.0.113.4")), ip("203.0.113.4"));
  EXPECT_EQ(local.source_towards_own(ip("203.0.113.5")), ip("203.0.113.5"));
  EXPECT_EQ(local.source_towards_own(ip("203.0.113.6")), ip("203.0.113.6"));
  EXPECT_EQ(local.source_towards_own(ip("127.0.0.5")), ip("127.0.0.1"));
}

TEST(SourceSelection, InterfaceWithoutAddressBorrowsTheNodesFirst) {
  EXPECT_EQ(router().source_towards(kPoint, ip("10.0.0.1")), ip("192.168.1.1"));
}

}  // namespace
}  // namespace natsim
