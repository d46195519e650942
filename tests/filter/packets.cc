#include "tests/filter/packets.h"

#include <algorithm>

#include "sim/filter/flow_key.h"
#include "sim/wire/ipv4.h"
#include "sim/wire/l4_checksum.h"
#include "sim/wire/udp.h"

namespace natsim::test {

Bytes ipv4(Ipv4Address from, Ipv4Address to, Protocol protocol, Bytes transport, std::uint8_t ttl) {
  finish_l4_checksum(protocol, {from, to}, transport);
  Ipv4Header header;
  header.ttl = ttl;
  header.protocol = protocol;
  header.source = from;
  header.destination = to;
  header.payload_bytes = std::uint16_t(transport.size());
  Bytes packet(kIpv4HeaderBytes + transport.size());
  header.emit(packet);
  std::copy(transport.begin(), transport.end(), packet.begin() + kIpv4HeaderBytes);
  return packet;
}

Bytes udp(Ipv4Address from, std::uint16_t from_port, Ipv4Address to, std::uint16_t to_port,
          std::string_view payload) {
  Bytes datagram(kUdpHeaderBytes + payload.size());
  UdpHeader{from_port, to_port, std::uint16_t(payload.size())}.emit(datagram);
  std::copy(payload.begin(), payload.end(), datagram.begin() + kUdpHeaderBytes);
  return ipv4(from, to, Protocol::udp, std::move(datagram));
}

Bytes tcp(Ipv4Address from, std::uint16_t from_port, Ipv4Address to, std::uint16_t to_port,
          const Tcp& segment) {
  static constexpr std::string_view kNames = "FSRPAU";
  TcpHeader header;
  header.source_port = from_port;
  header.destination_port = to_port;
  header.seq = Seq(segment.seq);
  header.ack = Seq(segment.ack);
  for (const char name : segment.flags) header.flags |= TcpFlags(1u << kNames.find(name));
  header.window = segment.window;
  header.options = segment.options;
  Bytes bytes(header.size() + segment.payload_bytes, 'x');
  header.emit(bytes);
  return ipv4(from, to, Protocol::tcp, std::move(bytes));
}

Bytes icmp(Ipv4Address from, Ipv4Address to, IcmpHeader header, ByteSpan payload) {
  Bytes message(kIcmpHeaderBytes + payload.size());
  header.emit(message);
  std::copy(payload.begin(), payload.end(), message.begin() + kIcmpHeaderBytes);
  return ipv4(from, to, Protocol::icmp, std::move(message));
}

Bytes ping(Ipv4Address from, Ipv4Address to, std::uint16_t id) {
  return icmp(from, to, IcmpHeader::echo_request(id, 1), Bytes{'p', 'i', 'n', 'g'});
}

Bytes pong(Ipv4Address from, Ipv4Address to, std::uint16_t id) {
  return icmp(from, to, IcmpHeader::echo_reply(id, 1), Bytes{'p', 'i', 'n', 'g'});
}

Bytes error(Ipv4Address from, Ipv4Address to, IcmpHeader header, const Bytes& about,
            std::size_t transport_octets) {
  const std::size_t size = std::min(about.size(), kIpv4HeaderBytes + transport_octets);
  return icmp(from, to, header, ByteSpan(about).first(size));
}

Bytes quoted(const Bytes& error) {
  return Bytes(error.begin() + kIpv4HeaderBytes + kIcmpHeaderBytes, error.end());
}

std::string tuple_of(const Bytes& packet) {
  const Ipv4View ip(packet.data(), packet.size());
  const std::uint8_t* transport = packet.data() + ip.header_bytes();
  FlowKeyV4 key{ip.source(), ip.destination(), 0, 0, ip.protocol(), {}};
  if (ip.protocol() == Protocol::tcp || ip.protocol() == Protocol::udp) {
    key.source_port = load_be16(transport);
    key.destination_port = load_be16(transport + 2);
  } else if (ip.protocol() == Protocol::icmp) {
    const IcmpView message(transport, kIcmpHeaderBytes);
    if (!icmp_is_query(message.type()))
      return "icmp " + ip.source().to_string() + " → " + ip.destination().to_string() + " " +
             std::to_string(int(message.type())) + "/" + std::to_string(message.code());
    key.source_port = message.id();
    key.destination_port = std::uint16_t(int(message.type()) << 8);
  }
  return to_tuple(key).to_string();
}

bool checksums_ok(const Bytes& packet) {
  const Ipv4View ip(packet.data(), packet.size());
  if (!ip.checksum_ok() || !l4_checksum_ok(ip.protocol(), ip.pseudo_header(), ip.payload()))
    return false;
  if (ip.protocol() != Protocol::icmp || !icmp_is_error(IcmpType(ip.payload()[0]))) return true;
  const Bytes inner = quoted(packet);
  return Ipv4View(inner.data(), inner.size()).checksum_ok();
}

Bytes damaged(Bytes packet) {
  packet.back() ^= 0x55;
  return packet;
}

}  // namespace natsim::test
