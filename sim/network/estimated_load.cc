#include "sim/network/estimated_load.h"

#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <numeric>

#include "sim/network/traffic_kinds.h"
#include "sim/wire/address.h"

namespace natsim {
namespace {

/// What even an idle node does: ARP, DHCP, timers.
constexpr std::uint64_t kIdleFrames = 4;

std::uint64_t frames_of(const spec::Traffic& item) {
  std::uint64_t each = 1;
  if (std::holds_alternative<spec::Ping>(item.what)) each = 2;
  if (std::holds_alternative<spec::TcpConnect>(item.what)) each = 4;
  if (std::holds_alternative<spec::HttpRequest>(item.what)) each = 10;
  if (std::holds_alternative<spec::RouteTrace>(item.what)) each = 50;
  if (std::holds_alternative<spec::PortScan>(item.what)) each = 2000;
  if (const auto* bulk = std::get_if<spec::Bulk>(&item.what))
    each = bulk->bytes > 0 ? bulk->bytes / 1000 : 10'000;
  if (std::holds_alternative<spec::Replay>(item.what)) each = 1000;
  return each * pacing_of(item).expected(item.at);
}

class Estimate {
 public:
  explicit Estimate(const TopologyGraph& graph)
      : graph_(graph), parents_(boost::num_vertices(graph.graph())) {
    const std::size_t vertices = parents_.size();
    load_.of_vertex.assign(vertices, kIdleFrames);
    load_.of_cable.assign(graph.cables().size(), 1);
    for (std::uint32_t v = 0; v < vertices; ++v)
      load_.of_vertex[v] += boost::degree(v, graph.graph());
  }

  EstimatedLoad run() {
    const spec::Topology& topology = graph_.topology();
    if (topology.traffic.empty()) return std::move(load_);
    grow_trees();
    find_owners();
    for (const spec::Traffic& item : topology.traffic) add(item);
    return std::move(load_);
  }

 private:
  static constexpr std::uint32_t kNone = TopologyGraph::kNone;
  struct Parent {
    std::uint32_t vertex = kNone, cable = kNone;
    std::uint32_t depth = kNone;
  };

  /// Breadth first, from the vertices with the most cables: where ways lead together.
  void grow_trees() {
    std::vector<std::uint32_t> roots(parents_.size());
    std::iota(roots.begin(), roots.end(), 0u);
    std::stable_sort(roots.begin(), roots.end(), [&](std::uint32_t a, std::uint32_t b) {
      return boost::degree(a, graph_.graph()) > boost::degree(b, graph_.graph());
    });
    std::vector<std::uint32_t> queue;
    for (const std::uint32_t root : roots) {
      if (parents_[root].depth != kNone) continue;
      parents_[root].depth = 0;
      queue.assign(1, root);
      for (std::size_t i = 0; i < queue.size(); ++i) visit(queue[i], queue);
    }
  }
  void visit(std::uint32_t vertex, std::vector<std::uint32_t>& queue) {
    const auto [first, last] = boost::out_edges(vertex, graph_.graph());
    for (auto edge = first; edge != last; ++edge) {
      const auto next = std::uint32_t(boost::target(*edge, graph_.graph()));
      if (parents_[next].depth != kNone) continue;
      parents_[next] = {vertex, graph_.graph()[*edge].cable, parents_[vertex].depth + 1};
      queue.push_back(next);
    }
  }

  void find_owners() {
    const std::vector<spec::Node>& nodes = graph_.topology().nodes;
    for (std::uint32_t n = 0; n < nodes.size(); ++n)
      for (const spec::Interface& interface : nodes[n].interfaces)
        for (const auto& address : interface.addresses)
          owners_.try_emplace(address.value.address.to_string(), n);
  }
  std::uint32_t vertex_of(const spec::Target* target) const {
    if (target == nullptr) return kNone;
    if (!target->address) return graph_.find_node(target->node);
    const auto owner = owners_.find(target->address->to_string());
    return owner == owners_.end() ? kNone : owner->second;
  }

  void add(const spec::Traffic& item) {
    const std::uint64_t frames = frames_of(item);
    std::uint32_t a = graph_.find_node(item.from.node);
    if (a == kNone) return;
    load_.of_vertex[a] += frames;
    std::uint32_t b = vertex_of(target_of(item));
    if (b == kNone || b == a) return;
    load_.of_vertex[b] += frames;
    while (a != b) {
      std::uint32_t& lower = parents_[a].depth >= parents_[b].depth ? a : b;
      const Parent& up = parents_[lower];
      if (up.vertex == kNone) return;  // two networks that do not meet
      load_.of_cable[up.cable] += frames;
      lower = up.vertex;
      if (a != b) load_.of_vertex[lower] += frames;  // else the other way has counted it
    }
  }

  const TopologyGraph& graph_;
  EstimatedLoad load_;
  std::vector<Parent> parents_;
  absl::flat_hash_map<std::string, std::uint32_t> owners_;  // vertices by address
};

}  // namespace

EstimatedLoad estimate_load(const TopologyGraph& graph) { return Estimate(graph).run(); }

}  // namespace natsim
