// What a DHCP client does to its node: addresses, routes, and the question whether one is free.
#include <fmt/format.h>

#include "sim/node/ip_node.h"
#include "sim/node/sockets.h"

namespace natsim {
namespace {

/// How long a station that holds the address has to say so. RFC 5227 waits a second or two; on
/// cables of milliseconds this is enough, and a newcomer's first run is not spent waiting.
constexpr Duration kArpProbeWait = Duration::milliseconds(200);

}  // namespace

void Sockets::start_dhcp_client(IfIndex interface) {
  const StackInterface& own = node_.stack().interface(interface);
  DhcpClientOptions options;
  options.interface = interface;
  options.mac = own.mac;
  options.hostname = node_.name();
  const auto stream = fmt::format("node/{}/{}/dhcp", node_.name(), own.name);
  auto client = std::make_unique<DhcpClient>(options, Prng::stream(seed_, stream), now());
  DhcpClient* const started = client.get();
  UdpService* bound = serve_udp({.port = 68, .interface = interface}, std::move(client));
  SIM_CHECK(bound == started);
  dhcp_.push_back({started, interface, std::nullopt, std::nullopt, Instant::never()});
  node_.stack().set_packet_sockets(true);
  rearm();
}

const DhcpClient* Sockets::dhcp_client(IfIndex interface) const {
  for (const Dhcp& dhcp : dhcp_)
    if (dhcp.interface == interface) return dhcp.client;
  return nullptr;
}

void Sockets::act(UdpService& from, ServiceAction& action) {
  if (auto* const open = std::get_if<OpenStream>(&action)) {
    connect(open->remote, std::move(open->handler));
    return;
  }
  for (Dhcp& dhcp : dhcp_) {
    if (dhcp.client != &from) continue;
    if (const auto* probe = std::get_if<ArpProbe>(&action)) {
      dhcp.probed = probe->address.v4();
      dhcp.probe_ends = now() + kArpProbeWait;
      node_.stack().send_arp_probe(probe->interface, probe->address.v4());
    } else if (const auto* configured = std::get_if<Configured>(&action)) {
      if (dhcp.address && *dhcp.address != configured->configuration.address)
        deconfigure(dhcp.interface, *dhcp.address);
      if (!dhcp.address) configure(dhcp.interface, configured->configuration);
      dhcp.address = configured->configuration.address;
    } else if (const auto* gone = std::get_if<Deconfigured>(&action)) {
      deconfigure(gone->interface, gone->address);
      dhcp.address.reset();
    }
  }
}

void Sockets::configure(IfIndex interface, const LeasedConfiguration& configuration) {
  Stack& stack = node_.stack();
  stack.add_address(now(), interface, configuration.address);
  for (const LearnedRoute& learned : configuration.routes) {
    const Prefix network = learned.to.network();
    Route route;
    route.network = network.address.v4();
    route.length = network.length;
    route.out = interface;
    route.next_hop = learned.via.v4();
    stack.routes().add(route);
  }
}

void Sockets::deconfigure(IfIndex interface, const Prefix& address) {
  node_.stack().remove_address(now(), interface, address);
}

void Sockets::finish_arp_probes() {
  for (Dhcp& dhcp : dhcp_) {
    if (dhcp.probe_ends > now()) continue;
    dhcp.probe_ends = Instant::never();
    dhcp.client->on_probe_result(node_.stack().probe_answered(), now(), outbox_);
    flush(*dhcp.client);
  }
}

}  // namespace natsim
