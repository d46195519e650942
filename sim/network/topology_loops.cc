// Loops: Kruskal's spanning forest over (switch, VLAN) pairs, cables taken in file order. A cable
// that joins what is joined already closes a loop; the way round is the forest's path between its
// ends.
#include <algorithm>
#include <boost/graph/breadth_first_search.hpp>

#include "sim/network/topology_domains.h"
#include "sim/network/topology_segments.h"

namespace natsim {
namespace {

using Forest = boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS>;

struct Closing {
  std::uint32_t cable;
  std::vector<std::uint16_t> vlans;
  std::uint32_t from, to;  // Pairs whose path in the forest is the way round.
};

class LoopFinder {
 public:
  LoopFinder(const TopologyGraph& graph, Stp stp) : graph_(graph), stp_(stp) {}

  std::vector<Closing> run() {
    for (std::uint32_t c = 0; c < graph_.cables().size(); ++c)
      if (bridges(graph_.cables()[c])) take(c);
    return std::move(closings_);
  }

  const Forest& forest() const { return forest_; }
  std::uint32_t vertex_of(std::size_t pair) const { return pairs_.all()[pair].vertex; }

 private:
  /// A switch with STP shuts one of its two ports on every ring: it never closes one.
  bool may_loop(std::uint32_t v) const {
    return graph_.is_switch(v) && !(stp_ == Stp::breaks_rings && graph_.topology().nodes[v].stp);
  }
  bool bridges(const TopologyCable& cable) const {
    const bool same_port =
        cable.a.vertex == cable.b.vertex && cable.a.port_name == cable.b.port_name;
    return may_loop(cable.a.vertex) && may_loop(cable.b.vertex) && !same_port;
  }

  void take(std::uint32_t number) {
    const TopologyCable& cable = graph_.cables()[number];
    for (const VlanPair& pair : joined_vlans(PortTags::of(graph_.switch_port(cable.a)),
                                             PortTags::of(graph_.switch_port(cable.b)))) {
      const std::uint32_t a = number_of(cable.a.vertex, pair.a);
      const std::uint32_t b = number_of(cable.b.vertex, pair.b);
      if (sets_.join(a, b)) {
        boost::add_edge(a, b, forest_);
        continue;
      }
      if (closings_.empty() || closings_.back().cable != number)
        closings_.push_back({number, {}, a, b});
      closings_.back().vlans.push_back(pair.a);
    }
  }

  std::uint32_t number_of(std::uint32_t vertex, std::uint16_t vlan) {
    const std::uint32_t number = pairs_.of(vertex, vlan);
    if (number == sets_.size()) {
      sets_.grow(number + 1);
      boost::add_vertex(forest_);
    }
    return number;
  }

  const TopologyGraph& graph_;
  Stp stp_;
  Forest forest_;
  JoinedSets sets_;
  Domains pairs_;
  std::vector<Closing> closings_;
};

/// Each tree of the forest hung up at its first vertex.
struct Rooted {
  explicit Rooted(const Forest& forest)
      : parent(boost::num_vertices(forest)), depth(boost::num_vertices(forest), 0) {
    for (std::size_t v = 0; v < parent.size(); ++v) parent[v] = v;
    std::vector<boost::default_color_type> colors(parent.size(), boost::white_color);
    const auto visitor = boost::make_bfs_visitor(
        std::make_pair(boost::record_predecessors(parent.data(), boost::on_tree_edge()),
                       boost::record_distances(depth.data(), boost::on_tree_edge())));
    boost::queue<std::size_t> queue;
    for (std::size_t root = 0; root < parent.size(); ++root)
      if (colors[root] == boost::white_color)
        boost::breadth_first_visit(forest, root, queue, visitor, colors.data());
  }

  std::vector<std::size_t> path(std::size_t from, std::size_t to) const {
    std::vector<std::size_t> up{from}, down{to};
    while (up.back() != down.back()) {
      std::vector<std::size_t>& deeper = depth[up.back()] >= depth[down.back()] ? up : down;
      deeper.push_back(parent[deeper.back()]);
    }
    up.insert(up.end(), down.rbegin() + 1, down.rend());
    return up;
  }

  std::vector<std::size_t> parent, depth;
};

}  // namespace

std::vector<Loop> find_loops(const TopologyGraph& graph, Stp stp) {
  LoopFinder finder(graph, stp);
  const std::vector<Closing> closings = finder.run();
  if (closings.empty()) return {};
  const Rooted forest(finder.forest());
  std::vector<Loop> loops;
  for (const Closing& closing : closings) {
    Loop loop{closing.cable, {}, closing.vlans};
    std::vector<std::size_t> way{closing.from, closing.to};
    if (loops.size() < kLoopsSpelledOut) way = forest.path(closing.from, closing.to);
    for (const std::size_t pair : way)
      if (loop.switches.empty() || loop.switches.back() != finder.vertex_of(pair))
        loop.switches.push_back(finder.vertex_of(pair));
    std::sort(loop.vlans.begin(), loop.vlans.end());
    if (std::none_of(loop.switches.begin(), loop.switches.end(),
                     [&](std::uint32_t v) { return mentions_vlans(graph.topology().nodes[v]); }))
      loop.vlans.clear();
    loops.push_back(std::move(loop));
  }
  return loops;
}

}  // namespace natsim
