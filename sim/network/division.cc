#include "sim/network/division.h"

#include <algorithm>
#include <bit>
#include <boost/pending/disjoint_sets.hpp>
#include <numeric>
#include <optional>

#include "sim/base/check.h"
#include "sim/network/estimated_load.h"
#include "sim/network/graph_partition.h"

namespace natsim {
namespace {

/// A part with that much more than its share, in percent, is as good as one with its share.
constexpr std::uint64_t kBalanceTolerance = 10;

/// How long frames on the cable take at least, in both directions; zero: it cannot be cut.
Duration slack_of(const TopologyGraph& graph, const TopologyCable& cable) {
  const spec::Topology& topology = graph.topology();
  const auto overtaken = [](const spec::Cable& spec) { return !spec.reorder.zero(); };
  const bool cannot = cable.is_drop()
                          ? overtaken(topology.networks[graph.graph()[cable.b.vertex].index].cable)
                          : overtaken(topology.links[cable.link].a_to_b) ||
                                overtaken(topology.links[cable.link].b_to_a);
  return cannot ? Duration() : cable.delay_min;
}

/// Delays from the longest to the shortest, each standing for those up to twice as long. The first
/// is longer than any cable: what has none in common need not be cut.
std::vector<Duration> levels_of(const std::vector<Duration>& slacks) {
  std::vector<Duration> levels = {Duration::max()};
  for (const Duration slack : slacks)
    if (slack > Duration())
      levels.push_back(
          Duration::nanoseconds(std::int64_t(std::bit_floor(std::uint64_t(slack.ns())))));
  std::sort(levels.begin(), levels.end(), std::greater<>());
  levels.erase(std::unique(levels.begin(), levels.end()), levels.end());
  return levels;
}

class Divider {
 public:
  explicit Divider(const TopologyGraph& graph) : graph_(graph), load_(estimate_load(graph)) {
    for (const TopologyCable& cable : graph.cables()) slacks_.push_back(slack_of(graph, cable));
    for (const std::uint64_t load : load_.of_vertex) total_ += load;
  }

  Division divide(std::uint32_t parts, std::uint32_t threads) {
    Division best;
    std::uint64_t best_load = total_;
    for (const Duration level : levels_of(slacks_)) {
      const auto division = cut_at(level, parts);
      if (!division) continue;
      const std::uint64_t largest = largest_of(*division);
      if (largest < best_load) best = *division, best_load = largest;
      if (largest <= total_ / threads * (100 + kBalanceTolerance) / 100) break;
    }
    return best;
  }

 private:
  static constexpr std::uint32_t kUnknown = 0xffff'ffff;

  /// Cuts no cable that is shorter than `level`: what they connect is one vertex.
  std::optional<Division> cut_at(Duration level, std::uint32_t parts) {
    const std::size_t vertices = load_.of_vertex.size();
    std::vector<std::uint32_t> rank(vertices), parent(vertices);
    boost::disjoint_sets sets(rank.data(), parent.data());
    for (std::uint32_t v = 0; v < vertices; ++v) sets.make_set(v);
    for (std::size_t c = 0; c < slacks_.size(); ++c)
      if (slacks_[c] < level) sets.union_set(cable(c).a.vertex, cable(c).b.vertex);

    std::vector<std::uint32_t> number(vertices, kUnknown), group(vertices);
    WeightedGraph groups;
    for (std::uint32_t v = 0; v < vertices; ++v) {
      std::uint32_t& known = number[sets.find_set(v)];
      if (known == kUnknown) {
        known = std::uint32_t(groups.weights.size());
        groups.weights.push_back(0);
      }
      group[v] = known;
      groups.weights[known] += load_.of_vertex[v];
    }
    if (groups.weights.size() < 2) return std::nullopt;
    for (std::size_t c = 0; c < slacks_.size(); ++c)
      groups.edges.push_back(
          {group[cable(c).a.vertex], group[cable(c).b.vertex], load_.of_cable[c]});
    const std::vector<std::uint32_t> part = partition(std::move(groups), parts);
    return numbered(group, part);
  }

  /// Parts by their first vertices, without those that nothing fell to.
  static Division numbered(const std::vector<std::uint32_t>& group,
                           const std::vector<std::uint32_t>& part_of_group) {
    Division division{0, {}};
    std::vector<std::uint32_t> number;
    for (const std::uint32_t g : group) {
      const std::uint32_t part = part_of_group[g];
      if (number.size() <= part) number.resize(part + 1, kUnknown);
      if (number[part] == kUnknown) number[part] = division.parts++;
      division.part_of.push_back(number[part]);
    }
    return division;
  }

  std::uint64_t largest_of(const Division& division) const {
    std::vector<std::uint64_t> loads(division.parts);
    for (std::size_t v = 0; v < division.part_of.size(); ++v)
      loads[division.part_of[v]] += load_.of_vertex[v];
    return *std::max_element(loads.begin(), loads.end());
  }

  const TopologyCable& cable(std::size_t number) const { return graph_.cables()[number]; }

  const TopologyGraph& graph_;
  EstimatedLoad load_;
  std::vector<Duration> slacks_;  // by cable
  std::uint64_t total_ = 0;
};

}  // namespace

std::uint32_t parts_for(const TopologyGraph& graph, std::uint32_t threads) {
  constexpr std::size_t kVerticesOfPart = 200;  // about a megabyte of nodes, cables and packets
  constexpr std::size_t kPartsOfThreadMax = 16;
  // One thread has nothing to share out: only where its caches overflow is it worth the windows.
  constexpr std::size_t kVerticesOfOneMin = 2000;
  const std::size_t vertices = boost::num_vertices(graph.graph());
  if (threads == 1 && vertices < kVerticesOfOneMin) return 1;
  const std::size_t each = vertices / threads / kVerticesOfPart;
  return threads * std::uint32_t(std::clamp<std::size_t>(each, 1, kPartsOfThreadMax));
}

Division divide(const TopologyGraph& graph, std::uint32_t parts, std::uint32_t threads) {
  SIM_CHECK(threads > 0 && threads <= parts);
  return parts == 1 ? Division() : Divider(graph).divide(parts, threads);
}

}  // namespace natsim
