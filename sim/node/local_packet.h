// Building the packets that a node sends itself: IPv4 with UDP, TCP or ICMP, checksums made.
#pragma once

#include "sim/base/bytes.h"
#include "sim/wire/icmp.h"
#include "sim/wire/ipv4.h"
#include "sim/wire/packet.h"
#include "sim/wire/tcp.h"

namespace natsim {

/// Room before the IPv4 header for Ethernet, beside the usual headroom.
inline constexpr std::size_t kLocalHeadroom = Packet::kHeadroom + 14;

/// Each returns a packet whose data() is the IPv4 header. `ip` is complete but for payload_bytes
/// and protocol. REQUIRES: the whole fits in 65,535 bytes.
Packet make_udp(PacketPool& pool, Ipv4Header ip, std::uint16_t source_port,
                std::uint16_t destination_port, ByteSpan payload);
Packet make_tcp(PacketPool& pool, Ipv4Header ip, const TcpHeader& tcp, ByteSpan payload = {});
Packet make_icmp(PacketPool& pool, Ipv4Header ip, const IcmpHeader& icmp, ByteSpan payload);

}  // namespace natsim
