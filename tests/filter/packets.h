// Packets for tests: IPv4 with real headers and checksums.
#pragma once

#include <string>
#include <string_view>

#include "sim/base/bytes.h"
#include "sim/wire/address.h"
#include "sim/wire/icmp.h"
#include "sim/wire/tcp.h"

namespace natsim::test {

inline constexpr Ipv4Address kC = Ipv4Address::of(10, 0, 0, 2);
inline constexpr Ipv4Address kC3 = Ipv4Address::of(10, 0, 0, 3);
inline constexpr Ipv4Address kG = Ipv4Address::of(10, 0, 0, 1);
inline constexpr Ipv4Address kX = Ipv4Address::of(203, 0, 113, 1);
inline constexpr Ipv4Address kS = Ipv4Address::of(203, 0, 113, 10);
inline constexpr Ipv4Address kS11 = Ipv4Address::of(203, 0, 113, 11);
inline constexpr Ipv4Address kS12 = Ipv4Address::of(203, 0, 113, 12);

/// An IPv4 packet around `transport`, whose checksum is made here. TTL 64, DF clear.
Bytes ipv4(Ipv4Address from, Ipv4Address to, Protocol protocol, Bytes transport,
           std::uint8_t ttl = 64);

Bytes udp(Ipv4Address from, std::uint16_t from_port, Ipv4Address to, std::uint16_t to_port,
          std::string_view payload = "x");

struct Tcp {
  std::string_view flags;  ///< of "FSRPAU"
  std::uint32_t seq = 0, ack = 0;
  std::size_t payload_bytes = 0;
  std::uint16_t window = 64240;
  TcpOptions options{};
};
Bytes tcp(Ipv4Address from, std::uint16_t from_port, Ipv4Address to, std::uint16_t to_port,
          const Tcp& segment);

Bytes icmp(Ipv4Address from, Ipv4Address to, IcmpHeader header, ByteSpan payload = {});
Bytes ping(Ipv4Address from, Ipv4Address to, std::uint16_t id);
Bytes pong(Ipv4Address from, Ipv4Address to, std::uint16_t id);
/// An ICMP error that quotes `about` up to `transport_octets` of its transport header.
Bytes error(Ipv4Address from, Ipv4Address to, IcmpHeader header, const Bytes& about,
            std::size_t transport_octets = 8);

/// The packet that an ICMP error quotes.
Bytes quoted(const Bytes& error);
/// "udp 10.0.0.2:4000 → 203.0.113.10:53", also of a quoted packet.
std::string tuple_of(const Bytes& packet);
/// Whether IP and transport checksums are right, and those of a quoted IP header.
bool checksums_ok(const Bytes& packet);
/// Makes the transport checksum wrong.
Bytes damaged(Bytes packet);

}  // namespace natsim::test
