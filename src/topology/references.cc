#include "src/topology/references.h"

#include <algorithm>

#include <fmt/format.h>

#include "sim/filter/ruleset.h"
#include "sim/observe/reason.h"
#include "src/topology/suggest.h"

namespace natsim::topology {
namespace {

using spec::At;
using spec::Node;

/// "did you mean …", or the names that there are, if they are few.
std::string names_hint(std::string_view written, const std::vector<std::string_view>& known,
                       std::string_view what) {
  if (known.empty()) return {};
  if (const auto near = nearest(written, known); !near.empty()) return did_you_mean(near);
  if (known.size() > 8) return {};
  return fmt::format("{}: {}", what, listed(known));
}

void check_interface(Context& context, const Node& node, const At<std::string>& name) {
  if (name.value.empty()) return;
  const auto known = interface_names(node);
  if (std::find(known.begin(), known.end(), name.value) != known.end()) return;
  context.error(name.place,
                fmt::format("{} has no interface {}", quoted(node.name), quoted(name.value)),
                names_hint(name.value, known, "its interfaces"));
}

void check_zone(Context& context, const Node& node, const At<std::string>& zone) {
  std::vector<std::string_view> known;
  for (const auto& interface : node.interfaces)
    if (!interface.zone.value.empty() &&
        std::find(known.begin(), known.end(), interface.zone.value) == known.end())
      known.push_back(interface.zone.value);
  if (std::find(known.begin(), known.end(), zone.value) != known.end()) return;
  const bool is_interface = [&] {
    const auto names = interface_names(node);
    return std::find(names.begin(), names.end(), zone.value) != names.end();
  }();
  context.error(
      zone.place,
      fmt::format("no interface of {} is in zone {}", quoted(node.name), quoted(zone.value)),
      is_interface    ? "interfaces are matched by 'in' and 'out', zones by 'from' and 'to'"
      : known.empty() ? "an interface is put into a zone with 'zone: NAME'"
                      : names_hint(zone.value, known, "its zones"));
}

void check_nat_rule(Context& context, const Node& node, const spec::NatRule& rule) {
  std::visit(
      [&](const auto& what) {
        if constexpr (requires { what.out; }) check_interface(context, node, what.out);
        if constexpr (requires { what.in; }) check_interface(context, node, what.in);
      },
      rule.what);
}

void check_firewall(Context& context, const Node& node) {
  for (const auto& rule : node.firewall->rules) {
    for (const auto& zone : rule.from) check_zone(context, node, zone);
    for (const auto& zone : rule.to) check_zone(context, node, zone);
    for (const auto& name : rule.in) check_interface(context, node, name);
    for (const auto& name : rule.out) check_interface(context, node, name);
  }
}

bool can_have_address(const Node& node) {
  return std::any_of(node.interfaces.begin(), node.interfaces.end(),
                     [](const auto& i) { return i.dhcp4 || !i.addresses.empty(); });
}

void check_node_reference(Context& context, const NodeReference& reference, const Names& names) {
  using Use = NodeReference::Use;
  const Node* node = names.node(reference.name);
  if (node == nullptr) {
    const bool network = names.has_network(reference.name);
    return context.error(reference.place,
                         fmt::format("there is no node {}", quoted(reference.name)),
                         network ? "it is a network, and networks send and receive nothing"
                                 : names_hint(reference.name, names.node_names(), "nodes"));
  }
  if (reference.use == Use::any) return;
  if (node->kind == spec::NodeKind::switch_)
    return context.error(reference.place,
                         fmt::format("{} is a switch: it has no address", quoted(reference.name)));
  if (!can_have_address(*node) && !context.has_errors())  // An address may be what was wrong.
    context.error(reference.place,
                  fmt::format("no interface of {} has an address", quoted(reference.name)),
                  "addresses: [192.168.1.10/24], or dhcp4: true");
}

/// `interface` may be empty where a node alone will do.
void check_port_name(Context& context, const spec::PortName& name, Names& names) {
  const Node* node = names.node(name.node);
  if (node == nullptr)
    return check_node_reference(context, {name.node, name.place, NodeReference::Use::any}, names);
  if (!name.interface.empty() && names.socket(name.node, name.interface) == nullptr)
    check_interface(context, *node, {name.interface, name.place});
}

std::vector<std::string_view> rule_names(const Node& node) {
  std::vector<std::string_view> known;
  for (const auto& rule : node.nat) known.push_back(rule.name);
  if (node.rules != nullptr) {
    known.push_back("policy");
    for (const TableRules& table : node.rules->tables)
      for (const Chain& chain : table.chains)
        for (const Rule& rule : chain.rules) known.push_back(rule.label.name);
  }
  if (!node.firewall) return known;
  known.push_back("policy");
  for (const auto& rule : node.firewall->rules) known.push_back(rule.name);
  return known;
}

/// `by` names a rule of the node that `at` names, or of any node.
void check_by(Context& context, const spec::Expectation& e, const spec::Topology& topology,
              const Names& names, const std::vector<std::string_view>& all_rules) {
  if (e.by.value.empty() || context.gave_up() || parse_cause(e.by.value)) return;
  const Node* node = e.at_node.value.empty() ? nullptr : names.node(e.at_node.value);
  if (node == nullptr && !e.at_node.value.empty()) return;  // Reported already.
  const auto known = node != nullptr ? rule_names(*node) : all_rules;
  if (std::find(known.begin(), known.end(), e.by.value) != known.end()) return;
  const std::string whose = node != nullptr              ? quoted(node->name) + " has no rule "
                            : topology.nodes.size() == 1 ? "the node has no rule "
                                                         : "no node has a rule ";
  context.error(e.by.place, whose + quoted(e.by.value), names_hint(e.by.value, known, "rules"));
}

}  // namespace

void check_node(Context& context, const Node& node) {
  for (const auto& route : node.routes) check_interface(context, node, route.interface);
  for (const auto& neighbor : node.neighbors) check_interface(context, node, neighbor.interface);
  for (const auto& server : node.dhcp) check_interface(context, node, server.interface);
  for (const auto& rule : node.nat) check_nat_rule(context, node, rule);
  if (node.firewall) check_firewall(context, node);
}

void check_scenario(Context& context, const Reading& reading, Names& names) {
  const spec::Topology& topology = reading.topology;
  for (const auto& reference : reading.references) {
    if (context.gave_up()) return;
    check_node_reference(context, reference, names);
  }
  for (const auto& traffic : topology.traffic) {
    const bool raw = std::holds_alternative<spec::RawFrame>(traffic.what) ||
                     std::holds_alternative<spec::Replay>(traffic.what);
    if (context.gave_up()) return;
    if (traffic.from.node.empty()) continue;
    if (raw)
      check_port_name(context, traffic.from, names);
    else
      check_node_reference(
          context, {traffic.from.node, traffic.from.place, NodeReference::Use::sends}, names);
  }
  std::vector<std::string_view> all_rules;
  for (const auto& node : topology.nodes)
    for (const auto name : rule_names(node)) all_rules.push_back(name);
  for (const auto& e : topology.expect) check_by(context, e, topology, names, all_rules);
  for (const auto& e : topology.expect)
    if (!e.subject.interface.empty() && names.node(e.subject.node) != nullptr)
      check_port_name(context, e.subject, names);
  if (!topology.capture) return;
  for (const auto& name : *topology.capture) check_port_name(context, name, names);
}

void check_references(Context& context, const Reading& reading) {
  Names names(reading.topology);
  check_plugs(context, reading.topology, names);
  for (const Node& node : reading.topology.nodes) {
    if (context.gave_up()) return;
    check_node(context, node);
  }
  check_scenario(context, reading, names);
}

}  // namespace natsim::topology
