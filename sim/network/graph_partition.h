// A graph cut into parts of about the same weight (METIS), with few and light edges between them.
#pragma once

#include <cstdint>
#include <vector>

namespace natsim {

struct WeightedEdge {
  std::uint32_t a = 0, b = 0;
  std::uint64_t weight = 1;
};

struct WeightedGraph {
  std::vector<std::uint64_t> weights{};  ///< of the vertices
  std::vector<WeightedEdge> edges{};     ///< undirected; several between two vertices add up
};

/// The part of each vertex, 0 … parts-1; a part may be empty. The same graph gives the same parts.
/// REQUIRES: parts > 0.
std::vector<std::uint32_t> partition(WeightedGraph graph, std::uint32_t parts);

}  // namespace natsim
