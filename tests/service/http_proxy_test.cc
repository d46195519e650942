// Goal: a balancer shares requests out evenly, or by who has least to do, and lets the ill rest.
#include "sim/service/http_proxy.h"

#include <gtest/gtest.h>

namespace natsim {
namespace {

std::vector<Endpoint> servers(std::size_t count) {
  std::vector<Endpoint> all;
  for (std::size_t i = 0; i < count; ++i)
    all.push_back({IpAddress(Ipv4Address::of(10, 0, 0, std::uint8_t(i + 1))), 80});
  return all;
}

TEST(HttpBalancer, RoundRobin) {
  HttpBalancer balancer(servers(3), HttpBalance::round_robin);
  for (std::size_t i = 0; i < 7; ++i) EXPECT_EQ(balancer.pick({}), i % 3);
}

TEST(HttpBalancer, LeastConnections) {
  HttpBalancer balancer(servers(3), HttpBalance::least_connections);
  EXPECT_EQ(balancer.pick({}), 0u);
  EXPECT_EQ(balancer.pick({}), 1u);
  EXPECT_EQ(balancer.pick({}), 2u);
  balancer.done(1);
  EXPECT_EQ(balancer.pick({}), 1u);
}

TEST(HttpBalancer, TheIllRest) {
  HttpBalancer balancer(servers(2), HttpBalance::round_robin);
  balancer.failed(0, {});
  balancer.set_healthy(1, false);
  EXPECT_EQ(balancer.pick({}), std::nullopt);
  balancer.set_healthy(1, true);
  EXPECT_EQ(balancer.pick({}), 1u);
  EXPECT_EQ(balancer.pick({}), 1u);
  EXPECT_EQ(balancer.pick(Instant() + HttpBalancer::kRest), 0u);
}

}  // namespace
}  // namespace natsim
