// What tests write as text: addresses, payloads and times.
#pragma once

#include <ostream>
#include <string>
#include <string_view>

#include "sim/base/bytes.h"
#include "sim/base/check.h"
#include "sim/base/time.h"
#include "sim/wire/address.h"
#include "sim/wire/mac.h"

namespace natsim::lab {

/// "10.0.0.2". This and what follows: anything else ends the test program.
inline Ipv4Address ip(std::string_view text) {
  const auto address = Ipv4Address::parse(text);
  SIM_CHECK(address.has_value());
  return *address;
}
/// "10.0.0.2/24"
inline Prefix prefix(std::string_view text) {
  const auto parsed = Prefix::parse(text);
  SIM_CHECK(parsed.has_value());
  return *parsed;
}
/// "10.0.0.2:80"
inline Endpoint endpoint(std::string_view text) {
  const auto parsed = Endpoint::parse(text);
  SIM_CHECK(parsed.has_value());
  return *parsed;
}
/// "02:00:00:00:00:07"
inline MacAddress mac(std::string_view text) {
  const auto address = MacAddress::parse(text);
  SIM_CHECK(address.has_value());
  return *address;
}

/// The octets of `words`.
inline Bytes text(std::string_view words) { return {words.begin(), words.end()}; }
/// `count` octets that tell their own place: 0, 1, 2 … 250, 0 …; 251 is prime, so that a shift by a
/// fragment's length shows.
inline Bytes counting(std::size_t count) {
  Bytes result(count);
  for (std::size_t i = 0; i < count; ++i) result[i] = std::uint8_t(i % 251);
  return result;
}

inline Instant at_time(Duration since_start) { return Instant() + since_start; }
/// "1.000250000 s"
std::string to_string(Instant when);

}  // namespace natsim::lab

namespace natsim {

// How GoogleTest shows them.
inline void PrintTo(Instant when, std::ostream* out) { *out << lab::to_string(when); }
inline void PrintTo(MacAddress mac, std::ostream* out) { *out << mac.to_string(); }
inline void PrintTo(Ipv4Address address, std::ostream* out) { *out << address.to_string(); }

}  // namespace natsim
