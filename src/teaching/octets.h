// Octets of addresses, for faults that change one.
#pragma once

#include <cstdint>
#include <string>

#include "sim/wire/address.h"

namespace natsim::teaching {

/// Octet `index` of the address, 0 the first.
inline std::uint8_t octet(Ipv4Address address, int index) {
  return std::uint8_t(address.value >> (8 * (3 - index)));
}
/// The address with that octet replaced.
inline std::string with_octet(Ipv4Address address, int index, std::uint8_t octet) {
  const int shift = 8 * (3 - index);
  const std::uint32_t cleared = address.value & ~(std::uint32_t(0xff) << shift);
  return Ipv4Address{cleared | (std::uint32_t(octet) << shift)}.to_string();
}

}  // namespace natsim::teaching
