#include "sim/network/build_dns.h"

#include <algorithm>

#include <fmt/format.h>

#include "sim/network/dns_spec.h"
#include "sim/service/dns_server.h"

namespace natsim {
namespace {

bool serves_root(const spec::Node& node) {
  return node.dns != nullptr &&
         std::any_of(node.dns->zones.begin(), node.dns->zones.end(),
                     [](const spec::DnsZone& zone) { return zone.name.is_root(); });
}

std::vector<IpAddress> root_servers(const spec::Topology& topology) {
  std::vector<IpAddress> roots;
  for (const spec::Node& node : topology.nodes) {
    if (!serves_root(node)) continue;
    for (const spec::Interface& interface : node.interfaces)
      for (const auto& address : interface.addresses) roots.push_back(address.value.address);
  }
  return roots;
}

std::vector<IpAddress> addresses_of(const std::vector<spec::At<IpAddress>>& listed) {
  std::vector<IpAddress> addresses;
  for (const auto& address : listed) addresses.push_back(address.value);
  return addresses;
}

/// `first` hides zones of the same name among `then`.
DnsZones zones_of(const std::vector<spec::DnsZone>& first, const std::vector<spec::DnsZone>& then) {
  DnsZones zones;
  for (const spec::DnsZone& zone : first) zones.add(DnsZone(zone.name, zone.records));
  for (const spec::DnsZone& zone : then)
    if (std::none_of(first.begin(), first.end(),
                     [&](const spec::DnsZone& other) { return other.name == zone.name; }))
      zones.add(DnsZone(zone.name, zone.records));
  return zones;
}

DnsServerOptions options_of(const spec::Topology& topology, const spec::DnsServer& spec) {
  DnsServerOptions options;
  options.round_robin = spec.round_robin;
  const std::vector<IpAddress> roots = root_servers(topology);
  const auto add_view = [&](const spec::DnsView* view) {
    static const spec::DnsView everybody{};
    const spec::DnsView& of = view == nullptr ? everybody : *view;
    DnsView& added = options.views.emplace_back();
    for (const auto& clients : of.clients) added.clients.push_back(clients.value);
    added.zones = zones_of(of.zones, spec.zones);
    added.recursive = of.recursive.value_or(spec.recursive);
    added.resolver.forward = addresses_of(of.forward.empty() ? spec.forward : of.forward);
    added.resolver.roots = roots;
  };
  for (const spec::DnsView& view : spec.views) add_view(&view);
  add_view(nullptr);
  return options;
}

}  // namespace

void start_dns_server(const spec::Topology& topology, const spec::DnsServer& spec, IpNode& node,
                      std::uint64_t seed) {
  DnsServerOptions options = options_of(topology, spec);
  std::vector<std::unique_ptr<UdpPorts>> ports;
  for (std::size_t i = 0; i < options.views.size(); ++i)
    ports.push_back(node.sockets().ports_for_next_service());
  auto server =
      std::make_unique<DnsServer>(std::move(options), std::move(ports),
                                  Prng::stream(seed, fmt::format("node/{}/dns", node.name())));
  DnsServer& started = *server;
  node.sockets().serve_udp({.port = kDnsPort}, std::move(server));
  node.sockets().listen(kDnsPort, started.stream_listener());
}

}  // namespace natsim
