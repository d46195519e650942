#include "sim/network/network.h"

#include <fmt/format.h>

namespace natsim {

NodeId Network::next_id(const std::string& name) {
  const NodeId id{std::uint32_t(nodes_.size())};
  const bool added = by_name_.emplace(name, id).second;
  SIM_CHECK(added);
  return id;
}

IpNode& Network::add_node(std::string name, IpNodeKind kind, StackOptions options) {
  const NodeId id = next_id(name);
  options.forwarding = kind == IpNodeKind::router;
  auto node = std::make_unique<IpNode>(lane_of(id), id, name, kind, seed_, options);
  const NodeRole role = kind == IpNodeKind::router ? NodeRole::router : NodeRole::host;
  nodes_.push_back({std::move(name), role, OrderSource(id), std::move(node), nullptr});
  return *nodes_.back().ip;
}

Switch& Network::add_switch(std::string name, Duration ageing) {
  const NodeId id = next_id(name);
  nodes_.push_back({std::move(name), NodeRole::switch_, OrderSource(id), nullptr,
                    std::make_unique<Switch>(lane_of(id), id, ageing)});
  return *nodes_.back().bridge;
}

Switch& Network::add_lan(std::string name) {
  Switch& lan = add_switch(std::move(name));
  nodes_.back().role = NodeRole::lan;
  return lan;
}

OrderSource& Network::order_of(const Interface& interface) {
  Node& node = nodes_.at(interface.node().value);
  return node.ip != nullptr ? node.ip->order() : node.order;
}

void Network::connect(Interface& a, Interface& b, const ChannelOptions& a_to_b,
                      const ChannelOptions& b_to_a, std::string_view name) {
  SIM_CHECK(!a.plugged() && !b.plugged());
  const auto add = [&](Interface& from, Interface& to, const ChannelOptions& options,
                       std::string_view suffix) {
    channels_.push_back(std::make_unique<Channel>(lane_of(from.node()), order_of(from), options,
                                                  from, to, seed_,
                                                  fmt::format("{}{}", name, suffix)));
    from.plug(*channels_.back());
    const std::uint32_t here = division_.of(from.node()), there = division_.of(to.node());
    if (here != there)
      channels_.back()->cut(parts_.lane(there), parts_.mailbox(here, there, options.delay));
  };
  add(a, b, a_to_b, "/forth");
  add(b, a, b_to_a, "/back");
}

void Network::plug(Interface& interface, Switch& lan, const ChannelOptions& options,
                   std::string_view name) {
  Interface& port =
      lan.add_port(fmt::format("p{}", lan.port_count() + 1), {}, MacAddress(), options.mtu);
  ChannelOptions in = options, out = options;
  in.delay = options.delay / 2;
  out.delay = options.delay - in.delay;
  out.jitter = Duration();
  out.loss = out.duplicate = out.reorder = out.corrupt = Ratio();
  connect(interface, port, in, out, name);
}

MacAddress Network::make_mac(std::string_view node, std::string_view interface) {
  // Locally administered (02), then 40 bits of a hash; a twin, rare as it is, gets another.
  for (int attempt = 0;; ++attempt) {
    const auto hash = hash_name(fmt::format("{}/{}/{}", node, interface, attempt));
    const std::uint64_t mac = 0x0200'0000'0000 | (hash & 0xff'ffff'ffff);
    if (macs_.emplace(mac, 0).second) return MacAddress::from_u64(mac);
  }
}

std::optional<NodeId> Network::find(std::string_view name) const {
  const auto found = by_name_.find(std::string(name));
  if (found == by_name_.end()) return std::nullopt;
  return found->second;
}

const std::string& Network::interface_name(NodeId node, IfIndex interface) const {
  static const std::string none = "-";
  if (interface == kNoInterface) return none;
  const Node& n = nodes_.at(node.value);
  return n.ip != nullptr ? n.ip->stack().interface(interface).name
                         : n.bridge->port(interface).name();
}

std::optional<IfIndex> Network::find_interface(NodeId node, std::string_view name) const {
  const Node& n = nodes_.at(node.value);
  if (n.ip != nullptr) {
    const auto found = n.ip->find_interface(name);
    return found && n.ip->is_physical(*found) ? found : std::nullopt;
  }
  for (std::uint32_t i = 0; i < n.bridge->port_count(); ++i)
    if (n.bridge->port({i}).name() == name) return IfIndex{i};
  return std::nullopt;
}

void Network::observe(Observer* observer) {
  parts_.observe(observer);
  for (Node& node : nodes_)
    if (node.ip != nullptr) node.ip->watch(observer != nullptr && observer->wants_visits());
}

}  // namespace natsim
