// Internal to sim/network: the places in a topology where a broadcast can be, and how they join.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <boost/pending/disjoint_sets.hpp>
#include <cstdint>
#include <vector>

#include "sim/network/topology_graph.h"
#include "sim/network/topology_segments.h"
#include "sim/network/topology_vlans.h"

namespace natsim {

/// Elements 0, 1, 2, … that are joined into sets.
class JoinedSets {
 public:
  explicit JoinedSets(std::size_t count = 0) { grow(count); }
  void grow(std::size_t count) {
    while (parents_.size() < count) {
      parents_.push_back(parents_.size());
      ranks_.push_back(0);
    }
  }
  std::size_t find(std::size_t element) { return sets().find_set(element); }
  /// False if they were joined already.
  bool join(std::size_t a, std::size_t b) {
    a = find(a);
    b = find(b);
    if (a == b) return false;
    sets().link(a, b);
    return true;
  }
  std::size_t size() const { return parents_.size(); }

 private:
  // The sets hold no data but these two arrays, which may move as they grow.
  boost::disjoint_sets<std::size_t*, std::size_t*> sets() {
    return {ranks_.data(), parents_.data()};
  }
  std::vector<std::size_t> ranks_, parents_;
};

/// Numbers the (switch, VLAN) and (network, tag) pairs as they turn up.
class Domains {
 public:
  std::uint32_t of(std::uint32_t vertex, std::uint16_t vlan) {
    const auto [found, is_new] =
        numbers_.try_emplace(std::uint64_t(vertex) << 16 | vlan, std::uint32_t(all_.size()));
    if (is_new) all_.push_back({vertex, vlan});
    return found->second;
  }
  const std::vector<Bridging>& all() const { return all_; }

 private:
  std::vector<Bridging> all_;
  absl::flat_hash_map<std::uint64_t, std::uint32_t> numbers_;  // looked up only
};

}  // namespace natsim
