// Whole frames for the tests of what reads whole frames.
#pragma once

#include <string_view>

#include "sim/wire/ethernet.h"
#include "sim/wire/ipv4.h"
#include "sim/wire/udp.h"
#include "sim/wire/vlan.h"
#include "tests/wire/golden.h"

namespace natsim {

inline constexpr MacAddress kClientMac = MacAddress::from_u64(0x0200'0000'0001);
inline constexpr MacAddress kRouterMac = MacAddress::from_u64(0x0200'0000'0002);

inline Bytes ethernet_frame(EtherType type, const Bytes& payload) {
  Bytes header(EthernetHeader::size());
  EthernetHeader{kRouterMac, kClientMac, type}.emit(header);
  return joined(header, payload);
}

/// `header` with the payload's length filled in.
inline Bytes ipv4_packet(Ipv4Header header, const Bytes& payload) {
  header.payload_bytes = std::uint16_t(payload.size());
  Bytes bytes(Ipv4Header::size());
  header.emit(bytes);
  return joined(bytes, payload);
}

/// From the client to the server.
inline Bytes ipv4_packet(Protocol protocol, const Bytes& payload) {
  return ipv4_packet({.protocol = protocol, .source = kClient, .destination = kServer}, payload);
}

inline Bytes udp_packet(std::uint16_t source_port, std::uint16_t destination_port,
                        const Bytes& payload, const PseudoHeader& ip = kClientToServer) {
  Bytes header(UdpHeader::size());
  UdpHeader{source_port, destination_port, std::uint16_t(payload.size())}.emit(header);
  Bytes datagram = joined(header, payload);
  finish_l4_checksum(Protocol::udp, ip, datagram);
  return ipv4_packet(
      {.protocol = Protocol::udp, .source = ip.source, .destination = ip.destination}, datagram);
}

inline Bytes tagged(VlanTag tag, const Bytes& frame) {
  Bytes longer = joined(Bytes(kVlanTagBytes), frame);
  push_vlan_tag(longer.data() + kVlanTagBytes, tag);
  return longer;
}

}  // namespace natsim
