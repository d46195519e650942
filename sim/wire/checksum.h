// The Internet checksum, RFC 1071, and its incremental update, RFC 1624.
#pragma once

#include <cstdint>

#include "sim/base/bytes.h"
#include "sim/wire/address.h"

namespace natsim {

/// Folds a sum of 16-bit words to 16 bits with end-around carry. Sums here are in memory order: the
/// ones' complement sum is the same in either byte order (RFC 1071 2(B)), so nothing is swapped.
constexpr std::uint16_t fold_sum(std::uint64_t sum) {
  sum = (sum & 0xffff'ffff) + (sum >> 32);
  sum = (sum & 0xffff'ffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  return std::uint16_t((sum & 0xffff) + (sum >> 16));
}

/// The unfolded ones' complement sum of `bytes` as 16-bit words in memory order; an odd last octet
/// is padded with zero (RFC 1071 4.1).
std::uint64_t sum_words(ByteSpan bytes);

/// Whether the checksum of an IPv4 header of `bytes` octets (a multiple of four, at least 20) is
/// right. Inline for the usual 20: every router does it for every packet.
inline bool ipv4_header_sum_ok(const std::uint8_t* header, std::size_t bytes) {
  if (bytes != 20) return fold_sum(sum_words({header, bytes})) == 0xffff;
  std::uint64_t a, b;
  std::uint32_t c;
  std::memcpy(&a, header, 8);
  std::memcpy(&b, header + 8, 8);
  std::memcpy(&c, header + 16, 4);
  return fold_sum((a & 0xffff'ffff) + (a >> 32) + (b & 0xffff'ffff) + (b >> 32) + c) == 0xffff;
}

/// What to store (in memory order) so that the sum over bytes with the checksum field zero is
/// right.
inline std::uint16_t checksum_of(std::uint64_t sum) { return std::uint16_t(~fold_sum(sum)); }

/// The pseudo header of TCP and UDP over IPv4 (RFC 768, RFC 9293 3.1) as a sum in memory order.
inline std::uint64_t pseudo_header_sum(Ipv4Address source, Ipv4Address destination,
                                       Protocol protocol, std::uint32_t length) {
  return std::uint64_t(__builtin_bswap32(source.value)) + __builtin_bswap32(destination.value) +
         __builtin_bswap16(std::uint16_t(protocol)) + __builtin_bswap16(std::uint16_t(length));
}

/// Updates the checksum at `field` after words that summed to `before` became words that sum to
/// `after`, both in memory order. RFC 1624 equation 3: HC' = ~(~HC + ~m + m').
inline void update_checksum(std::uint8_t* field, std::uint64_t before, std::uint64_t after) {
  std::uint16_t checksum;
  std::memcpy(&checksum, field, 2);
  const std::uint64_t sum =
      std::uint64_t(std::uint16_t(~checksum)) + std::uint16_t(~fold_sum(before)) + after;
  checksum = std::uint16_t(~fold_sum(sum));
  std::memcpy(field, &checksum, 2);
}

inline std::uint16_t load_raw16(const std::uint8_t* p) {
  std::uint16_t v;
  std::memcpy(&v, p, 2);
  return v;
}
inline void store_raw16(std::uint8_t* p, std::uint16_t v) { std::memcpy(p, &v, 2); }

}  // namespace natsim
