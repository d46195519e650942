#include "sim/node/local_packet.h"

#include <algorithm>

#include "sim/wire/l4_checksum.h"
#include "sim/wire/udp.h"

namespace natsim {
namespace {

template <class Header>
Packet make(PacketPool& pool, Ipv4Header ip, Protocol protocol, const Header& header,
            ByteSpan payload) {
  const std::size_t l4_bytes = header.size() + payload.size();
  SIM_CHECK(l4_bytes + Ipv4Header::size() <= 65'535);
  ip.protocol = protocol;
  ip.payload_bytes = std::uint16_t(l4_bytes);
  Packet packet = pool.allocate(Ipv4Header::size() + l4_bytes, kLocalHeadroom);
  ip.emit(packet.mutable_bytes());
  const MutableByteSpan l4 = packet.mutable_bytes().subspan(Ipv4Header::size());
  header.emit(l4);
  std::copy(payload.begin(), payload.end(), l4.begin() + std::ptrdiff_t(header.size()));
  finish_l4_checksum(protocol, ip.pseudo_header(), l4);
  packet.set_flags(Packet::kL4ChecksumGood);
  return packet;
}

}  // namespace

Packet make_udp(PacketPool& pool, Ipv4Header ip, std::uint16_t source_port,
                std::uint16_t destination_port, ByteSpan payload) {
  const UdpHeader udp{source_port, destination_port, std::uint16_t(payload.size())};
  return make(pool, ip, Protocol::udp, udp, payload);
}

Packet make_tcp(PacketPool& pool, Ipv4Header ip, const TcpHeader& tcp, ByteSpan payload) {
  return make(pool, ip, Protocol::tcp, tcp, payload);
}

Packet make_icmp(PacketPool& pool, Ipv4Header ip, const IcmpHeader& icmp, ByteSpan payload) {
  return make(pool, ip, Protocol::icmp, icmp, payload);
}

}  // namespace natsim
