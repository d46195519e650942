#include "src/topology/names.h"

#include <algorithm>

namespace natsim::topology {

template <class Key>
void SortedIndex<Key>::sort() {
  std::sort(entries_.begin(), entries_.end());
}

template <class Key>
std::optional<std::uint32_t> SortedIndex<Key>::find(const Key& key) const {
  const auto at = std::lower_bound(entries_.begin(), entries_.end(), std::pair(key, 0u));
  if (at == entries_.end() || at->first != key) return std::nullopt;
  return at->second;
}

template class SortedIndex<std::string_view>;
template class SortedIndex<std::pair<std::uint32_t, std::string_view>>;

Names::Names(const spec::Topology& topology) : topology_(topology) {
  for (std::uint32_t i = 0; i < topology.networks.size(); ++i)
    networks_.add(topology.networks[i].name, i);
  for (std::uint32_t n = 0; n < topology.nodes.size(); ++n) {
    const spec::Node& node = topology.nodes[n];
    nodes_.add(node.name, n);
    const auto add = [&](std::string_view name, std::uint32_t index) {
      interfaces_.add({n, name}, std::uint32_t(sockets_.size()));
      sockets_.push_back({n, index, {}});
    };
    for (std::uint32_t i = 0; i < node.interfaces.size(); ++i) add(node.interfaces[i].name, i);
    for (std::uint32_t i = 0; i < node.ports.size(); ++i) add(node.ports[i].name, i);
  }
  nodes_.sort();
  networks_.sort();
  interfaces_.sort();
}

const spec::Node* Names::node(std::string_view name) const {
  const auto index = nodes_.find(name);
  return index ? &topology_.nodes[*index] : nullptr;
}

bool Names::has_network(std::string_view name) const { return networks_.find(name).has_value(); }

Socket* Names::socket(std::string_view node, std::string_view interface) {
  const auto node_index = nodes_.find(node);
  if (!node_index) return nullptr;
  const auto socket = interfaces_.find({*node_index, interface});
  return socket ? &sockets_[*socket] : nullptr;
}

std::vector<std::string_view> Names::node_names() const {
  std::vector<std::string_view> names;
  for (const auto& node : topology_.nodes) names.push_back(node.name);
  return names;
}

std::vector<std::string_view> Names::network_names() const {
  std::vector<std::string_view> names;
  for (const auto& network : topology_.networks) names.push_back(network.name);
  return names;
}

std::vector<std::string_view> interface_names(const spec::Node& node) {
  std::vector<std::string_view> names;
  for (const auto& interface : node.interfaces) names.push_back(interface.name);
  for (const auto& port : node.ports) names.push_back(port.name);
  return names;
}

}  // namespace natsim::topology
