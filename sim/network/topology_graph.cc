#include "sim/network/topology_graph.h"

#include <algorithm>
#include <boost/graph/connected_components.hpp>

namespace natsim {
namespace {

VertexKind kind_of(spec::NodeKind kind) {
  switch (kind) {
    case spec::NodeKind::host: return VertexKind::host;
    case spec::NodeKind::router: return VertexKind::router;
    case spec::NodeKind::switch_: return VertexKind::switch_;
  }
  return VertexKind::host;
}

bool is_sub_interface(const spec::Interface& interface) {
  return interface.vlan.has_value() && interface.name.find('.') != std::string::npos;
}

std::string_view base_name(const spec::Interface& interface) {
  const std::string_view name = interface.name;
  return is_sub_interface(interface) ? name.substr(0, name.find('.')) : name;
}

template <class Map, class Key>
std::uint32_t find_in(const Map& map, const Key& key) {
  const auto found = map.find(key);
  return found == map.end() ? TopologyGraph::kNone : found->second;
}

}  // namespace

TopologyGraph::TopologyGraph(const spec::Topology& topology) : topology_(topology) {
  number_nodes();
  find_carriers();
  add_drop_cables();
  add_links();
  plug_in();
}

void TopologyGraph::number_nodes() {
  const std::vector<spec::Node>& nodes = topology_.nodes;
  const std::vector<spec::Network>& networks = topology_.networks;
  graph_ = Graph(nodes.size() + networks.size());
  nodes_.reserve(nodes.size());
  for (std::uint32_t n = 0; n < nodes.size(); ++n) {
    const spec::Node& node = nodes[n];
    graph_[n] = {kind_of(node.kind), n};
    nodes_.try_emplace(node.name, n);
    first_interface_.push_back(std::uint32_t(refs_.size()));
    for (std::uint32_t i = 0; i < node.interfaces.size(); ++i) refs_.push_back({n, i});
    index_ports(n);
  }
  networks_.reserve(networks.size());
  for (std::uint32_t n = 0; n < networks.size(); ++n) {
    graph_[vertex_of_network(n)] = {VertexKind::network, n};
    networks_.try_emplace(networks[n].name, n);
  }
}

void TopologyGraph::index_ports(std::uint32_t n) {
  const spec::Node& node = topology_.nodes[n];
  if (std::max(node.ports.size(), node.interfaces.size()) <= kScannedMax) return;
  if (is_switch(n)) {
    for (std::uint32_t p = 0; p < node.ports.size(); ++p)
      ports_.try_emplace({n, node.ports[p].name}, p);
    return;
  }
  for (std::uint32_t i = 0; i < node.interfaces.size(); ++i)
    ports_.try_emplace({n, node.interfaces[i].name}, i);
  for (std::uint32_t i = 0; i < node.interfaces.size(); ++i)
    ports_.try_emplace({n, base_name(node.interfaces[i])}, i);
}

void TopologyGraph::find_carriers() {
  carriers_.resize(refs_.size());
  for (std::uint32_t number = 0; number < refs_.size(); ++number) {
    const InterfaceRef at = refs_[number];
    carriers_[number] = number;
    if (!is_sub_interface(interface(at)) || is_switch(at.node)) continue;
    const std::uint32_t base = find_port(at.node, base_name(interface(at)));
    carriers_[number] = number_of({at.node, base});
  }
  by_carrier_first_.assign(refs_.size() + 1, 0);
  for (const std::uint32_t carrier : carriers_) ++by_carrier_first_[carrier + 1];
  for (std::size_t i = 1; i < by_carrier_first_.size(); ++i)
    by_carrier_first_[i] += by_carrier_first_[i - 1];
  by_carrier_.resize(refs_.size());
  std::vector<std::uint32_t> next = by_carrier_first_;
  for (std::uint32_t number = 0; number < refs_.size(); ++number)
    by_carrier_[next[carriers_[number]]++] = number;
}

void TopologyGraph::add_drop_cables() {
  cables_.reserve(refs_.size() + topology_.links.size());
  for (const InterfaceRef at : refs_) {
    const spec::Interface& plugged = interface(at);
    if (plugged.network.value.empty() || is_switch(at.node)) continue;
    const std::uint32_t network = find_network(plugged.network.value);
    if (network == kNone) continue;
    const spec::Cable& lan = topology_.networks[network].cable;
    add_cable({plugged.network.place,
               TopologyCable::kNoLink,
               {at.node, carrier(at).interface, plugged.name},
               {vertex_of_network(network), CableEnd::kUnlisted, {}},
               lan.delay / 2,
               lan.mtu});
  }
}

void TopologyGraph::add_links() {
  for (std::uint32_t l = 0; l < topology_.links.size(); ++l) {
    const spec::Link& link = topology_.links[l];
    const std::uint32_t a = find_node(link.a.node);
    const std::uint32_t b = find_node(link.b.node);
    if (a == kNone || b == kNone) continue;
    add_cable({link.place, l, end_of(a, link.a.interface), end_of(b, link.b.interface),
               std::min(link.a_to_b.delay, link.b_to_a.delay),
               std::min(link.a_to_b.mtu, link.b_to_a.mtu)});
  }
}

void TopologyGraph::add_cable(TopologyCable cable) {
  boost::add_edge(cable.a.vertex, cable.b.vertex,
                  TopologyEdge{std::uint32_t(cables_.size()), cable.delay_min}, graph_);
  cables_.push_back(std::move(cable));
}

void TopologyGraph::plug_in() {
  plugged_.resize(refs_.size(), false);
  for (const TopologyCable& cable : cables_)
    for (const CableEnd* end : {&cable.a, &cable.b})
      for (const std::uint32_t number : interfaces_at(*end)) plugged_[carriers_[number]] = true;
}

CableEnd TopologyGraph::end_of(std::uint32_t node, std::string_view port) const {
  const std::uint32_t found = find_port(node, port);
  if (found == kNone) return {node, CableEnd::kUnlisted, port};
  if (is_switch(node)) return {node, found, port};
  return {node, carrier({node, found}).interface, port};
}

std::vector<std::uint32_t> TopologyGraph::components() const {
  std::vector<std::uint32_t> component(boost::num_vertices(graph_));
  if (component.empty()) return component;
  boost::connected_components(
      graph_, boost::make_iterator_property_map(component.begin(),
                                                boost::get(boost::vertex_index, graph_)));
  return component;
}

const spec::SwitchPort& TopologyGraph::switch_port(const CableEnd& end) const {
  static const spec::SwitchPort unlisted;
  if (end.port == CableEnd::kUnlisted) return unlisted;
  return topology_.nodes[end.vertex].ports[end.port];
}

InterfaceRef TopologyGraph::carrier(InterfaceRef at) const {
  return refs_[carriers_[number_of(at)]];
}

bool TopologyGraph::is_plugged(InterfaceRef at) const { return plugged_[carriers_[number_of(at)]]; }

std::span<const std::uint32_t> TopologyGraph::interfaces_at(const CableEnd& end) const {
  if (is_network(end.vertex) || is_switch(end.vertex) || end.port == CableEnd::kUnlisted) return {};
  const std::uint32_t carrier = number_of({end.vertex, end.port});
  return std::span(by_carrier_)
      .subspan(by_carrier_first_[carrier],
               by_carrier_first_[carrier + 1] - by_carrier_first_[carrier]);
}

const std::string& TopologyGraph::name(std::uint32_t vertex) const {
  return is_network(vertex) ? topology_.networks[vertex - topology_.nodes.size()].name
                            : topology_.nodes[vertex].name;
}

std::string TopologyGraph::name(const CableEnd& end) const {
  if (is_network(end.vertex)) return name(end.vertex);
  return name(end.vertex) + ":" + std::string(end.port_name);
}

std::string TopologyGraph::name(InterfaceRef at) const {
  return topology_.nodes[at.node].name + ":" + interface(at).name;
}

std::uint32_t TopologyGraph::find_node(std::string_view name) const {
  return find_in(nodes_, name);
}

std::uint32_t TopologyGraph::find_network(std::string_view name) const {
  return find_in(networks_, name);
}

std::uint32_t TopologyGraph::find_port(std::uint32_t node, std::string_view name) const {
  const std::vector<spec::Interface>& interfaces = topology_.nodes[node].interfaces;
  const std::vector<spec::SwitchPort>& ports = topology_.nodes[node].ports;
  if (std::max(ports.size(), interfaces.size()) > kScannedMax)
    return find_in(ports_, std::pair(node, name));
  if (is_switch(node)) {
    for (std::uint32_t p = 0; p < ports.size(); ++p)
      if (ports[p].name == name) return p;
    return kNone;
  }
  for (std::uint32_t i = 0; i < interfaces.size(); ++i)
    if (interfaces[i].name == name) return i;
  for (std::uint32_t i = 0; i < interfaces.size(); ++i)
    if (base_name(interfaces[i]) == name) return i;
  return kNone;
}

}  // namespace natsim
