// What is cabled to what, and who hears whose broadcasts.
#include "sim/network/topology_graph.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/graph/dijkstra_shortest_paths.hpp>

#include "sim/network/address_ranges.h"
#include "sim/network/topology_segments.h"
#include "tests/network/planned_topologies.h"

namespace natsim::test {
namespace {

using Names = std::vector<std::string>;

Names names_of_cables(const TopologyGraph& graph) {
  Names names;
  for (const TopologyCable& cable : graph.cables())
    names.push_back(graph.name(cable.a) + " - " + graph.name(cable.b));
  return names;
}

/// "VLAN 10 of sw1: a:eth0 b:eth0", a line a segment that has members.
Names segments_of(const Spec& spec) {
  const spec::Topology topology = spec.build();
  const TopologyGraph graph(topology);
  Names lines;
  const SegmentMap map(graph);
  for (const Segment& segment : map.segments()) {
    if (segment.members.empty()) continue;
    std::string line = describe(graph, segment) + ":";
    for (const InterfaceRef& at : segment.members) line += " " + graph.name(at);
    lines.push_back(line);
  }
  return lines;
}

/// "sw1 sw2 sw3 by sw3:b - sw1:b in 10 20".
Names loops_of(const Spec& spec) {
  const spec::Topology topology = spec.build();
  const TopologyGraph graph(topology);
  Names lines;
  for (const Loop& loop : find_loops(graph)) {
    std::string line;
    for (const std::uint32_t v : loop.switches) line += graph.name(v) + " ";
    line += "by " + names_of_cables(graph)[loop.cable];
    if (!loop.vlans.empty()) line += " in";
    for (const std::uint16_t vlan : loop.vlans) line += " " + std::to_string(vlan);
    lines.push_back(line);
  }
  return lines;
}

TEST(TopologyGraph, VerticesAreNodesThenNetworks) {
  const spec::Topology topology = home_nat().build();
  const TopologyGraph graph(topology);
  ASSERT_EQ(boost::num_vertices(graph.graph()), 6u);
  EXPECT_EQ(graph.graph()[graph.vertex_of_node(2)].kind, VertexKind::router);
  EXPECT_EQ(graph.graph()[graph.vertex_of_network(1)].kind, VertexKind::network);
  EXPECT_EQ(graph.name(graph.vertex_of_network(1)), "internet");
  EXPECT_EQ(graph.find_node("nas"), 1u);
  EXPECT_EQ(graph.find_network("nowhere"), TopologyGraph::kNone);
}

TEST(TopologyGraph, CablesAreDropCablesThenLinksAndSoAreEdges) {
  const spec::Topology topology = two_lans_router().build();
  const TopologyGraph graph(topology);
  EXPECT_EQ(names_of_cables(graph), (Names{"a:eth0 - left", "r:left - left", "sw:p1 - r:right",
                                           "sw:p2 - b:eth0", "c:eth0 - sw:p3"}));
  std::uint32_t expected = 0;
  const auto [begin, end] = boost::edges(graph.graph());
  for (auto edge = begin; edge != end; ++edge) EXPECT_EQ(graph.graph()[*edge].cable, expected++);
  EXPECT_EQ(expected, graph.cables().size());
}

TEST(TopologyGraph, DelayIsTheShorterDirectionsAndHalfANetworksOnEachDrop) {
  spec::Cable slow;
  slow.delay = 10_ms;
  Spec spec;
  spec.network("lan", slow).host("a").eth("e", {.network = "lan"}).host("b").eth("e", {});
  spec.eth("f", {.network = "lan"}).host("c").eth("e", {}).link("b:e", "c:e", slow);
  spec::Topology topology = spec.build();
  topology.links[0].b_to_a.delay = 3_ms;
  const TopologyGraph graph(topology);
  ASSERT_EQ(graph.cables().size(), 3u);
  EXPECT_EQ(graph.cables()[0].delay_min, 5_ms);
  EXPECT_EQ(graph.cables()[2].delay_min, 3_ms);

  // Boost's algorithms run on it: a - lan - b - c.
  std::vector<Duration> distance(boost::num_vertices(graph.graph()));
  boost::dijkstra_shortest_paths(
      graph.graph(), graph.find_node("a"),
      boost::weight_map(boost::get(&TopologyEdge::delay_min, graph.graph()))
          .distance_map(distance.data())
          .distance_inf(Duration::max())
          .distance_zero(Duration()));
  EXPECT_EQ(distance[graph.find_node("c")], 13_ms);
}

TEST(TopologyGraph, PartsThatNoCableJoinsAreComponents) {
  Spec spec;
  spec.host("a").eth("e", {}).host("b").eth("e", {}).host("alone").host("c").eth("e", {});
  spec.link("a:e", "c:e");
  const spec::Topology topology = spec.build();
  EXPECT_EQ(TopologyGraph(topology).components(), (std::vector<std::uint32_t>{0, 1, 2, 0}));
}

TEST(TopologyGraph, WhatDoesNotExistIsLeftOut) {
  Spec spec;
  spec.host("a").eth("eth0", {.network = "nowhere"}).sw("sw");
  spec.link("a:eth0", "ghost:eth0").link("a:eth7", "sw:p9").link("a:eth0", "a:eth0");
  const spec::Topology topology = spec.build();
  const TopologyGraph graph(topology);
  EXPECT_EQ(names_of_cables(graph), (Names{"a:eth7 - sw:p9", "a:eth0 - a:eth0"}));
  EXPECT_EQ(graph.cables()[0].a.port, CableEnd::kUnlisted);
  EXPECT_EQ(graph.switch_port(graph.cables()[0].b).access, 1);
  const SegmentMap map(graph);
  ASSERT_EQ(map.segments().size(), 1u);  // a:eth0 alone; nothing reaches a VLAN of the switch.
  EXPECT_EQ(map.segments()[0].members, (std::vector<InterfaceRef>{{0, 0}}));
  EXPECT_TRUE(map.segments()[0].bridges.empty());
}

TEST(TopologyGraph, SubInterfacesUseTheirBasesCable) {
  for (const bool base_is_listed : {true, false}) {
    Spec spec;
    spec.router("r");
    if (base_is_listed) spec.eth("eth0", {});
    spec.eth("eth0.10", {.vlan = 10}).eth("eth0.20", {.vlan = 20}).eth("eth1", {});
    spec.sw("sw").trunk("p", {10, 20}).link("r:eth0", "sw:p");
    const spec::Topology topology = spec.build();
    const TopologyGraph graph(topology);
    const auto sub = graph.find_port(0, "eth0.20");
    EXPECT_TRUE(graph.is_plugged({0, sub}));
    EXPECT_FALSE(graph.is_plugged({0, graph.find_port(0, "eth1")}));
    EXPECT_EQ(graph.carrier({0, sub}).interface, 0u);
    EXPECT_EQ(graph.interfaces_at(graph.cables()[0].a).size(), base_is_listed ? 3u : 2u);
  }
}

TEST(TopologyGraph, PortsAreFoundByNameHoweverManyThereAre) {
  for (const int others : {0, 5, 6, 7, 50}) {
    Spec spec;
    spec.router("r").eth("eth0.10", {.vlan = 10}).eth("eth1", {}).eth("eth1.5", {.vlan = 5});
    for (int i = 0; i < others; ++i) spec.eth("x" + std::to_string(i), {});
    spec.sw("sw").access("a");
    for (int i = 0; i < others; ++i) spec.access("x" + std::to_string(i));
    spec.access("z").access("a");
    const spec::Topology topology = spec.build();
    const TopologyGraph graph(topology);
    EXPECT_EQ(graph.find_port(0, "eth0"), 0u) << others;
    EXPECT_EQ(graph.find_port(0, "eth1"), 1u) << others;
    EXPECT_EQ(graph.find_port(0, "eth1.5"), 2u) << others;
    EXPECT_EQ(graph.find_port(0, "eth2"), TopologyGraph::kNone) << others;
    EXPECT_EQ(graph.carrier({0, 2}), (InterfaceRef{0, 1})) << others;
    EXPECT_EQ(graph.find_port(1, "a"), 0u) << others;
    EXPECT_EQ(graph.find_port(1, "z"), std::uint32_t(others) + 1) << others;
    EXPECT_EQ(graph.find_port(1, "b"), TopologyGraph::kNone) << others;
  }
}

TEST(Segments, FollowVlansThroughTrunksAndSubInterfaces) {  // VLAN-10, VLAN-19
  EXPECT_EQ(segments_of(vlan_office()),
            (Names{"VLAN 1 of sw1 and sw2: router:eth0",
                   "VLAN 10 of sw1 and sw2: router:eth0.10 pc1:eth0 pc3:eth0",
                   "VLAN 20 of sw1 and sw2: router:eth0.20 pc2:eth0 pc4:eth0",
                   "VLAN 30 of sw1 and sw2: router:eth0.30 printer:eth0"}));
}

TEST(Segments, AreNetworksPlainSwitchesAndCables) {
  Spec spec = two_lans_router();
  spec.host("x").eth("eth0", {}).host("y").eth("eth0", {}).host("z").eth("eth0", {});
  spec.link("x:eth0", "y:eth0");
  EXPECT_EQ(segments_of(spec),
            (Names{"network 'left': a:eth0 r:left", "switch sw: b:eth0 c:eth0 r:right",
                   "r:lo: r:lo", "the cable x:eth0 – y:eth0: x:eth0 y:eth0", "z:eth0: z:eth0"}));
}

/// Two routers that both speak VLAN 10 and untagged; what is between them comes next.
Spec two_taggers(const std::string& network) {
  Spec spec;
  for (const char* name : {"a", "b"})
    spec.router(name).eth("e", {.network = network}).eth("e.10", {.vlan = 10});
  return spec;
}

TEST(Segments, TagsPassANetwork) {  // VLAN-17
  EXPECT_EQ(segments_of(two_taggers("lan").network("lan")),
            (Names{"network 'lan': a:e b:e", "VLAN 10 on network 'lan': a:e.10 b:e.10"}));
}

TEST(Segments, TagsDoNotPassASwitchThatSaysNothingOfVlans) {  // VLAN-09
  Spec spec = two_taggers("").sw("sw").access("p").access("q").link("sw:p", "a:e");
  EXPECT_EQ(segments_of(spec.link("sw:q", "b:e")),
            (Names{"switch sw: a:e b:e", "a:e.10: a:e.10", "b:e.10: b:e.10"}));
}

TEST(Segments, NativeMismatchMakesTwoVlansOne) {  // VLAN-12
  Spec spec;
  spec.sw("sw1").access("a", 10).trunk("t", {30}, 10);
  spec.sw("sw2").access("b", 20).access("c", 10).trunk("t", {30}, 20);
  spec.host("a").eth("e", {}).host("b").eth("e", {}).host("c").eth("e", {});
  spec.link("sw1:a", "a:e").link("sw2:b", "b:e").link("sw2:c", "c:e").link("sw1:t", "sw2:t");
  EXPECT_EQ(segments_of(spec), (Names{"VLAN 10 of sw1: a:e b:e", "VLAN 10 of sw2: c:e"}));
}

TEST(Segments, TrunkWithoutNativeVlanTakesNoUntaggedFrames) {  // VLAN-07
  Spec spec;
  spec.sw("sw").trunk("p", {10}).access("q", 10).host("a").eth("e", {}).eth("e.10", {.vlan = 10});
  spec.host("b").eth("e", {}).link("a:e", "sw:p").link("b:e", "sw:q");
  EXPECT_EQ(segments_of(spec), (Names{"a:e: a:e", "VLAN 10 of sw: a:e.10 b:e"}));
}

/// A ring of switches, each with ports a and b.
Spec ring(int count, bool stp_on_first = false) {
  Spec spec;
  for (int i = 1; i <= count; ++i)
    spec.sw("sw" + std::to_string(i), stp_on_first && i == 1).access("a").access("b");
  for (int i = 1; i <= count; ++i)
    spec.link("sw" + std::to_string(i) + ":b", "sw" + std::to_string(i % count + 1) + ":a");
  return spec;
}

TEST(Loops, NameTheSwitchesAndTheCableThatClosesTheRing) {  // ETH-21
  EXPECT_EQ(loops_of(ring(3)), Names{"sw3 sw2 sw1 by sw3:b - sw1:a"});
  EXPECT_EQ(loops_of(ring(2)), Names{"sw2 sw1 by sw2:b - sw1:a"});
}

TEST(Loops, StpBreaksRingsWhereItIsSpoken) {
  const spec::Topology topology = ring(4, true).build();
  const TopologyGraph graph(topology);
  EXPECT_EQ(find_loops(graph, Stp::breaks_rings).size(), 0u);
  EXPECT_EQ(find_loops(graph, Stp::ignored).size(), 1u);
  EXPECT_EQ(find_loops(graph).size(), 1u);  // Who simulates no STP needs to know of every ring.
}

TEST(Loops, CableBackToTheSameSwitchIsOne) {
  Spec spec;
  spec.sw("sw").access("a").access("b").access("c").link("sw:a", "sw:b").link("sw:c", "sw:c");
  EXPECT_EQ(loops_of(spec), Names{"sw by sw:a - sw:b"});
}

TEST(Loops, AreCountedVlanByVlan) {
  // A triangle of trunks: VLAN 10 goes all round, VLAN 20 misses a side.
  Spec spec;
  spec.sw("sw1")
      .trunk("a", {10, 20})
      .trunk("b", {10})
      .sw("sw2")
      .trunk("a", {10, 20})
      .trunk("b", {10, 20});
  spec.sw("sw3").trunk("a", {10, 20}).trunk("b", {10, 20});
  spec.link("sw1:a", "sw2:a").link("sw2:b", "sw3:a").link("sw3:b", "sw1:b");
  EXPECT_EQ(loops_of(spec), Names{"sw3 sw2 sw1 by sw3:b - sw1:b in 10"});
}

TEST(Loops, TakeOnlyWhatEverySwitchOnTheRingPasses) {
  // Plain switches pass the untagged VLAN of the trunks around them, and nothing tagged.
  const auto through_plain = [](std::optional<std::uint16_t> native) {
    Spec spec;
    spec.sw("sw").trunk("a", {10, 20}, native).trunk("b", {20, 30}, native);
    spec.sw("plain").access("a").access("b").link("sw:a", "plain:a");
    return spec.link("plain:b", "sw:b");
  };
  EXPECT_EQ(loops_of(through_plain({})), Names{});
  EXPECT_EQ(loops_of(through_plain(1)), Names{"plain sw by plain:b - sw:b in 1"});
}

TEST(Loops, ManyAreSpelledOutOnlyInPart) {
  Spec spec = ring(3);
  for (std::size_t i = 0; i < kLoopsSpelledOut; ++i)
    spec.link("sw1:x" + std::to_string(i), "sw3:x" + std::to_string(i));
  const Names loops = loops_of(spec);
  ASSERT_EQ(loops.size(), kLoopsSpelledOut + 1);
  EXPECT_EQ(loops[kLoopsSpelledOut - 1], "sw1 sw2 sw3 by sw1:x98 - sw3:x98");
  EXPECT_EQ(loops[kLoopsSpelledOut], "sw1 sw3 by sw1:x99 - sw3:x99");
}

TEST(AddressRanges, HoldWhatTheirPrefixesHold) {
  const auto range = AddressRange::of(prefix("2001:db8::5/63"));
  EXPECT_EQ(range.first, ip("2001:db8::"));
  EXPECT_EQ(range.last, ip("2001:db8:0:1:ffff:ffff:ffff:ffff"));
  EXPECT_EQ(AddressRange::of(prefix("10.0.0.7/32")).last, ip("10.0.0.7"));
  EXPECT_EQ(AddressRange::of(prefix("0.0.0.0/0")).last, ip("255.255.255.255"));
}

TEST(AddressRanges, AreAUnion) {
  const AddressRanges ranges({{ip("10.0.0.20"), ip("10.0.0.29")},
                              {ip("10.0.0.0"), ip("10.0.0.9")},
                              {ip("10.0.0.5"), ip("10.0.0.12")},
                              {ip("10.0.0.99"), ip("10.0.0.90")}});
  for (const char* in : {"10.0.0.0", "10.0.0.12", "10.0.0.20", "10.0.0.29"})
    EXPECT_TRUE(ranges.contains(ip(in))) << in;
  for (const char* out : {"9.255.255.255", "10.0.0.13", "10.0.0.30", "10.0.0.95", "::"})
    EXPECT_FALSE(ranges.contains(ip(out))) << out;
}

}  // namespace
}  // namespace natsim::test
