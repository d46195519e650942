#include "sim/network/topology_segments.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "sim/network/topology_domains.h"

namespace natsim {
namespace {

/// Joins interfaces (elements 0 … interfaces-1) with each other and with domains (those after).
class Joiner {
 public:
  explicit Joiner(const TopologyGraph& graph) : graph_(graph), sets_(graph.interface_count()) {
    for (std::uint32_t v = 0; v < boost::num_vertices(graph.graph()); ++v)
      if (graph.is_network(v)) element_of(v, 0);
    for (const TopologyCable& cable : graph.cables()) join(cable);
  }

  std::size_t find(std::size_t element) { return sets_.find(element); }
  std::size_t find_domain(std::size_t domain) {
    return sets_.find(graph_.interface_count() + domain);
  }
  const Domains& domains() const { return domains_; }

 private:
  bool is_bridge(std::uint32_t v) const { return graph_.is_switch(v) || graph_.is_network(v); }

  std::size_t element_of(std::uint32_t vertex, std::uint16_t vlan) {
    const std::size_t element = graph_.interface_count() + domains_.of(vertex, vlan);
    sets_.grow(element + 1);
    return element;
  }

  void join(const TopologyCable& cable) {
    const bool a_bridges = is_bridge(cable.a.vertex), b_bridges = is_bridge(cable.b.vertex);
    if (a_bridges && b_bridges) {
      join_switches(cable.a, cable.b);
    } else if (!a_bridges && !b_bridges) {
      join_interfaces(cable.a, cable.b);
    } else {
      const CableEnd& bridge = a_bridges ? cable.a : cable.b;
      join_interfaces_to_bridge(a_bridges ? cable.b : cable.a, bridge);
    }
  }

  /// No cable leads from a network to a switch: networks take interfaces only.
  void join_switches(const CableEnd& a, const CableEnd& b) {
    for (const VlanPair& pair :
         joined_vlans(PortTags::of(graph_.switch_port(a)), PortTags::of(graph_.switch_port(b))))
      sets_.join(element_of(a.vertex, pair.a), element_of(b.vertex, pair.b));
  }

  void join_interfaces(const CableEnd& a, const CableEnd& b) {
    for (const std::uint32_t at_a : graph_.interfaces_at(a))
      for (const std::uint32_t at_b : graph_.interfaces_at(b))
        if (tag_of(at_a) == tag_of(at_b)) sets_.join(at_a, at_b);
  }

  void join_interfaces_to_bridge(const CableEnd& end, const CableEnd& bridge) {
    const bool is_open = graph_.is_network(bridge.vertex);
    const PortTags tags = is_open ? PortTags{} : PortTags::of(graph_.switch_port(bridge));
    for (const std::uint32_t number : graph_.interfaces_at(end)) {
      const std::uint16_t tag = tag_of(number);
      const bool passes = tag == 0 ? tags.untagged != 0 : tags.carries_tagged(tag);
      if (!is_open && !passes) continue;
      const std::uint16_t vlan = is_open || tag != 0 ? tag : tags.untagged;
      sets_.join(number, element_of(bridge.vertex, vlan));
    }
  }

  std::uint16_t tag_of(std::uint32_t number) const {
    const auto& vlan = graph_.interface(graph_.interface_at(number)).vlan;
    return vlan ? vlan->value : 0;
  }

  const TopologyGraph& graph_;
  Domains domains_;
  JoinedSets sets_;
};

std::string names_of(const TopologyGraph& graph, const std::vector<std::uint32_t>& vertices) {
  constexpr std::size_t kShown = 3;
  std::string text = graph.name(vertices[0]);
  for (std::size_t i = 1; i < std::min(vertices.size(), kShown); ++i)
    text += (i + 1 == vertices.size() ? " and " : ", ") + graph.name(vertices[i]);
  return vertices.size() > kShown ? text + ", …" : text;
}

/// Networks say most to a reader, then switches with VLANs, then plain ones.
int rank(const TopologyGraph& graph, const Bridging& bridge) {
  if (graph.is_network(bridge.vertex)) return 0;
  return mentions_vlans(graph.topology().nodes[bridge.vertex]) ? 1 : 2;
}

}  // namespace

SegmentMap::SegmentMap(const TopologyGraph& graph) : of_(graph.interface_count()) {
  Joiner joiner(graph);
  constexpr std::uint32_t kNone = TopologyGraph::kNone;
  const std::vector<Bridging>& domains = joiner.domains().all();
  std::vector<std::uint32_t> numbers(graph.interface_count() + domains.size(), kNone);
  const auto number_of = [&](std::size_t root) -> std::uint32_t {
    if (numbers[root] == kNone) {
      numbers[root] = std::uint32_t(segments_.size());
      segments_.emplace_back();
    }
    return numbers[root];
  };
  for (std::uint32_t i = 0; i < graph.interface_count(); ++i) {
    of_[i] = number_of(joiner.find(i));
    segments_[of_[i]].members.push_back(graph.interface_at(i));
  }
  for (std::size_t d = 0; d < domains.size(); ++d) {
    segments_[number_of(joiner.find_domain(d))].bridges.push_back(domains[d]);
  }
  for (Segment& segment : segments_)
    std::sort(segment.bridges.begin(), segment.bridges.end(),
              [](const Bridging& a, const Bridging& b) {
                return std::tie(a.vertex, a.vlan) < std::tie(b.vertex, b.vlan);
              });
}

std::string describe(const TopologyGraph& graph, const Segment& segment) {
  if (segment.bridges.empty()) {
    if (segment.members.empty()) return "an empty segment";
    const std::string first = graph.name(segment.members[0]);
    if (segment.members.size() == 1) return first;
    return fmt::format("the cable {} – {}", first, graph.name(segment.members[1]));
  }
  const Bridging& best = *std::min_element(
      segment.bridges.begin(), segment.bridges.end(),
      [&](const Bridging& a, const Bridging& b) { return rank(graph, a) < rank(graph, b); });
  std::vector<std::uint32_t> alike;
  for (const Bridging& bridge : segment.bridges)
    if (rank(graph, bridge) == rank(graph, best) && bridge.vlan == best.vlan)
      alike.push_back(bridge.vertex);
  if (graph.is_network(best.vertex)) {
    const std::string network = fmt::format("network '{}'", graph.name(best.vertex));
    return best.vlan == 0 ? network : fmt::format("VLAN {} on {}", best.vlan, network);
  }
  if (rank(graph, best) == 1)
    return fmt::format("VLAN {} of {}", best.vlan, names_of(graph, alike));
  return (alike.size() == 1 ? "switch " : "switches ") + names_of(graph, alike);
}

}  // namespace natsim
