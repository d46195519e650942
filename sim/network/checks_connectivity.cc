// What is cabled, and how: plugs, parts, loops.
#include <absl/container/flat_hash_map.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "sim/base/ids.h"
#include "sim/network/checks_survey.h"

namespace natsim::checks {
namespace {

/// An interface that is meant to have no cable: a loopback, or an address of the node as such.
bool needs_no_cable(const spec::Interface& interface) {
  if (interface.name.starts_with("lo") && interface.addresses.empty()) return true;
  return !interface.addresses.empty() && !interface.dhcp4 &&
         std::all_of(interface.addresses.begin(), interface.addresses.end(),
                     [](const spec::At<Prefix>& address) {
                       const Prefix& prefix = address.value;
                       return prefix.length == prefix.address.bits() ||
                              (prefix.address.is_v4() && prefix.address.v4().is_loopback());
                     });
}

void check_plugs_of(const Survey& survey, std::uint32_t n, Report& report) {
  const TopologyGraph& graph = survey.graph;
  const spec::Node& node = survey.topology.nodes[n];
  if (node.kind == spec::NodeKind::switch_) {
    if (boost::out_degree(n, graph.graph()) == 0)
      report.warning(node.place, fmt::format("no cable is plugged into switch {}", node.name),
                     "name one of its ports in `links`");
    return;
  }
  if (node.interfaces.empty())
    report.warning(node.place,
                   fmt::format("{} has no interfaces: it hears and says nothing", node.name));
  for (std::uint32_t i = 0; i < node.interfaces.size(); ++i) {
    const spec::Interface& interface = node.interfaces[i];
    const InterfaceRef at{n, i};
    if (graph.is_plugged(at) || graph.carrier(at) != at || needs_no_cable(interface)) continue;
    report.warning(interface.place,
                   fmt::format("{} is not plugged in: it names no network, and no link names it",
                               graph.name(at)),
                   "give it a `network`, or name it in `links`");
  }
}

void check_plugs(const Survey& survey, Report& report) {
  for (std::uint32_t n = 0; n < survey.topology.nodes.size(); ++n)
    check_plugs_of(survey, n, report);
  for (std::size_t n = 0; n < survey.topology.networks.size(); ++n) {
    const spec::Network& network = survey.topology.networks[n];
    if (boost::out_degree(survey.graph.vertex_of_network(n), survey.graph.graph()) == 0)
      report.warning(network.place,
                     fmt::format("no interface is plugged into network '{}'", network.name));
  }
}

std::string cable_name(const TopologyGraph& graph, const TopologyCable& cable) {
  if (cable.is_drop()) return fmt::format("network '{}'", graph.name(cable.b));
  return fmt::format("{} – {}", graph.name(cable.a), graph.name(cable.b));
}

/// A port takes one cable.
class PortsTaken {
 public:
  PortsTaken(const Survey& survey, Report& report) : graph_(survey.graph), report_(report) {
    listed_.reserve(2 * graph_.cables().size());
    for (std::uint32_t c = 0; c < graph_.cables().size(); ++c) {
      const TopologyCable& cable = graph_.cables()[c];
      if (same(cable.a, cable.b)) {
        report_.error(cable.place, fmt::format("both ends of the cable are plugged into {}",
                                               graph_.name(cable.a)));
        continue;
      }
      take(cable.a, c);
      take(cable.b, c);
    }
  }

 private:
  static bool same(const CableEnd& a, const CableEnd& b) {
    return a.vertex == b.vertex && a.port == b.port &&
           (a.port != CableEnd::kUnlisted || a.port_name == b.port_name);
  }

  void take(const CableEnd& end, std::uint32_t cable) {
    if (graph_.is_network(end.vertex)) return;
    const std::uint32_t first =
        end.port != CableEnd::kUnlisted
            ? listed_.try_emplace(std::uint64_t(end.vertex) << 32 | end.port, cable).first->second
            : unlisted_.try_emplace({end.vertex, end.port_name}, cable).first->second;
    if (first == cable) return;
    report_.error(graph_.cables()[cable].place,
                  fmt::format("{} has two cables, {} and {}", graph_.name(end),
                              cable_name(graph_, graph_.cables()[first]),
                              cable_name(graph_, graph_.cables()[cable])),
                  "a port takes one cable; to join more than two, use a switch or a network");
  }

  const TopologyGraph& graph_;
  Report& report_;
  absl::flat_hash_map<std::uint64_t, std::uint32_t> listed_;  // looked up only
  std::map<std::pair<std::uint32_t, std::string_view>, std::uint32_t> unlisted_;
};

Place place_of_vertex(const TopologyGraph& graph, std::uint32_t v) {
  return graph.is_network(v) ? graph.topology().networks[graph.graph()[v].index].place
                             : graph.topology().nodes[v].place;
}

/// What no cable is plugged into was reported for itself; here it counts as no part.
void check_parts(const Survey& survey, Report& report) {
  const TopologyGraph& graph = survey.graph;
  const std::vector<std::uint32_t> component = graph.components();
  std::map<std::uint32_t, std::vector<std::string>> parts;
  std::uint32_t second = TopologyGraph::kNone;
  for (std::uint32_t v = 0; v < component.size(); ++v) {
    if (boost::out_degree(v, graph.graph()) == 0 || graph.is_network(v)) continue;
    std::vector<std::string>& names = parts[component[v]];
    names.push_back(graph.name(v));
    if (parts.size() == 2 && second == TopologyGraph::kNone) second = v;
  }
  if (parts.size() < 2) return;
  std::string text;
  std::size_t shown = 0;
  for (const auto& [number, names] : parts) {
    if (++shown > 3) break;
    text += fmt::format("{}{}", shown == 1 ? "" : " | ", list_of(names));
  }
  if (parts.size() > 3) text += " | …";
  report.warning(
      place_of_vertex(graph, second),
      fmt::format("the topology is in {} parts that no cable joins: {}", parts.size(), text));
}

constexpr std::size_t kRingShown = 8;  // A ring is only understood as a whole.

void check_loops(const Survey& survey, Report& report) {
  const TopologyGraph& graph = survey.graph;
  for (const Loop& loop : find_loops(graph, Stp::breaks_rings)) {
    const TopologyCable& cable = graph.cables()[loop.cable];
    std::vector<std::string> names;
    for (const std::uint32_t v : loop.switches) names.push_back(graph.name(v));
    std::vector<std::string> vlans;
    for (const std::uint16_t vlan : loop.vlans) vlans.push_back(std::to_string(vlan));
    const std::string where =
        vlans.empty() ? ""
                      : fmt::format(" in VLAN{} {}", vlans.size() == 1 ? "" : "s", list_of(vlans));
    report.warning(cable.place,
                   fmt::format("{} without STP{}: the cable {} closes it",
                               names.size() == 1 ? names[0] + " is cabled to itself, a loop"
                                                 : list_of(names, kRingShown) + " form a loop",
                               where, cable_name(graph, cable)),
                   "a broadcast goes round in it until the simulator ends the storm; take the "
                   "cable out, or give "
                   "it a VLAN that does not go round");
  }
}

}  // namespace

void check_sizes(const Survey& survey, Report& report) {
  for (const spec::Node& node : survey.topology.nodes)
    if (node.interfaces.size() > kIpInterfacesMax)
      report.error(node.place,
                   fmt::format("{} has more than {} interfaces", node.name, kIpInterfacesMax));
}

void check_connectivity(const Survey& survey, Report& report) {
  check_sizes(survey, report);
  check_plugs(survey, report);
  PortsTaken(survey, report);
  check_parts(survey, report);
  check_loops(survey, report);
}

}  // namespace natsim::checks
