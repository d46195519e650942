// The checksums of UDP, TCP and ICMP in an IPv4 packet: made, verified, and kept right while a
// router rewrites addresses and ports.
//
// RFC 768 and RFC 9293 3.1: UDP and TCP sum over a pseudo header of the two addresses, the protocol
// and the length, then header and payload. ICMP (RFC 792) sums over its message alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "sim/base/bytes.h"
#include "sim/wire/address.h"
#include "sim/wire/checksum.h"

namespace natsim {

/// What a transport checksum covers of the IPv4 header.
struct PseudoHeader {
  Ipv4Address source{};
  Ipv4Address destination{};
  bool operator==(const PseudoHeader&) const = default;
};

/// `value` as it enters a checksum: in memory order.
constexpr std::uint64_t sum_of(std::uint16_t value) { return __builtin_bswap16(value); }
constexpr std::uint64_t sum_of(Ipv4Address address) { return __builtin_bswap32(address.value); }

/// Like update_checksum, for a UDP checksum field: zero means "none was made" and stays, and a
/// result of zero is written as all ones (RFC 768).
inline void update_udp_checksum(std::uint8_t* field, std::uint64_t before, std::uint64_t after) {
  if (load_raw16(field) == 0) return;
  update_checksum(field, before, after);
  if (load_raw16(field) == 0) store_raw16(field, 0xffff);
}

/// Where `protocol` keeps its checksum, counted from its own header. nullopt: it has none that is
/// known here.
constexpr std::optional<std::size_t> l4_checksum_offset(Protocol protocol) {
  switch (protocol) {
    case Protocol::icmp: return 2;
    case Protocol::udp: return 6;
    case Protocol::tcp: return 16;
    default: return std::nullopt;
  }
}

/// Whether the checksum of a whole, unfragmented `segment` (header and payload, nothing after) is
/// right. True for a UDP checksum of zero (RFC 1122 4.1.3.4) and for protocols without a checksum;
/// false if the segment is too short to hold one.
bool l4_checksum_ok(Protocol protocol, const PseudoHeader& ip, ByteSpan segment);

bool tcp_checksum_ok(const PseudoHeader& ip, ByteSpan segment);
/// The sum runs over the length field's octets; trailing ones do not count.
bool udp_checksum_ok(const PseudoHeader& ip, ByteSpan datagram);
bool icmp_checksum_ok(ByteSpan message);

/// Computes and stores the checksum of `segment`, whatever the field held before. Does nothing for
/// protocols without one. REQUIRES: segment holds the whole header.
void finish_l4_checksum(Protocol protocol, const PseudoHeader& ip, MutableByteSpan segment);

}  // namespace natsim
