// Gateways: one that is nowhere, on another network, or the node itself.
#include <fmt/format.h>

#include <algorithm>

#include "sim/network/checks_survey.h"

namespace natsim::checks {
namespace {

std::string destination_of(const spec::Route& route) {
  return route.to.length == 0 ? "default" : route.to.to_string();
}

class GatewayCheck {
 public:
  GatewayCheck(const Survey& survey, std::uint32_t node, Report& report)
      : survey_(survey),
        graph_(survey.graph),
        node_(survey.topology.nodes[node]),
        index_(node),
        subnets_(survey.subnets_of(node)),
        has_unknown_lease_(survey.has_unknown_lease(node)),
        report_(report) {}

  void check(const spec::Route& route) {
    if (!route.via || route.kind != spec::RouteKind::unicast) return;
    const IpAddress via = route.via->value;
    if (via.is_v4() != route.to.address.is_v4()) return;
    const Place place = place_of(route.via->place, route.place);
    if (has_address(node_, via))
      return report_.error(place,
                           fmt::format("the gateway {} is {} itself", via.to_string(), node_.name),
                           "a route leads via another node's address");
    if (!route.interface.value.empty()) {
      const std::uint32_t named = graph_.find_port(index_, route.interface.value);
      if (named != TopologyGraph::kNone) check_on(route, graph_.number_of({index_, named}), place);
      return;
    }
    if (const Subnet* subnet = subnet_with(via)) return check_owner(route, *subnet, place);
    if (has_unknown_lease_ || is_on_link(via, {})) return;
    report_.error(place,
                  fmt::format("the gateway {} is in no subnet that {} is connected to ({})",
                              via.to_string(), node_.name, subnets_of_interface(std::nullopt)),
                  router_hint());
  }

 private:
  /// The narrowest, as the routing table will have it.
  const Subnet* subnet_with(IpAddress address) const {
    const Subnet* best = nullptr;
    for (const Subnet& subnet : subnets_)
      if (subnet.network.contains(address) &&
          (best == nullptr || subnet.network.length > best->network.length))
        best = &subnet;
    return best;
  }

  /// Whether a route without a gateway makes `address` a neighbour; out of `interface` if named.
  bool is_on_link(IpAddress address, const std::string& interface) const {
    return std::any_of(node_.routes.begin(), node_.routes.end(), [&](const spec::Route& route) {
      return !route.via && route.kind == spec::RouteKind::unicast && route.to.contains(address) &&
             !route.interface.value.empty() &&
             (interface.empty() || route.interface.value == interface);
    });
  }

  std::string subnets_of_interface(std::optional<std::uint32_t> number) const {
    std::vector<std::string> names;
    for (const Subnet& subnet : subnets_)
      if (!number || subnet.interface == *number) names.push_back(subnet.network.to_string());
    return list_of(names);
  }

  void check_on(const spec::Route& route, std::uint32_t number, Place place) {
    const IpAddress via = route.via->value;
    for (const Subnet& subnet : subnets_)
      if (subnet.interface == number && subnet.network.contains(via))
        return check_owner(route, subnet, place);
    const spec::Interface& interface = graph_.interface(graph_.interface_at(number));
    if ((interface.dhcp4 && has_unknown_lease_) || is_on_link(via, interface.name)) return;
    report_.error(
        place,
        fmt::format("the gateway {} is outside the subnet of {} ({})", via.to_string(),
                    graph_.name(graph_.interface_at(number)), subnets_of_interface(number)),
        router_hint());
  }

  /// The gateway is in `subnet`: is anybody there, and does that node forward?
  void check_owner(const spec::Route& route, const Subnet& subnet, Place place) {
    const InterfaceRef at = graph_.interface_at(subnet.interface);
    if (!graph_.is_plugged(at)) return;
    const IpAddress via = route.via->value;
    const std::uint32_t segment = survey_.map.segment_of(subnet.interface);
    const auto holders = survey_.holders_of(via, segment);
    if (!holders.empty()) return check_forwards(graph_.interface_at(holders[0].interface), place);
    if (survey_.has_proxy_arp(segment) || survey_.may_be_leased(via, segment) || has_neighbor(via))
      return;
    if (!survey_.has_router(segment))
      return report_.warning(
          place,
          fmt::format("{} cannot reach any router: its interface {} is on {}, where no router has "
                      "an interface",
                      node_.name, graph_.interface(at).name, survey_.describe(segment)),
          fmt::format("its route to {} leads via {}", destination_of(route), via.to_string()));
    report_.warning(
        place,
        fmt::format("nobody on {} has {}, the gateway of {}'s route to {}",
                    survey_.describe(segment), via.to_string(), node_.name, destination_of(route)),
        router_hint());
  }

  void check_forwards(InterfaceRef gateway, Place place) {
    const spec::Node& owner = survey_.topology.nodes[gateway.node];
    if (owner.kind != spec::NodeKind::host) return;
    report_.warning(place,
                    fmt::format("{}'s gateway is {}, a host: hosts do not forward", node_.name,
                                graph_.name(gateway)),
                    fmt::format("lead the route via a router, or make {} one", owner.name));
  }

  bool has_neighbor(IpAddress address) const {
    return std::any_of(node_.neighbors.begin(), node_.neighbors.end(),
                       [&](const spec::Neighbor& n) { return n.address == address; });
  }

  /// Which routers there are on this node's segments, and their addresses there.
  std::string router_hint() const {
    std::vector<std::string> found;
    for (std::uint32_t i = 0; i < node_.interfaces.size(); ++i)
      for (const InterfaceRef& at : survey_.routers_beside(index_, survey_.segment_of({index_, i})))
        for (const spec::At<Prefix>& address : graph_.interface(at).addresses)
          found.push_back(
              fmt::format("{} ({})", address.value.address.to_string(), graph_.name(at)));
    return found.empty() ? "" : "routers within reach: " + list_of(found);
  }

  const Survey& survey_;
  const TopologyGraph& graph_;
  const spec::Node& node_;
  std::uint32_t index_;
  std::vector<Subnet> subnets_;
  bool has_unknown_lease_;
  Report& report_;
};

}  // namespace

void check_routes(const Survey& survey, Report& report) {
  for (std::uint32_t n = 0; n < survey.topology.nodes.size(); ++n) {
    const spec::Node& node = survey.topology.nodes[n];
    if (node.kind == spec::NodeKind::switch_ || node.routes.empty()) continue;
    GatewayCheck check(survey, n, report);
    for (const spec::Route& route : node.routes) check.check(route);
  }
}

}  // namespace natsim::checks
