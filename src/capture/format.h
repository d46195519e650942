// What more than one part of this folder has to know of the formats: how much of a frame is kept,
// the head of a pcap file, where simulated time lies on the wall clock.
#pragma once

#include <cstdint>

#include "sim/base/time.h"

namespace natsim {

/// Bytes of a frame that captures hold: libpcap's own limit, more than any frame has.
inline constexpr std::uint32_t kSnapLength = 262144;

/// How a classic capture file begins.
struct PcapFileHead {
  std::uint32_t magic = 0xa1b23c4d;  // as words: tells the byte order, and nanoseconds
  std::uint16_t major = 2, minor = 4;
  std::uint32_t time_zone = 0, accuracy = 0;
  std::uint32_t snap_length = kSnapLength;
  std::uint32_t link_type = 1;  // Ethernet
};
static_assert(sizeof(PcapFileHead) == 24);

/// The wall-clock time of simulated time 0, in seconds since 1970-01-01T00:00:00Z.
struct Epoch {
  /// The last second that a pcap file can name: in 2106.
  static constexpr std::int64_t kSecondsMax = 0xffffffff;

  std::int64_t seconds = 0;

  constexpr bool valid() const { return seconds >= 0 && seconds <= kSecondsMax; }
  /// Nanoseconds since 1970. REQUIRES: valid(), when >= 0.
  constexpr std::uint64_t wall_clock_ns(Instant when) const {
    return std::uint64_t(seconds) * 1'000'000'000 + std::uint64_t(when.ns());
  }
};

}  // namespace natsim
