// What names one direction of a connection, packed so that tables of millions stay small.
//
//   FlowKey<Ipv4>:  | source 4 | destination 4 | source port 2 | destination port 2 | proto 1 | 0 3
//   |
//
// The two port fields hold what the protocol has in their place. For ICMP queries they are those of
// nf_conntrack: the identifier, and type * 256 + code; for protocols without ports both are zero.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <optional>

#include "sim/wire/address.h"

namespace natsim {

/// The address family as a template argument: tables are written once for both.
struct Ipv4 {
  using Address = Ipv4Address;
};

template <class Family>
struct FlowKey;

template <>
struct FlowKey<Ipv4> {
  using Words = std::array<std::uint64_t, 2>;

  Ipv4Address source;
  Ipv4Address destination;
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  Protocol protocol = Protocol::udp;
  std::uint8_t zero[3] = {0, 0, 0};

  /// Put together in registers: a processor stalls where it reads as a whole what was just written
  /// in pieces.
  static FlowKey with_ports(Ipv4Address source, Ipv4Address destination, std::uint16_t source_port,
                            std::uint16_t destination_port, Protocol protocol) {
    const Words words = {std::uint64_t(destination.value) << 32 | source.value,
                         std::uint64_t(std::uint8_t(protocol)) << 32 |
                             std::uint64_t(destination_port) << 16 | source_port};
    return std::bit_cast<FlowKey>(words);
  }

  bool operator==(const FlowKey& other) const {
    const auto a = std::bit_cast<Words>(*this), b = std::bit_cast<Words>(other);
    return ((a[0] ^ b[0]) | (a[1] ^ b[1])) == 0;
  }

  /// Spreads all 128 bits over 64. The same on every machine, and not for hostile input.
  std::uint64_t hash() const {
    const auto words = std::bit_cast<Words>(*this);
    __extension__ using Wide = unsigned __int128;
    const Wide product =
        Wide(words[0] ^ 0x9e37'79b9'7f4a'7c15) * Wide(words[1] ^ 0xd1b5'4a32'd192'ed03);
    const std::uint64_t folded = std::uint64_t(product >> 64) ^ std::uint64_t(product);
    return folded * 0xff51'afd7'ed55'8ccd;
  }
};
static_assert(sizeof(FlowKey<Ipv4>) == 16);

using FlowKeyV4 = FlowKey<Ipv4>;

/// The key of the answers to what `key` names. nullopt for an ICMP message that has no answer: such
/// a thing is no connection.
std::optional<FlowKeyV4> invert(const FlowKeyV4& key);

/// The form for observers. ICMP: the identifier stands at the end that invented it, as RFC 5508
/// has it.
Tuple to_tuple(const FlowKeyV4& key);

}  // namespace natsim
