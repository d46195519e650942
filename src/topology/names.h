// Finding nodes, networks and interfaces by name, in files of any size.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/network/spec.h"

namespace natsim::topology {

/// Sorted names and what they stand for. Refers to the names; does not own them.
template <class Key>
class SortedIndex {
 public:
  void add(Key key, std::uint32_t value) { entries_.emplace_back(key, value); }
  /// After the last add() and before the first find().
  void sort();
  std::optional<std::uint32_t> find(const Key& key) const;

 private:
  std::vector<std::pair<Key, std::uint32_t>> entries_;
};

/// An interface of a host or router, or a port of a switch. `node` is the node's place in the
/// topology, `index` that of the interface in the node.
struct Socket {
  std::uint32_t node = 0, index = 0;
  Place plugged;  // where it was plugged into something, if it was
};

/// REQUIRES: the topology outlives this and does not change.
class Names {
 public:
  explicit Names(const spec::Topology& topology);

  const spec::Node* node(std::string_view name) const;
  bool has_network(std::string_view name) const;
  /// nullptr if the node or its interface does not exist.
  Socket* socket(std::string_view node, std::string_view interface);
  std::vector<Socket>& sockets() { return sockets_; }

  std::vector<std::string_view> node_names() const;
  std::vector<std::string_view> network_names() const;

 private:
  const spec::Topology& topology_;
  SortedIndex<std::string_view> nodes_, networks_;
  SortedIndex<std::pair<std::uint32_t, std::string_view>> interfaces_;
  std::vector<Socket> sockets_;
};

/// The names of a node's interfaces or ports.
std::vector<std::string_view> interface_names(const spec::Node& node);

}  // namespace natsim::topology
