#include "src/report/matrix.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "sim/filter/ruleset.h"
#include "sim/network/build.h"

namespace natsim {
namespace {

constexpr Duration kSettled = Duration::seconds(10);
constexpr std::size_t kServicesMax = 12;
constexpr std::size_t kMembersMax = 8;

/// Where a zone's hosts are.
struct ZoneSubnet {
  std::string zone;
  Prefix subnet;
};

std::vector<ZoneSubnet> subnets_of(const spec::Topology& topology) {
  std::vector<ZoneSubnet> subnets;
  for (const spec::Node& node : topology.nodes) {
    if (node.kind != spec::NodeKind::router) continue;
    for (const spec::Interface& interface : node.interfaces) {
      std::string zone = interface.zone.value;
      if (zone.empty()) zone = interface.network.value;
      if (zone.empty()) zone = node.name + ":" + interface.name;
      for (const auto& address : interface.addresses)
        subnets.push_back({zone, address.value.network()});
    }
  }
  // A zone that somebody named counts more than a network's name.
  std::stable_sort(subnets.begin(), subnets.end(), [&](const auto& a, const auto& b) {
    const auto is_network = [&](const std::string& name) {
      return std::any_of(topology.networks.begin(), topology.networks.end(),
                         [&](const spec::Network& network) { return network.name == name; });
    };
    return !is_network(a.zone) && is_network(b.zone);
  });
  return subnets;
}

class ServiceList {
 public:
  void add(std::optional<Protocol> protocol, std::uint16_t port) {
    if (protocol == Protocol::tcp || protocol == Protocol::udp) found_.insert({*protocol, port});
  }
  void add_rules(const Ruleset& ruleset) {
    for (const TableRules& table : ruleset.tables)
      for (const Chain& chain : table.chains)
        for (const Rule& rule : chain.rules) add_rule(rule);
  }
  std::vector<MatrixService> list() const {
    std::vector<MatrixService> services = {{Protocol::icmp, 0, false}};
    for (const auto& [protocol, port] : found_)
      if (services.size() < kServicesMax) services.push_back({protocol, port, false});
    for (const Protocol protocol : {Protocol::tcp, Protocol::udp}) {
      std::uint16_t port = 4444;
      while (found_.count({protocol, port}) != 0) ++port;
      services.push_back({protocol, port, true});
    }
    return services;
  }

 private:
  void add_rule(const Rule& rule) {
    if (rule.protocol.negated) return;
    if (rule.destination_port.ports && !rule.destination_port.negated)
      add(rule.protocol.protocol, rule.destination_port.ports->first);
    for (const Match& match : rule.matches) {
      const auto* ports = std::get_if<MultiportMatch>(&match);
      if (ports == nullptr || ports->negated || ports->end == MultiportMatch::End::source) continue;
      for (const PortRange& range : ports->ports) add(rule.protocol.protocol, range.first);
    }
  }
  std::set<std::pair<Protocol, std::uint16_t>> found_;
};

MatrixZone& zone_called(std::vector<MatrixZone>& zones, const std::string& name) {
  for (MatrixZone& zone : zones)
    if (zone.name == name) return zone;
  return zones.emplace_back(MatrixZone{name, {}});
}

bool is_in(const MatrixZone& zone, const std::string& node) {
  return std::any_of(zone.members.begin(), zone.members.end(),
                     [&](const MatrixEnd& member) { return member.node == node; });
}

void add_node(MatrixPlan& plan, const std::vector<ZoneSubnet>& subnets, const IpNode& node,
              bool router) {
  for (const InterfaceAddress& own : node.stack().addresses().addresses()) {
    if (router) {
      plan.routers.push_back({"router", node.name(), own.address});
      continue;
    }
    for (const ZoneSubnet& subnet : subnets) {
      if (!subnet.subnet.contains(IpAddress(own.address))) continue;
      MatrixZone& zone = zone_called(plan.zones, subnet.zone);
      if (zone.members.size() < kMembersMax && !is_in(zone, node.name()))
        zone.members.push_back({zone.name, node.name(), own.address});
      break;
    }
  }
}

spec::Expectation probe_of(const MatrixEnd& from, const MatrixEnd& to,
                           const MatrixService& service) {
  spec::Expectation probe;
  probe.from = from.node;
  probe.to.address = IpAddress(to.address);
  probe.protocol = service.protocol;
  if (service.protocol != Protocol::icmp) probe.to.port = service.port;
  probe.result.value = spec::ExpectedResult::delivered;
  return probe;
}

/// A router's address that faces the zone, of those that it has there; else its first one.
std::vector<MatrixEnd> facing(const MatrixPlan& plan, const MatrixEnd& from,
                              const std::vector<ZoneSubnet>& subnets) {
  std::vector<MatrixEnd> ends;
  for (const MatrixEnd& router : plan.routers) {
    const bool same_subnet =
        std::any_of(subnets.begin(), subnets.end(), [&](const ZoneSubnet& subnet) {
          return subnet.subnet.contains(IpAddress(from.address)) &&
                 subnet.subnet.contains(IpAddress(router.address));
        });
    if (!ends.empty() && ends.back().node == router.node) {
      if (same_subnet) ends.back() = router;
      continue;
    }
    ends.push_back(router);
  }
  return ends;
}

bool is_same_flow(const MatrixCell& a, const MatrixCell& b) {
  return a.from.node == b.from.node && a.to.zone == b.to.zone && a.to.node == b.to.node &&
         a.service.words() == b.service.words();
}

bool is_same_verdict(const FlowVerdict& a, const FlowVerdict& b) {
  return a.passes() == b.passes() && a.result == b.result && (!a.passes() || a.at == b.at);
}

}  // namespace

std::string MatrixService::words() const {
  if (protocol == Protocol::icmp) return "ping";
  return other ? "other " + to_string(protocol) : fmt::format("{} {}", to_string(protocol), port);
}

std::optional<MatrixPlan> plan_matrix(const spec::Topology& topology) {
  const spec::Topology bare = without_scenario(topology);
  Problems problems;
  const auto network = build_network(bare, problems, topology.seed, 1);
  if (network == nullptr) return std::nullopt;
  network->run_until(Instant() + kSettled);
  MatrixPlan plan;
  ServiceList services;
  const std::vector<ZoneSubnet> subnets = subnets_of(topology);
  for (const ZoneSubnet& subnet : subnets) zone_called(plan.zones, subnet.zone);
  for (std::size_t i = 0; i < topology.nodes.size(); ++i) {
    const spec::Node& written = topology.nodes[i];
    for (const spec::Listen& listen : written.listen) services.add(listen.protocol, listen.port);
    const auto id = network->find(written.name);
    const IpNode* const node = id ? network->ip_node(*id) : nullptr;
    if (node == nullptr) continue;
    add_node(plan, subnets, *node, written.kind == spec::NodeKind::router);
    if (const Netfilter* filter = node->stack().filter()) services.add_rules(filter->ruleset());
  }
  std::erase_if(plan.zones, [](const MatrixZone& zone) { return zone.members.empty(); });
  plan.services = services.list();
  return plan;
}

Matrix run_matrix(const spec::Topology& topology, MatrixPlan plan,
                  const std::function<bool()>& go_on) {
  Matrix matrix;
  matrix.name = topology.name;
  const spec::Topology bare = without_scenario(topology);
  const std::vector<ZoneSubnet> subnets = subnets_of(topology);
  for (const MatrixZone& source : plan.zones) {
    const MatrixEnd& from = source.members.front();
    std::vector<MatrixEnd> targets;
    for (const MatrixZone& zone : plan.zones)
      if (zone.name != source.name)
        targets.insert(targets.end(), zone.members.begin(), zone.members.end());
    for (MatrixEnd& router : facing(plan, from, subnets)) targets.push_back(std::move(router));
    for (const MatrixEnd& to : targets) {
      for (const MatrixService& service : plan.services) {
        if (go_on && !go_on()) return matrix;
        if (auto verdict = run_flow(bare, probe_of(from, to, service), kSettled))
          matrix.cells.push_back({from, to, service, std::move(*verdict)});
      }
    }
  }
  matrix.plan = std::move(plan);
  return matrix;
}

std::vector<MatrixChange> difference(const Matrix& before, const Matrix& after) {
  std::vector<MatrixChange> changes;
  for (const MatrixCell& cell : before.cells) {
    const auto now =
        std::find_if(after.cells.begin(), after.cells.end(),
                     [&](const MatrixCell& other) { return is_same_flow(cell, other); });
    if (now != after.cells.end() && !is_same_verdict(cell.verdict, now->verdict))
      changes.push_back({cell, *now});
  }
  return changes;
}

}  // namespace natsim
