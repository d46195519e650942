// A named set of addresses, ports or MACs: what `ipset save` prints of one.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/place.h"
#include "sim/base/time.h"
#include "sim/wire/address.h"
#include "sim/wire/mac.h"

namespace natsim {

/// What a part of a set's elements is: hash:ip,port,net has three. A part takes one of a packet's
/// two sides.
enum class SetPart : std::uint8_t {
  address,   ///< one IPv4 address
  network,   ///< a prefix; the longest that holds the packet's address decides
  port,      ///< protocol and port; for ICMP type * 256 + code
  any_port,  ///< a port of TCP or UDP, whichever
  mac,
};
inline constexpr std::size_t kSetPartsMax = 3;
inline constexpr std::size_t kSetAddressesMax = 2;  ///< parts of a set that are addresses

struct SetElement {
  std::array<Prefix, kSetAddressesMax> addresses{};  ///< in the order of the set's parts; IPv4
  Protocol protocol{};
  std::uint16_t port = 0;
  MacAddress mac;
  /// Not in the set, though a shorter prefix is.
  bool nomatch = false;
  std::optional<Duration> timeout;  ///< gone after this; none: it stays
};

struct SetDescription {
  std::string name;
  Place place;
  std::vector<SetPart> parts;        ///< 1 … kSetPartsMax
  std::uint8_t address_length = 32;  ///< hash:ip's --netmask: that much of an address counts
  std::vector<SetElement> elements;
};

}  // namespace natsim
