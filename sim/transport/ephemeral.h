// Ephemeral ports: Linux's range (net.ipv4.ip_local_port_range), chosen at random (RFC 6056 3.3.1).
#pragma once

#include <cstdint>
#include <optional>

#include "sim/base/random.h"

namespace natsim {

inline constexpr std::uint16_t kEphemeralPortFirst = 32768;
inline constexpr std::uint16_t kEphemeralPortLast = 60999;
inline constexpr std::uint32_t kEphemeralPorts = kEphemeralPortLast - kEphemeralPortFirst + 1;

/// A port for which `in_use(port)` is false: a random one, or the next free one above it. Draws
/// once. nullopt when all are in use.
template <class InUse>
std::optional<std::uint16_t> pick_ephemeral_port(Prng& rng, const InUse& in_use) {
  const auto start = std::uint32_t(rng.below(kEphemeralPorts));
  for (std::uint32_t i = 0; i < kEphemeralPorts; ++i) {
    const auto port = std::uint16_t(kEphemeralPortFirst + (start + i) % kEphemeralPorts);
    if (!in_use(port)) return port;
  }
  return std::nullopt;
}

}  // namespace natsim
