// Goal: a network may have more nodes and ports than fit into 16 bits, and is still built at once.
// Nothing here is timed; what is quadratic in the number of nodes does not come back.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "sim/network/build.h"
#include "sim/node/ip_node.h"
#include "tests/network/spec_builder.h"

namespace natsim::test {
namespace {

constexpr std::uint32_t kHosts = 70'000;

std::string address_of(std::uint32_t host) {
  return fmt::format("10.{}.{}.{}/8", host >> 16, host >> 8 & 255, host & 255);
}

std::unique_ptr<Network> built(const Spec& spec) {
  Problems problems;
  const spec::Topology topology = spec.build();
  auto network = build_network(topology, problems);
  EXPECT_TRUE(problems.empty()) << problems[0].message;
  return network;
}

/// The last host gets an answer from the first one.
void expect_answer(Network& network) {
  IpNode& last = *network.ip_node(*network.find(fmt::format("h{}", kHosts)));
  last.sockets().ping({.destination = ip("10.0.0.1")}, {});
  network.run_until(Instant() + Duration::seconds(1));
  EXPECT_EQ(last.port({0}).received().frames, 2u) << "the ARP reply and the echo reply";
}

TEST(LargeNetworks, ALanOfMoreThan65535Hosts) {
  Spec spec;
  spec.network("lan");
  for (std::uint32_t i = 1; i <= kHosts; ++i)
    spec.host(fmt::format("h{}", i)).eth("eth0", {.network = "lan", .addresses = {address_of(i)}});
  const auto network = built(spec);
  ASSERT_NE(network, nullptr);
  expect_answer(*network);
}

TEST(LargeNetworks, ASwitchOfMoreThan65535Ports) {
  Spec spec;
  spec.sw("sw");
  for (std::uint32_t i = 1; i <= kHosts; ++i) spec.access(fmt::format("p{}", i));
  for (std::uint32_t i = 1; i <= kHosts; ++i)
    spec.host(fmt::format("h{}", i)).eth("eth0", {.addresses = {address_of(i)}});
  for (std::uint32_t i = 1; i <= kHosts; ++i)
    spec.link(fmt::format("sw:p{}", i), fmt::format("h{}:eth0", i));
  const auto network = built(spec);
  ASSERT_NE(network, nullptr);
  expect_answer(*network);
}

TEST(LargeNetworks, ARouterOfTooManyInterfacesIsRefused) {
  Spec spec;
  spec.router("r");
  for (std::uint32_t i = 1; i <= 65'536; ++i)
    spec.eth(fmt::format("e{}", i),
             {.addresses = {fmt::format("10.0.{}.{}/32", i >> 8 & 255, i & 255)}});
  Problems problems;
  EXPECT_EQ(build_network(spec.build(), problems), nullptr);
  ASSERT_FALSE(problems.empty());
  EXPECT_EQ(problems[0].message, "r has more than 65535 interfaces");
}

}  // namespace
}  // namespace natsim::test
