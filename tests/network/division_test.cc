// Goal: a network is cut where frames take their time, into parts that have about the same to do.
#include "sim/network/division.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/network/estimated_load.h"
#include "sim/network/graph_partition.h"
#include "tests/network/planned_topologies.h"

namespace natsim {
namespace {

using test::Spec;
using testing::ElementsAre;
using testing::Ge;
using testing::SizeIs;

spec::Cable cable(Duration delay, Ratio reorder = {}) {
  spec::Cable cable;
  cable.delay = delay;
  cable.reorder = reorder;
  return cable;
}

/// "abc def": which nodes are together, each by the first letter of its name.
std::string divided(const Spec& spec, std::uint32_t parts) {
  const spec::Topology topology = spec.build();
  const TopologyGraph graph(topology);
  const Division division = divide(graph, parts, parts);
  std::vector<std::string> names(division.parts);
  for (std::uint32_t v = 0; v < topology.nodes.size() + topology.networks.size(); ++v)
    names[division.of({v})] += graph.name(v).front();
  std::string text;
  for (const std::string& part : names) text += (text.empty() ? "" : " ") + part;
  return text;
}

/// a ─ b ─ c ─ d: routers and the cables between them.
Spec chain(const std::vector<spec::Cable>& cables) {
  Spec spec;
  for (std::size_t i = 0; i <= cables.size(); ++i) {
    spec.router(std::string(1, char('a' + i)));
    spec.eth("left", {}).eth("right", {});
  }
  for (std::size_t i = 0; i < cables.size(); ++i)
    spec.link(std::string(1, char('a' + i)) + ":right", std::string(1, char('b' + i)) + ":left",
              cables[i]);
  return spec;
}

TEST(Division, OfOnePartIsNone) { EXPECT_EQ(divided(chain({cable(1_ms)}), 1), "ab"); }

TEST(Division, CutsInTheMiddle) {
  EXPECT_EQ(divided(chain({cable(1_ms), cable(1_ms), cable(1_ms)}), 2), "ab cd");
}

TEST(Division, LeavesCablesWithoutDelayAlone) {
  EXPECT_EQ(divided(chain({cable(0_ns), cable(0_ns), cable(1_ms)}), 2), "abc d");
  EXPECT_EQ(divided(chain({cable(0_ns), cable(0_ns)}), 2), "abc");
}

TEST(Division, LeavesCablesAloneThatOvertakeTheirDelay) {
  EXPECT_EQ(divided(chain({cable(1_ms), cable(1_ms, {1, 100}), cable(1_ms)}), 3), "a bc d");
}

TEST(Division, PrefersLongCablesWhereThatIsFair) {
  EXPECT_EQ(divided(chain({cable(1_us), cable(1_us), cable(1_us), cable(5_ms), cable(1_us),
                           cable(1_us), cable(1_us)}),
                    2),
            "abcd efgh");
}

TEST(Division, CutsShorterOnesWhereItWouldNotBe) {
  EXPECT_EQ(divided(chain({cable(5_ms), cable(1_us), cable(1_us)}), 2), "ab cd");
}

TEST(Division, MakesNoMorePartsThanThereAreNodes) {
  EXPECT_EQ(divided(chain({cable(1_ms), cable(1_ms)}), 7), "a b c");
}

TEST(Division, OfALanCutsItsDropCables) {
  // Half of the delay is on each.
  Spec spec;
  spec.network("lan", cable(1_ms));
  for (const char* name : {"a", "b", "c"}) spec.host(name).eth("eth0", {.network = "lan"});
  EXPECT_EQ(divided(spec, 4), "a b c l");
  Spec tight;
  tight.network("lan", cable(1_ns));
  for (const char* name : {"a", "b"}) tight.host(name).eth("eth0", {.network = "lan"});
  EXPECT_EQ(divided(tight, 2), "abl") << "half of a nanosecond is nothing";
}

TEST(Division, GoesByTraffic) {
  // Nearly all that happens, happens between a and b; the others are many.
  Spec spec = chain(std::vector<spec::Cable>(7, cable(1_ms)));
  spec.ping("a", "b");
  spec::Topology topology = spec.build();
  topology.traffic.front().count = 1'000'000;
  const TopologyGraph graph(topology);
  const Division division = divide(graph, 2, 2);
  EXPECT_NE(division.of({0}), division.of({1}));
}

TEST(Division, OfNetworksThatDoNotMeet) {
  Spec spec;
  for (const char* name : {"a", "b", "c", "d"}) spec.router(name).eth("eth0", {});
  EXPECT_EQ(divided(spec, 2), "ac bd");
}

TEST(Division, NeverCutsWhatItMayNot) {
  for (const auto& spec :
       {test::home_nat(), test::port_forward(), test::two_lans_router(), test::office_dmz()}) {
    const spec::Topology topology = spec.build();
    const TopologyGraph graph(topology);
    for (const std::uint32_t parts : {2u, 3u, 8u, 64u}) {
      const Division division = divide(graph, parts, parts);
      EXPECT_LE(division.parts, parts);
      ASSERT_THAT(division.part_of, SizeIs(topology.nodes.size() + topology.networks.size()));
      for (const TopologyCable& between : graph.cables()) {
        const bool together = division.of({between.a.vertex}) == division.of({between.b.vertex});
        EXPECT_TRUE(together || between.delay_min > Duration());
      }
    }
  }
}

TEST(Division, OfTheSameNetworkIsTheSame) {
  const Spec spec = chain(std::vector<spec::Cable>(20, cable(1_ms)));
  EXPECT_EQ(divided(spec, 4), divided(spec, 4));
}

TEST(Partition, BalancesATree) {
  WeightedGraph tree;
  tree.weights.assign(1023, 1);
  for (std::uint32_t v = 1; v < 1023; ++v) tree.edges.push_back({v, (v - 1) / 2});
  for (const std::uint32_t parts : {2u, 3u, 16u}) {
    const std::vector<std::uint32_t> part = partition(tree, parts);
    ASSERT_THAT(part, SizeIs(1023));
    for (std::uint32_t p = 0; p < parts; ++p)
      EXPECT_LE(std::count(part.begin(), part.end(), p), 1023 / parts * 115 / 100 + 1);
  }
}

TEST(Partition, MindsWeightsThatAreLarge) {
  WeightedGraph path;
  path.weights = {1, 1, 1, std::uint64_t{1} << 50};
  path.edges = {{0, 1, std::uint64_t{1} << 60}, {1, 2, 1}, {2, 3, 1}, {3, 2, 1}, {1, 1, 9}};
  const std::vector<std::uint32_t> part = partition(path, 2);
  EXPECT_EQ(part[0], part[1]);
  EXPECT_NE(part[0], part[3]);
}

// METIS itself would give up on such a thing, and say so on stdout.
TEST(Partition, FillsEveryPartEvenIfOneVertexOutweighsAll) {
  WeightedGraph star;
  star.weights.assign(40, 1);
  star.weights[7] = 1'000'000;
  for (std::uint32_t v = 0; v < 40; ++v)
    if (v != 7) star.edges.push_back({7, v});
  for (const std::uint32_t parts : {2u, 3u, 8u, 39u}) {
    testing::internal::CaptureStdout();
    const std::vector<std::uint32_t> part = partition(star, parts);
    EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
    for (std::uint32_t p = 0; p < parts; ++p) EXPECT_GE(std::count(part.begin(), part.end(), p), 1);
  }
}

TEST(EstimatedLoad, FollowsTrafficThroughTheNetwork) {
  Spec spec = chain({cable(1_ms), cable(1_ms), cable(1_ms)});
  spec.udp("a", "c");
  spec::Topology topology = spec.build();
  topology.traffic.front().count = 1000;
  const EstimatedLoad load = estimate_load(TopologyGraph(topology));
  EXPECT_THAT(load.of_vertex, ElementsAre(Ge(1000u), Ge(1000u), Ge(1000u), 5u));
  EXPECT_THAT(load.of_cable, ElementsAre(1001u, 1001u, 1u));
}

}  // namespace
}  // namespace natsim
