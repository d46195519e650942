#include "sim/network/build.h"

#include <algorithm>

#include <fmt/format.h>

#include "sim/network/build_dns.h"
#include "sim/network/build_web.h"
#include "sim/network/checks.h"
#include "sim/network/division.h"
#include "sim/network/rules_from_spec.h"
#include "sim/network/topology_graph.h"
#include "sim/network/topology_segments.h"
#include "sim/node/rule_log.h"
#include "sim/service/dhcp_server.h"
#include "sim/service/ntp.h"
#include "sim/service/syslog.h"
#include "sim/service/udp_echo.h"

namespace natsim {
namespace {

ChannelOptions channel_options(const spec::Cable& cable) {
  return {cable.delay, cable.bandwidth_bps, cable.queue_bytes_max, cable.mtu,    cable.jitter,
          cable.loss,  cable.duplicate,     cable.reorder,         cable.corrupt};
}

/// Nodes, then networks, are added in the order of the topology: a vertex of the graph and the
/// NodeId of what stands for it are the same number, as are the indexes of interfaces and ports.
class Builder {
 public:
  Builder(const TopologyGraph& graph, std::uint64_t seed, Division division, std::uint32_t threads)
      : graph_(graph),
        topology_(graph.topology()),
        network_(std::make_unique<Network>(seed, std::move(division), threads)) {}

  /// nullptr: see `problems`.
  std::unique_ptr<Network> build(Problems& problems) {
    if (!make_certificates(topology_, *network_, problems)) return nullptr;
    for (const spec::Node& node : topology_.nodes)
      node.kind == spec::NodeKind::switch_ ? add_switch(node) : add_ip_node(node);
    for (const spec::Network& lan : topology_.networks) network_->add_lan(lan_name(lan.name));
    for (const TopologyCable& cable : graph_.cables())
      cable.is_drop() ? plug(cable) : connect(cable);
    guard_loops();
    // Addresses are in place: now what speaks at time 0 may start.
    for (std::uint32_t n = 0; n < topology_.nodes.size(); ++n)
      if (!graph_.is_switch(n)) start_services(topology_.nodes[n], *network_->ip_node({n}));
    return std::move(network_);
  }

 private:
  /// LANs and nodes have names of their own in the file, and one space in the network.
  static std::string lan_name(const std::string& name) { return "lan:" + name; }

  const spec::Network* lan_of(const spec::Interface& interface) const {
    const std::uint32_t found = graph_.find_network(interface.network.value);
    return found == TopologyGraph::kNone ? nullptr : &topology_.networks[found];
  }

  void add_switch(const spec::Node& spec) {
    Switch& bridge = network_->add_switch(spec.name, spec.ageing);
    for (const spec::SwitchPort& port : spec.ports) {
      PortVlans vlans;
      vlans.mode = port.trunk ? PortVlans::Mode::trunk : PortVlans::Mode::access;
      vlans.pvid = port.trunk ? port.native.value_or(0) : port.access;
      vlans.allowed = port.allowed;
      bridge.add_port(port.name, std::move(vlans), network_->make_mac(spec.name, port.name), 9216);
    }
  }

  void add_ip_node(const spec::Node& spec) {
    const auto kind = spec.kind == spec::NodeKind::router ? IpNodeKind::router : IpNodeKind::host;
    StackOptions options;
    options.internet.documentation_is_public = true;
    options.epoch_s = topology_.epoch_s;
    options.icmp_rate_limit = spec.icmp_rate_limit;
    options.redirects = spec.redirects;
    IpNode& added = network_->add_node(spec.name, kind, options);
    if (spec.congestion_control != TcpSettings().congestion)  // Idle hosts have no sockets.
      added.sockets().tcp_settings().congestion = spec.congestion_control;
    for (const spec::Interface& interface : spec.interfaces) add_interface(added, spec, interface);
    for (const spec::Route& route : spec.routes) add_route(added, spec, route);
    add_rules(added, spec);
    for (const spec::Neighbor& neighbor : spec.neighbors) {
      const auto index = interface_for(added, neighbor.interface.value, neighbor.address);
      if (index) added.stack().add_neighbor(*index, neighbor.address.v4(), neighbor.mac);
    }
  }

  void add_interface(IpNode& to, const spec::Node& owner, const spec::Interface& spec) {
    StackInterface interface;
    interface.name = spec.name;
    interface.mtu = spec.mtu;
    interface.proxy_arp = spec.proxy_arp;
    const spec::Network* lan = lan_of(spec);
    interface.internet = lan != nullptr && lan->internet;
    IfIndex index;
    if (spec.vlan) {
      const auto parent = to.find_interface(spec.name.substr(0, spec.name.find('.')));
      SIM_CHECK(parent.has_value());
      interface.mac = spec.mac ? spec.mac->value : to.stack().interface(*parent).mac;
      index = to.add_vlan(*parent, spec.vlan->value, std::move(interface));
    } else {
      interface.mac = spec.mac ? spec.mac->value : network_->make_mac(owner.name, spec.name);
      index = to.add_interface(std::move(interface));
    }
    for (const auto& address : spec.addresses)
      to.stack().add_address(Instant(), index, address.value, address.place);
  }

  /// The interface that is named, or the one whose subnet holds `address`.
  static std::optional<IfIndex> interface_for(const IpNode& of, const std::string& name,
                                              IpAddress address) {
    if (!name.empty()) return of.find_interface(name);
    for (const InterfaceAddress& own : of.stack().addresses().addresses())
      if (own.on_subnet(address.v4())) return own.interface;
    return std::nullopt;
  }

  /// The interface of the narrowest route without a gateway that makes `address` a neighbour.
  static std::optional<IfIndex> on_link_interface(const IpNode& of, const spec::Node& owner,
                                                  IpAddress address) {
    const spec::Route* best = nullptr;
    for (const spec::Route& route : owner.routes)
      if (!route.via && route.kind == spec::RouteKind::unicast && route.to.contains(address) &&
          (best == nullptr || route.to.length > best->to.length))
        best = &route;
    return best == nullptr ? std::nullopt : of.find_interface(best->interface.value);
  }

  static void add_route(IpNode& to, const spec::Node& owner, const spec::Route& spec) {
    Route route;
    const Prefix network = spec.to.network();
    route.network = network.address.v4();
    route.length = network.length;
    route.kind = RouteKind(spec.kind);
    route.metric = spec.metric;
    route.place = spec.place;
    if (route.kind == RouteKind::unicast) {
      auto out =
          interface_for(to, spec.interface.value, spec.via ? spec.via->value : network.address);
      if (!out && spec.via) out = on_link_interface(to, owner, spec.via->value);
      if (!out) return;  // check_topology() has said so
      route.out = *out;
      if (spec.via) route.next_hop = spec.via->value.v4();
    }
    to.stack().routes().add(route);
  }

  void add_rules(IpNode& to, const spec::Node& spec) {
    if (spec.nat.empty() && !spec.firewall && spec.rules == nullptr) return;
    Problems problems;  // build_network() compiled them before
    Ruleset rules = rules_from_spec(spec, problems);
    std::vector<InterfaceInfo> interfaces;
    for (std::size_t i = 0; i < to.stack().interface_count(); ++i)
      interfaces.push_back({to.stack().interface({std::uint32_t(i)}).name, {}});
    to.stack().set_filter(std::make_unique<Netfilter>(
        std::move(rules), std::move(interfaces),
        Prng::stream(network_->seed(), fmt::format("node/{}/nat", spec.name)),
        NetfilterOptions{.epoch_s = topology_.epoch_s}));
  }

  Interface& end(const CableEnd& at) {
    SIM_CHECK(at.port != CableEnd::kUnlisted);  // The reader has seen to that.
    if (IpNode* ip = network_->ip_node({at.vertex})) return ip->port({at.port});
    return network_->switch_node({at.vertex})->port({at.port});
  }

  void plug(const TopologyCable& cable) {
    const spec::Network& lan = topology_.networks[cable.b.vertex - topology_.nodes.size()];
    network_->plug(
        end(cable.a), *network_->switch_node({cable.b.vertex}), channel_options(lan.cable),
        fmt::format("{}/{}/{}", lan.name, graph_.name(cable.a.vertex), cable.a.port_name));
  }

  void connect(const TopologyCable& cable) {
    const spec::Link& link = topology_.links[cable.link];
    network_->connect(end(cable.a), end(cable.b), channel_options(link.a_to_b),
                      channel_options(link.b_to_a),
                      fmt::format("{}-{}", graph_.name(cable.a), graph_.name(cable.b)));
  }

  // A frame that goes round leaves the ring at every turn: all switches count.
  void guard_loops() {
    if (find_loops(graph_).empty()) return;
    for (std::uint32_t i = 0; i < network_->node_count(); ++i)
      if (Switch* bridge = network_->switch_node({i})) bridge->guard_against_storms();
  }

  void start_services(const spec::Node& spec, IpNode& to) {
    for (const spec::Listen& listen : spec.listen) {
      if (listen.protocol == Protocol::tcp) {
        start_tcp_listener(topology_, listen, to, *network_);
      } else if (listen.app.value == "ntp") {
        const NtpClock clock{topology_.epoch_s, listen.ntp.clock};
        to.sockets().serve_udp({.port = listen.port},
                               std::make_unique<NtpService>(clock, listen.ntp.stratum));
      } else if (listen.app.value == "syslog") {
        to.sockets().serve_udp({.port = listen.port}, std::make_unique<SyslogCollector>());
      } else if (listen.app.value == "discard") {
        to.sockets().serve_udp({.port = listen.port}, std::make_unique<UdpDiscard>());
      } else {
        to.sockets().serve_udp({.port = listen.port}, std::make_unique<UdpEcho>());
      }
    }
    if (spec.log_to) send_rule_log(to, spec.log_to->value, topology_.epoch_s);
    if (spec.dns) start_dns_server(topology_, *spec.dns, to, network_->seed());
    for (const spec::DhcpServer& server : spec.dhcp) start_dhcp_server(to, server);
    for (const spec::Interface& interface : spec.interfaces)
      if (interface.dhcp4) to.start_dhcp_client(*to.find_interface(interface.name));
  }

  static void start_dhcp_server(IpNode& on, const spec::DhcpServer& spec) {
    const IfIndex interface = *on.find_interface(spec.interface.value);
    const auto own = on.stack().addresses().primary(interface);
    if (!own) return;  // check_topology() has said so
    DhcpPoolOptions pool;
    for (const InterfaceAddress& address : on.stack().addresses().addresses())
      if (address.interface == interface && address.address == *own)
        pool.subnet = Prefix{IpAddress(address.address), address.length}.network();
    pool.first = spec.first.value.v4();
    pool.last = spec.last.value.v4();
    pool.lease = spec.lease;
    pool.router = spec.router ? spec.router->value.v4() : *own;
    for (const auto& dns : spec.dns) pool.dns.push_back(dns.value.v4());
    pool.domain = spec.domain;
    pool.excluded = {*own};
    for (const spec::DhcpReservation& reservation : spec.reservations)
      pool.reservations.push_back(
          {reservation.mac, {}, reservation.address.v4(), reservation.hostname});
    on.sockets().serve_udp(
        {.port = 67, .interface = interface},
        std::make_unique<DhcpServer>(DhcpServerOptions{interface, *own, {std::move(pool)}, false}));
  }

  const TopologyGraph& graph_;
  const spec::Topology& topology_;
  std::unique_ptr<Network> network_;
};

}  // namespace

std::unique_ptr<Network> build_network(const spec::Topology& topology, Problems& problems,
                                       std::optional<std::uint64_t> seed, std::uint32_t threads) {
  const TopologyGraph graph(topology);
  Problems found = check_topology(graph);
  for (const spec::Node& node : topology.nodes) rules_from_spec(node, found);
  const bool wrong = std::any_of(found.begin(), found.end(), [](const Problem& problem) {
    return problem.severity == Severity::error;
  });
  problems.insert(problems.end(), found.begin(), found.end());
  if (wrong) return nullptr;
  Division division;
  division = divide(graph, parts_for(graph, threads), threads);
  return Builder(graph, seed.value_or(topology.seed.value_or(kDefaultSeed)), std::move(division),
                 threads)
      .build(problems);
}

}  // namespace natsim
