#include "sim/network/graph_partition.h"

#include <metis.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "sim/base/check.h"

namespace natsim {
namespace {

/// METIS adds weights up in 32 bits, with factors on top.
constexpr std::uint64_t kWeightSumMax = 1u << 24;

/// Loops are gone, and of two vertices there is one edge, from the smaller to the larger.
void tidy_up(std::vector<WeightedEdge>& edges) {
  std::erase_if(edges, [](const WeightedEdge& edge) { return edge.a == edge.b; });
  for (WeightedEdge& edge : edges)
    if (edge.a > edge.b) std::swap(edge.a, edge.b);
  const auto ends = [](const WeightedEdge& edge) { return std::pair(edge.a, edge.b); };
  std::sort(edges.begin(), edges.end(),
            [&](const WeightedEdge& x, const WeightedEdge& y) { return ends(x) < ends(y); });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < edges.size(); ++i) {
    if (kept > 0 && ends(edges[kept - 1]) == ends(edges[i]))
      edges[kept - 1].weight += edges[i].weight;
    else
      edges[kept++] = edges[i];
  }
  edges.resize(kept);
}

/// Keeps the sum of weights in bounds, and each of them above zero.
class Scale {
 public:
  explicit Scale(std::uint64_t sum) : divisor_(sum / kWeightSumMax + 1) {}
  idx_t operator()(std::uint64_t weight) const {
    return idx_t(std::max<std::uint64_t>(1, weight / divisor_));
  }

 private:
  std::uint64_t divisor_;
};

/// METIS's compressed sparse rows: each edge stands at both its ends.
struct Rows {
  std::vector<idx_t> first, neighbors, edge_weights, vertex_weights;

  explicit Rows(const WeightedGraph& graph) : first(graph.weights.size() + 1) {
    std::uint64_t vertex_sum = 0, edge_sum = 0;
    for (const std::uint64_t weight : graph.weights) vertex_sum += weight;
    for (const WeightedEdge& edge : graph.edges) edge_sum += edge.weight;
    const Scale vertex_weight(vertex_sum), edge_weight(edge_sum);
    for (const std::uint64_t weight : graph.weights)
      vertex_weights.push_back(vertex_weight(weight));
    for (const WeightedEdge& edge : graph.edges) ++first[edge.a + 1], ++first[edge.b + 1];
    std::partial_sum(first.begin(), first.end(), first.begin());
    neighbors.resize(graph.edges.size() * 2);
    edge_weights.resize(graph.edges.size() * 2);
    std::vector<idx_t> next(first.begin(), first.end() - 1);
    const auto put = [&](std::uint32_t at, std::uint32_t neighbor, std::uint64_t weight) {
      neighbors[std::size_t(next[at])] = idx_t(neighbor);
      edge_weights[std::size_t(next[at]++)] = edge_weight(weight);
    };
    for (const WeightedEdge& edge : graph.edges) {
      put(edge.a, edge.b, edge.weight);
      put(edge.b, edge.a, edge.weight);
    }
  }
};

/// Without edges it is a matter of weights alone: the heaviest first, each to the lightest part.
std::vector<std::uint32_t> spread(const std::vector<std::uint64_t>& weights, std::uint32_t parts) {
  std::vector<std::uint32_t> by_weight(weights.size()), part_of(weights.size());
  std::iota(by_weight.begin(), by_weight.end(), 0u);
  std::stable_sort(by_weight.begin(), by_weight.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return weights[a] > weights[b]; });
  std::vector<std::uint64_t> sums(parts);
  for (const std::uint32_t vertex : by_weight) {
    const auto lightest = std::min_element(sums.begin(), sums.end());
    *lightest += weights[vertex];
    part_of[vertex] = std::uint32_t(lightest - sums.begin());
  }
  return part_of;
}

/// Halves a graph again and again. METIS can do that too, but where a side has too few vertices for
/// its share of the parts it gives up, and says so on stdout.
class Halving {
 public:
  explicit Halving(std::size_t vertices) : part_of_(vertices) {}

  /// `name` tells the vertices' numbers in the whole graph; the parts are `first` and those after
  /// it.
  void divide(WeightedGraph graph, std::vector<std::uint32_t> name, std::uint32_t first,
              std::uint32_t parts) {
    const std::size_t vertices = graph.weights.size();
    const std::uint32_t left = parts / 2;
    if (parts == 1 || vertices <= parts || graph.edges.empty())
      return place(spread(graph.weights, parts), name, first);
    const std::vector<idx_t> side = halve(graph, left, parts - left);
    const auto on_right = std::uint32_t(std::count(side.begin(), side.end(), 1));
    const auto on_left = std::uint32_t(vertices) - on_right;
    if (on_left == 0 || on_right == 0) return place(spread(graph.weights, parts), name, first);
    // What one side has no vertices for, the other one gets.
    const std::uint32_t right_parts = std::min(parts - std::min(left, on_left), on_right);
    const std::uint32_t left_parts = parts - right_parts;
    std::vector<std::uint32_t> half_name;
    WeightedGraph half = pick(graph, name, side, 0, half_name);
    divide(std::move(half), std::move(half_name), first, left_parts);
    half_name.clear();
    half = pick(graph, name, side, 1, half_name);
    divide(std::move(half), std::move(half_name), first + left_parts, right_parts);
  }

  std::vector<std::uint32_t> take() { return std::move(part_of_); }

 private:
  void place(const std::vector<std::uint32_t>& part, const std::vector<std::uint32_t>& name,
             std::uint32_t first) {
    for (std::size_t v = 0; v < name.size(); ++v) part_of_[name[v]] = first + part[v];
  }

  /// 0 or 1 for each vertex, weights as `left` to `right`.
  static std::vector<idx_t> halve(const WeightedGraph& graph, std::uint32_t left,
                                  std::uint32_t right) {
    Rows rows(graph);
    idx_t vertices = idx_t(graph.weights.size()), constraints = 1, halves = 2, cut = 0;
    real_t shares[2] = {real_t(left) / real_t(left + right), real_t(right) / real_t(left + right)};
    idx_t options[METIS_NOPTIONS];
    METIS_SetDefaultOptions(options);
    options[METIS_OPTION_SEED] = 1;
    std::vector<idx_t> side(graph.weights.size());
    const int status =
        METIS_PartGraphRecursive(&vertices, &constraints, rows.first.data(), rows.neighbors.data(),
                                 rows.vertex_weights.data(), nullptr, rows.edge_weights.data(),
                                 &halves, shares, nullptr, options, &cut, side.data());
    SIM_CHECK(status == METIS_OK);
    return side;
  }

  /// The subgraph of one side.
  static WeightedGraph pick(const WeightedGraph& graph, const std::vector<std::uint32_t>& name,
                            const std::vector<idx_t>& side, idx_t which,
                            std::vector<std::uint32_t>& half_name) {
    WeightedGraph half;
    std::vector<std::uint32_t> number(side.size());
    for (std::size_t v = 0; v < side.size(); ++v) {
      if (side[v] != which) continue;
      number[v] = std::uint32_t(half.weights.size());
      half.weights.push_back(graph.weights[v]);
      half_name.push_back(name[v]);
    }
    for (const WeightedEdge& edge : graph.edges)
      if (side[edge.a] == which && side[edge.b] == which)
        half.edges.push_back({number[edge.a], number[edge.b], edge.weight});
    return half;
  }

  std::vector<std::uint32_t> part_of_;
};

}  // namespace

std::vector<std::uint32_t> partition(WeightedGraph graph, std::uint32_t parts) {
  SIM_CHECK(parts > 0);
  tidy_up(graph.edges);
  Halving halving(graph.weights.size());
  std::vector<std::uint32_t> name(graph.weights.size());
  std::iota(name.begin(), name.end(), 0u);
  halving.divide(std::move(graph), std::move(name), 0, parts);
  return halving.take();
}

}  // namespace natsim
