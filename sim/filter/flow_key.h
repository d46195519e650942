// What names one direction of a connection, packed so that tables of millions stay small.
//
//   FlowKey<Ipv4>:  | source 4 | destination 4 | source port 2 | destination port 2 | proto 1 | 0 3
//   |
//
// The two port fields hold what the protocol has in their place. For ICMP queries they are those of
// nf_conntrack: the identifier, and type * 256 + code; for protocols without ports both are zero.
#pragma once

#include <cstdint>
#include <cstring>
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
  Ipv4Address source;
  Ipv4Address destination;
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  Protocol protocol = Protocol::udp;
  std::uint8_t zero[3] = {0, 0, 0};

  bool operator==(const FlowKey& other) const { return std::memcmp(this, &other, 16) == 0; }

  /// Spreads all 128 bits over 64. The same on every machine, and not for hostile input.
  std::uint64_t hash() const {
    std::uint64_t words[2];
    std::memcpy(words, this, 16);
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
