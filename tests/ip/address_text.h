// Addresses as the tests of this area write them.
#pragma once

#include <string_view>

#include "sim/base/check.h"
#include "sim/wire/address.h"
#include "sim/wire/mac.h"

namespace natsim {

/// "10.1.0.1"; anything else ends the test program.
inline Ipv4Address ip(std::string_view text) {
  const auto address = Ipv4Address::parse(text);
  SIM_CHECK(address.has_value());
  return *address;
}

inline Prefix prefix(std::string_view text) {
  const auto parsed = Prefix::parse(text);
  SIM_CHECK(parsed.has_value());
  return *parsed;
}

inline MacAddress mac(std::string_view text) {
  const auto address = MacAddress::parse(text);
  SIM_CHECK(address.has_value());
  return *address;
}

}  // namespace natsim
