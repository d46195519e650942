// Goal: a destination finds the route that RFC 1812 5.2.4.3 wants, in tables of every size.
// Method: small tables by hand; then random ones against a plain scan that restates the rule.
#include "sim/ip/routing_table.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sim/base/random.h"
#include "tests/ip/address_text.h"

namespace natsim {
namespace {

struct RouteText {
  const char* to;
  const char* via;
  std::uint32_t metric = 0;
};

Route route(const RouteText& text, std::uint16_t out = 0) {
  const Prefix to = prefix(text.to);
  Route result;
  result.network = to.address.v4();
  result.length = to.length;
  result.out = IfIndex{out};
  result.next_hop = ip(text.via);
  result.metric = text.metric;
  return result;
}

RoutingTable table_of(const std::vector<RouteText>& routes) {
  RoutingTable table;
  for (const RouteText& text : routes) table.add(route(text));
  return table;
}

std::string next_hop(const RoutingTable& table, const char* destination) {
  const Route* found = table.lookup(ip(destination));
  return found == nullptr ? "none" : found->next_hop.to_string();
}

// IPV4-01
TEST(RoutingTable, LongestPrefixWinsWhateverItsMetric) {
  const RoutingTable table = table_of({{"0.0.0.0/0", "10.0.0.254"},
                                       {"198.18.0.0/15", "203.0.113.21", 10},
                                       {"198.18.0.0/15", "203.0.113.22", 5},
                                       {"198.18.5.0/24", "203.0.113.23", 500}});
  EXPECT_EQ(next_hop(table, "198.18.1.1"), "203.0.113.22");  // lowest metric of two
  EXPECT_EQ(next_hop(table, "198.18.5.1"), "203.0.113.23");  // longer, though metric 500
  EXPECT_EQ(next_hop(table, "198.19.255.255"), "203.0.113.22");
  EXPECT_EQ(next_hop(table, "198.20.0.0"), "10.0.0.254");
}

TEST(RoutingTable, AmongEqualsTheFirstAddedWins) {
  const RoutingTable table =
      table_of({{"10.0.0.0/8", "192.0.2.1", 7}, {"10.0.0.0/8", "192.0.2.2", 7}});
  EXPECT_EQ(next_hop(table, "10.9.9.9"), "192.0.2.1");
}

// IPV4-06
TEST(RoutingTable, WithoutAMatchThereIsNoRoute) {
  EXPECT_EQ(next_hop(RoutingTable(), "10.0.0.1"), "none");
  EXPECT_EQ(next_hop(table_of({{"10.0.0.0/24", "192.0.2.1"}}), "10.0.1.0"), "none");
}

TEST(RoutingTable, RemembersTheLastDestinationOnlyUntilTheTableChanges) {
  RoutingTable table = table_of({{"10.0.0.0/8", "192.0.2.1"}});
  EXPECT_EQ(next_hop(table, "10.0.0.1"), "192.0.2.1");
  table.add(route({"10.0.0.0/24", "192.0.2.2"}));
  EXPECT_EQ(next_hop(table, "10.0.0.1"), "192.0.2.2");
  EXPECT_TRUE(table.remove(route({"10.0.0.0/24", "192.0.2.2"})));
  EXPECT_EQ(next_hop(table, "10.0.0.1"), "192.0.2.1");
  EXPECT_FALSE(table.remove(route({"10.0.0.0/24", "192.0.2.2"})));
}

TEST(RoutingTable, GenerationMovesWithEveryChangeAndNothingElse) {
  RoutingTable table;
  const std::uint32_t before = table.generation();
  table.add(route({"10.0.0.0/8", "192.0.2.1"}, 3));
  const std::uint32_t added = table.generation();
  EXPECT_NE(before, added);
  (void)table.lookup(ip("10.0.0.1"));
  (void)table.routes();
  EXPECT_EQ(table.remove_through(IfIndex{2}), 0U);
  EXPECT_EQ(table.generation(), added);
  EXPECT_EQ(table.remove_through(IfIndex{3}), 1U);
  EXPECT_NE(table.generation(), added);
}

// IPV4-02
TEST(RoutingTable, OnLinkRouteAsksForTheDestinationAndOthersForTheGateway) {
  const Route connected = connected_route(prefix("192.168.1.1/24"), IfIndex{4});
  EXPECT_EQ(connected.prefix().to_string(), "192.168.1.0/24");
  EXPECT_EQ(connected.preferred_source, ip("192.168.1.1"));
  EXPECT_EQ(connected.neighbor_for(ip("192.168.1.77")), ip("192.168.1.77"));
  EXPECT_EQ(route({"0.0.0.0/0", "192.168.1.254"}).neighbor_for(ip("8.8.8.8")), ip("192.168.1.254"));
}

// IPV4-07: the table says which kind matched; the answer is the stack's.
TEST(RoutingTable, KindsOtherThanUnicastNeedNoInterface) {
  RoutingTable table = table_of({{"0.0.0.0/0", "192.0.2.1"}});
  for (const auto& [to, kind] : {std::pair{"192.0.2.0/24", RouteKind::blackhole},
                                 std::pair{"192.0.3.0/24", RouteKind::unreachable},
                                 std::pair{"192.0.4.0/24", RouteKind::prohibit}}) {
    Route special = route({to, "0.0.0.0"});
    special.kind = kind;
    special.out = kNoInterface;
    table.add(special);
  }
  EXPECT_EQ(table.lookup(ip("192.0.2.5"))->kind, RouteKind::blackhole);
  EXPECT_EQ(table.lookup(ip("192.0.3.5"))->kind, RouteKind::unreachable);
  EXPECT_EQ(table.lookup(ip("192.0.4.5"))->kind, RouteKind::prohibit);
  EXPECT_EQ(table.lookup(ip("192.0.5.5"))->kind, RouteKind::unicast);
}

TEST(RoutingTable, ReportsLongestPrefixFirstThenNetworkThenMetric) {
  const RoutingTable table = table_of({{"0.0.0.0/0", "192.0.2.1"},
                                       {"10.2.0.0/16", "192.0.2.2"},
                                       {"10.1.0.0/16", "192.0.2.3", 9},
                                       {"10.1.0.0/16", "192.0.2.4", 1},
                                       {"10.1.1.1/32", "192.0.2.5"}});
  std::vector<std::string> hops;
  for (const Route& each : table.routes()) hops.push_back(each.next_hop.to_string());
  EXPECT_EQ(hops, (std::vector<std::string>{"192.0.2.5", "192.0.2.4", "192.0.2.3", "192.0.2.2",
                                            "192.0.2.1"}));
}

/// The rule itself, without any order that the table may keep.
const Route* reference(const std::vector<Route>& in_order_of_age, Ipv4Address destination) {
  const Route* best = nullptr;
  for (const Route& each : in_order_of_age) {
    if (!each.prefix().contains(destination)) continue;
    if (best == nullptr || each.length > best->length ||
        (each.length == best->length && each.metric < best->metric))
      best = &each;
  }
  return best;
}

/// Random prefixes that nest and touch often: few address bits vary.
Route random_route(Prng& random, std::uint32_t number) {
  Route result;
  result.length = std::uint8_t(random.between(0, 32));
  const std::uint32_t address =
      std::uint32_t(random.below(16)) << 28 | std::uint32_t(random.below(16)) << 20 |
      std::uint32_t(random.below(16)) << 4 | std::uint32_t(random.below(4));
  result.network = {address & netmask_of(result.length)};
  result.metric = std::uint32_t(random.below(3));
  result.out = IfIndex{0};
  result.next_hop = {number};  // tells them apart
  return result;
}

Ipv4Address random_destination(Prng& random, const std::vector<Route>& routes) {
  if (routes.empty() || random.below(4) == 0) return {std::uint32_t(random.next())};
  const Route& near = routes[random.below(routes.size())];
  const std::uint32_t last = near.network.value | ~netmask_of(near.length);
  switch (random.below(4)) {
    case 0: return near.network;
    case 1: return {near.network.value - 1};
    case 2: return {last};
    default: return {last + 1};
  }
}

class RoutingTableOfSize : public testing::TestWithParam<std::size_t> {};

TEST_P(RoutingTableOfSize, AgreesWithAPlainScanWhileRoutesComeAndGo) {
  Prng random(GetParam());
  RoutingTable table;
  std::vector<Route> plain;
  for (std::uint32_t step = 0; step < 60; ++step) {
    while (plain.size() < GetParam()) {
      plain.push_back(random_route(random, step << 16 | std::uint32_t(plain.size())));
      table.add(plain.back());
    }
    for (int i = 0; i < 50; ++i) {
      const Ipv4Address destination = random_destination(random, plain);
      const Route* expected = reference(plain, destination);
      const Route* found = table.lookup(destination);
      ASSERT_EQ(found == nullptr, expected == nullptr) << destination.to_string();
      if (found != nullptr) {
        ASSERT_EQ(*found, *expected) << destination.to_string();
      }
    }
    const auto gone = plain.begin() + std::ptrdiff_t(random.below(plain.size()));
    ASSERT_TRUE(table.remove(*gone));
    plain.erase(gone);
  }
}

INSTANTIATE_TEST_SUITE_P(AroundTheLimitOfScanning, RoutingTableOfSize,
                         testing::Values(1, 2, 7, 8, 9, 40, 300));

}  // namespace
}  // namespace natsim
