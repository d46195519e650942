// How a network is divided into parts that run side by side.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/base/ids.h"
#include "sim/network/topology_graph.h"

namespace natsim {

/// Which part each node runs in.
struct Division {
  std::uint32_t parts = 1;
  std::vector<std::uint32_t> part_of{};  ///< by NodeId; those beyond it are in part 0

  std::uint32_t of(NodeId node) const {
    return node.value < part_of.size() ? part_of[node.value] : 0;
  }
};

/// More threads than that help nobody.
inline constexpr std::uint32_t kThreadsMax = 64;

/// Into how many parts `graph` is best divided for so many threads: one for each, and of a large
/// network more, so that what a thread works on in a window stays in its cache.
std::uint32_t parts_for(const TopologyGraph& graph, std::uint32_t threads);

/// Cuts the network into `parts` parts, or fewer where its cables do not allow that many. Only
/// cables with delay in both directions are cut, and the longer ones rather than the shorter ones;
/// `threads` threads get about the same to do. By vertex of the graph, which is the node's number
/// in a network made by build_network(). REQUIRES: 0 < threads <= parts.
Division divide(const TopologyGraph& graph, std::uint32_t parts, std::uint32_t threads);

}  // namespace natsim
