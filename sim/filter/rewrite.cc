#include "sim/filter/rewrite.h"

#include "sim/wire/icmp.h"
#include "sim/wire/ipv4.h"
#include "sim/wire/tcp.h"
#include "sim/wire/udp.h"

namespace natsim {

namespace {

constexpr std::size_t kGreHeaderBytes = 8;  // with the two fields of RFC 2637

struct AddressChange {
  Ipv4Address before, after;
};

AddressChange set_address(std::uint8_t* ip, NatSide side, Ipv4Address address) {
  MutableIpv4View view(ip, kIpv4HeaderBytes);
  const AddressChange change{side == NatSide::source ? view.source() : view.destination(), address};
  if (side == NatSide::source)
    view.set_source(address);
  else
    view.set_destination(address);
  return change;
}

/// TCP's and UDP's port and checksum. `size` octets of the segment are there.
bool set_port(std::uint8_t* segment, std::size_t size, Protocol protocol, NatSide side,
              std::uint16_t port, AddressChange address) {
  if (size < 8) return false;
  std::uint8_t* field = segment + (side == NatSide::source ? 0 : 2);
  const std::uint64_t before = sum_of(address.before) + load_raw16(field);
  const std::uint64_t after = sum_of(address.after) + sum_of(port);
  store_be16(field, port);
  if (protocol == Protocol::udp)
    update_udp_checksum(segment + 6, before, after);
  else if (size >= kTcpHeaderBytes)  // a quoted segment may end before its checksum
    update_checksum(segment + 16, before, after);
  return true;
}

bool is_icmp_query(std::uint8_t type) {
  return icmp_is_query(IcmpType(type)) || (type >= 15 && type <= 18);
}

/// Everything behind the IP header.
bool set_transport(std::uint8_t* transport, std::size_t size, Protocol protocol, NatSide side,
                   std::uint16_t port, AddressChange address) {
  switch (protocol) {
    case Protocol::tcp:
    case Protocol::udp: return set_port(transport, size, protocol, side, port, address);
    case Protocol::icmp:
      if (size < kIcmpHeaderBytes) return false;
      if (is_icmp_query(transport[0])) MutableIcmpView(transport, size).set_id(port);
      return true;
    case Protocol::gre:
      // Without ports, yet Linux wants to see its key's place, and a version that it knows.
      return size >= kGreHeaderBytes && (side == NatSide::source || (transport[1] & 7) <= 1);
    default: return true;
  }
}

}  // namespace

void rewrite_address(Traversal& packet, NatSide side, Ipv4Address address) {
  set_address(packet.ip, side, address);
  (side == NatSide::source ? packet.source : packet.destination) = address;
}

bool rewrite(Traversal& packet, NatSide side, FlowEnd end) {
  const AddressChange change{side == NatSide::source ? packet.source : packet.destination,
                             end.address};
  if (!set_transport(packet.transport(), packet.ip_size - packet.header_bytes, packet.protocol,
                     side, end.port, change))
    return false;
  rewrite_address(packet, side, end.address);
  if (packet.has_ports)
    (side == NatSide::source ? packet.source_port : packet.destination_port) = end.port;
  return true;
}

bool rewrite_quoted(Traversal& error, NatSide side, FlowEnd end) {
  std::uint8_t* message = error.transport();
  const std::size_t size = error.ip_size - error.header_bytes;
  if (size < kIcmpHeaderBytes + kIpv4HeaderBytes) return false;
  std::uint8_t* quoted = message + kIcmpHeaderBytes;
  const std::size_t quoted_size = size - kIcmpHeaderBytes;
  const Ipv4View view(quoted, quoted_size);
  const std::size_t header = view.header_bytes();
  if (header < kIpv4HeaderBytes || header > quoted_size) return false;
  const Ipv4Address before = side == NatSide::source ? view.source() : view.destination();
  if (!set_transport(quoted + header, quoted_size - header, view.protocol(), side, end.port,
                     {before, end.address}))
    return false;
  set_address(quoted, side, end.address);
  finish_l4_checksum(Protocol::icmp, {}, {message, size});
  return true;
}

}  // namespace natsim
