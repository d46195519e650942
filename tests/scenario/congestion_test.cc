// Goal: `congestion_control` of a node and of a bulk transfer decides how fast TCP is where the two
// algorithms differ, and flows of several hosts share a router's cable.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <cstdlib>

#include "tests/scenario/simulation.h"

namespace natsim::scenario {
namespace {

/// Hosts a, b, c, d on a fast network, a router, a slow cable, and a sink.
std::vector<double> bytes_of(const std::string& keys_of_a, const std::string& cable,
                             const std::string& traffic) {
  std::string hosts;
  for (int i = 0; i < 4; ++i)
    hosts += fmt::format(
        "  {}: {{type: host, {}interfaces: {{eth0: {{network: lan, addresses: [10.0.0.{}/24]}}}}, "
        "routes: [{{to: default, via: 10.0.0.1}}]}}\n",
        char('a' + i), i == 0 ? keys_of_a : "", i + 10);
  Simulation run("congestion", fmt::format(R"(
name: congestion
networks: {{lan: {{bandwidth: 1Gbit/s}}}}
nodes:
{}  router:
    type: router
    interfaces:
      in: {{network: lan, addresses: [10.0.0.1/24]}}
      out: {{addresses: [10.1.0.1/24]}}
  sink:
    type: host
    interfaces: {{eth0: {{addresses: [10.1.0.2/24]}}}}
    routes: [{{to: default, via: 10.1.0.1}}]
    listen: [{{proto: tcp, port: 9, app: discard}}]
links:
  - {{endpoints: ["router:out", "sink:eth0"], {}}}
traffic:
{})",
                                           hosts, cable, traffic));
  EXPECT_TRUE(run.built()) << run.problems();
  if (!run.built()) return {};
  run.run_unwatched();
  std::vector<double> bytes;
  for (const TrafficResult& result : run.scenario().traffic())
    bytes.push_back(std::atof(result.summary.c_str()));
  return bytes;
}

TEST(CongestionControl, TheKeysDecide) {
  const std::string far = "delay: 50ms, bandwidth: 200Mbit/s, queue: 500kB, a_to_b: {loss: 0.01%}";
  const std::string alone = "  - {at: 1s, from: a, bulk: \"sink:9\", for: 60s}\n";
  const std::string with_reno =
      "  - {at: 1s, from: a, bulk: \"sink:9\", for: 60s, congestion_control: reno}\n";
  const double usual = bytes_of("", far, alone).at(0);
  EXPECT_EQ(bytes_of("congestion_control: cubic, ", far, alone).at(0), usual);
  const double reno = bytes_of("congestion_control: reno, ", far, alone).at(0);
  EXPECT_EQ(bytes_of("", far, with_reno).at(0), reno) << "the item's own";
  EXPECT_GT(usual, 1.2 * reno) << "RFC 9438 1: the path is long and fast";
}

TEST(CongestionControl, FourHostsShareACable) {
  for (const char* algorithm : {"reno", "cubic"}) {
    std::string traffic;
    for (const char host : {'a', 'b', 'c', 'd'})
      traffic += fmt::format(
          "  - {{at: 1s, from: {}, bulk: \"sink:9\", for: 60s, congestion_control: {}}}\n", host,
          algorithm);
    const auto bytes = bytes_of(
        "", "delay: 10ms, bandwidth: 20Mbit/s, queue: 50kB, a_to_b: {loss: 0.01%}", traffic);
    ASSERT_EQ(bytes.size(), 4u);
    double sum = 0, squares = 0;
    for (const double each : bytes) sum += each, squares += each * each;
    EXPECT_GT(sum * sum / 4 / squares, 0.9) << algorithm << ": Jain's index";
    EXPECT_GT(sum, 60 * 20e6 / 8 * 0.85) << algorithm;
  }
}

}  // namespace
}  // namespace natsim::scenario
