// What interfaces plug into: a network, one end of a link, or the interface that they are a VLAN
// of. What is plugged into nothing is the network's builder to tell (sim/network).
#include <map>

#include <fmt/format.h>

#include "src/topology/references.h"
#include "src/topology/suggest.h"

namespace natsim::topology {
namespace {

using spec::Interface;
using spec::Node;

std::string_view parent_of(std::string_view name) { return name.substr(0, name.find('.')); }
bool is_sub_interface(const Interface& i) { return i.name.find('.') != std::string::npos; }

std::string nearest_or_list(std::string_view written, const std::vector<std::string_view>& known,
                            std::string_view what) {
  if (const auto near = nearest(written, known); !near.empty()) return did_you_mean(near);
  if (known.empty() || known.size() > 8) return {};
  return fmt::format("{}: {}", what, listed(known));
}

void check_sub_interface(Context& context, const Node& node, const Interface& sub, Names& names,
                         std::map<std::pair<std::string_view, int>, Place>& vlans) {
  const auto parent = parent_of(sub.name);
  if (names.socket(node.name, parent) == nullptr)
    context.error(sub.place,
                  fmt::format("{} is a VLAN of {}, and {} has no such interface", quoted(sub.name),
                              quoted(parent), quoted(node.name)),
                  fmt::format("'{}: {{}}' beside it, or another name", parent));
  if (!sub.vlan)
    return context.error(sub.place, fmt::format("sub-interface {} needs 'vlan'", quoted(sub.name)),
                         "such as vlan: 10");
  if (!sub.network.value.empty())
    context.error(sub.network.place, "a sub-interface plugs into nothing of its own",
                  fmt::format("'network' belongs to {}", quoted(parent)));
  const auto [first, is_new] = vlans.emplace(std::pair(parent, sub.vlan->value), sub.vlan->place);
  if (!is_new)
    context.error(
        sub.vlan->place,
        fmt::format("{} has two sub-interfaces for VLAN {}", quoted(parent), sub.vlan->value),
        fmt::format("the first is in line {}", first->second.line));
  const std::string suffix(sub.name.substr(parent.size() + 1));
  const bool number = suffix.find_first_not_of("0123456789") == std::string::npos;
  if (number && suffix != std::to_string(sub.vlan->value))
    context.warning(sub.vlan->place,
                    fmt::format("{} is tagged with VLAN {}", quoted(sub.name), sub.vlan->value),
                    "its name says another");
}

void check_interfaces(Context& context, const Node& node, Names& names) {
  std::map<std::pair<std::string_view, int>, Place> vlans;
  for (const Interface& interface : node.interfaces) {
    if (is_sub_interface(interface)) {
      check_sub_interface(context, node, interface, names, vlans);
      continue;
    }
    if (interface.vlan)
      context.error(
          interface.vlan->place, "'vlan' belongs to a sub-interface",
          fmt::format("did you mean interface '{}.{}'?", interface.name, interface.vlan->value));
    const auto& network = interface.network;
    if (network.value.empty()) continue;
    if (!names.has_network(network.value))
      context.error(network.place, fmt::format("there is no network {}", quoted(network.value)),
                    names.node(network.value) != nullptr
                        ? "it is a node; a cable to a node is a link"
                        : nearest_or_list(network.value, names.network_names(), "networks"));
    names.socket(node.name, interface.name)->plugged = network.place;
  }
}

void check_endpoint(Context& context, const spec::PortName& end, Names& names) {
  const Node* node = names.node(end.node);
  if (node == nullptr) {
    const bool network = names.has_network(end.node);
    return context.error(end.place, fmt::format("there is no node {}", quoted(end.node)),
                         network ? "it is a network; an interface plugs into it with 'network'"
                                 : nearest_or_list(end.node, names.node_names(), "nodes"));
  }
  Socket* socket = names.socket(end.node, end.interface);
  if (socket == nullptr) {
    const bool is_switch = node->kind == spec::NodeKind::switch_;
    return context.error(end.place,
                         fmt::format("{} has no {} {}", quoted(end.node),
                                     is_switch ? "port" : "interface", quoted(end.interface)),
                         nearest_or_list(end.interface, interface_names(*node),
                                         is_switch ? "its ports" : "its interfaces"));
  }
  if (end.interface.find('.') != std::string::npos && node->kind != spec::NodeKind::switch_)
    return context.error(end.place, "a VLAN sub-interface has no cable of its own",
                         did_you_mean(fmt::format("{}:{}", end.node, parent_of(end.interface))));
  if (socket->plugged.known())
    return context.error(end.place,
                         fmt::format("{}:{} is plugged in twice", end.node, end.interface),
                         fmt::format("the first is in line {}", socket->plugged.line));
  socket->plugged = end.place;
}

}  // namespace

void check_plugs(Context& context, const spec::Topology& topology, Names& names) {
  for (const Node& node : topology.nodes) {
    if (context.gave_up()) return;
    check_interfaces(context, node, names);
  }
  for (const auto& link : topology.links) {
    if (context.gave_up()) return;
    check_endpoint(context, link.a, names);
    check_endpoint(context, link.b, names);
  }
}

}  // namespace natsim::topology
