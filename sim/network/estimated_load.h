// What the nodes and cables of a topology will have to do, as far as its traffic tells.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/network/topology_graph.h"

namespace natsim {

/// In frames, more or less. Good enough to divide a network by; nothing that happens depends on it.
struct EstimatedLoad {
  std::vector<std::uint64_t> of_vertex;  ///< by vertex of the graph; above zero
  std::vector<std::uint64_t> of_cable;   ///< by cable; above zero
};

/// Takes traffic to go by the fewest cables of a spanning tree. Linear in the size of the topology,
/// for as long as the ways of its traffic are short.
EstimatedLoad estimate_load(const TopologyGraph& graph);

}  // namespace natsim
