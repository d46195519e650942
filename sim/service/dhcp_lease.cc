#include "sim/service/dhcp_lease.h"

#include <bit>

namespace natsim {
namespace {

/// RFC 791's classes, for a server that sends no mask (RFC 2131 leaves it to the client).
std::uint8_t natural_length(Ipv4Address address) {
  const std::uint8_t first = std::uint8_t(address.value >> 24);
  return first < 128 ? 8 : first < 192 ? 16 : 24;
}

std::optional<std::uint8_t> prefix_length(const DhcpMessage& ack) {
  const auto mask = ack.options.u32(DhcpCode::subnet_mask);
  if (!mask) return natural_length(ack.yiaddr);
  const int length = std::countl_one(*mask);
  if (netmask_of(length) != *mask) return std::nullopt;
  return std::uint8_t(length);
}

void read_routes(const DhcpOptions& options, LeasedConfiguration& configuration) {
  // RFC 3442: a client that gets option 121 must ignore option 3.
  if (const auto classless = options.classless_routes()) {
    for (const ClasslessRoute& route : *classless)
      configuration.routes.push_back({route.destination, route.router});
    return;
  }
  const auto routers = options.addresses(DhcpCode::router);
  if (!routers) return;
  configuration.router = routers->front();  // RFC 2132 3.5: in order of preference.
  configuration.routes.push_back({Prefix{Ipv4Address{}, 0}, routers->front()});
}

}  // namespace

std::optional<LeasedConfiguration> configuration_of(const DhcpMessage& ack) {
  const auto server = ack.options.address(DhcpCode::server_identifier);
  const auto seconds = ack.options.u32(DhcpCode::lease_time);
  const auto length = prefix_length(ack);
  const bool usable = !ack.yiaddr.is_unspecified() && !ack.yiaddr.is_broadcast() &&
                      !ack.yiaddr.is_multicast() && !ack.yiaddr.is_loopback();
  if (!server || !seconds || *seconds == 0 || !length || !usable) return std::nullopt;

  LeasedConfiguration configuration;
  configuration.address = {ack.yiaddr, *length};
  configuration.server = *server;
  configuration.lease =
      *seconds == kDhcpInfiniteSeconds ? Duration::max() : Duration::seconds(*seconds);
  read_routes(ack.options, configuration);
  if (const auto dns = ack.options.addresses(DhcpCode::dns_server))
    configuration.dns.assign(dns->begin(), dns->end());
  configuration.domain = ack.options.text(DhcpCode::domain_name).value_or("");
  configuration.hostname = ack.options.text(DhcpCode::host_name).value_or("");
  const auto mtu = ack.options.u16(DhcpCode::interface_mtu);
  if (mtu && *mtu >= 68) configuration.mtu = mtu;  // RFC 2132 5.1: at least 68.
  return configuration;
}

}  // namespace natsim
