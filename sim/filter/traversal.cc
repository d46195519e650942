#include "sim/filter/traversal.h"

#include "sim/filter/conntrack.h"
#include "sim/wire/icmp.h"
#include "sim/wire/ipv4.h"
#include "sim/wire/tcp.h"

namespace natsim {

static constexpr std::uint32_t kTcpFlagsOffset = 13;

void Traversal::parse_other() {
  source_port = destination_port = 0;
  has_ports = false;
  tcp_flags = 0;
  icmp_type = icmp_code = 255;
  switch (protocol) {
    case Protocol::tcp:
      if (has_transport(kTcpFlagsOffset + 1)) tcp_flags = transport()[kTcpFlagsOffset];
      [[fallthrough]];
    case Protocol::udp:
      has_ports = has_transport(4);
      if (!has_ports) return;
      source_port = load_be16(transport());
      destination_port = load_be16(transport() + 2);
      return;
    case Protocol::icmp:
      if (!has_transport(kIcmpHeaderBytes)) return;
      icmp_type = transport()[0];
      icmp_code = transport()[1];
      return;
    default: return;
  }
}

std::optional<FlowKeyV4> Traversal::portless_key() const {
  if (fragment_offset != 0) return std::nullopt;
  FlowKeyV4 key{source, destination, 0, 0, protocol, {}};
  switch (protocol) {
    case Protocol::tcp:
    case Protocol::udp: return std::nullopt;
    case Protocol::icmp:
      if (!has_transport(kIcmpHeaderBytes)) return std::nullopt;
      key.source_port = load_be16(transport() + 4);
      key.destination_port = std::uint16_t(icmp_type << 8 | icmp_code);
      return key;
    default: return key;
  }
}

Tuple Traversal::tuple() const {
  if (protocol == Protocol::icmp && has_transport(kIcmpHeaderBytes) &&
      icmp_is_query(IcmpType(icmp_type)))
    return to_tuple(*key());
  return {{source, source_port}, {destination, destination_port}, protocol};
}

SeenPacket Traversal::seen() const {
  const Ipv4View header(ip, ip_size);
  return {tuple(),         in,           out,          state,     mark,      std::uint16_t(ip_size),
          fragment_offset, header.ttl(), header.tos(), tcp_flags, icmp_type, icmp_code,
          has_ports};
}

void Traversal::discard() { owner->discard(*this); }

}  // namespace natsim
