// NTP, RFC 5905 7.3: the packet of clients and servers, without extensions and authentication.
//
//    0     2     5        8               16              24            31
//   | LI  | VN  | mode   | stratum       | poll          | precision    |   0
//   |   root delay, in seconds and 2^-16 of them                        |   4
//   |   root dispersion, the same                                       |   8
//   |   reference id: of stratum 1 four letters, else an address        |  12
//   |   reference timestamp: when its clock was last set                |  16
//   |   origin timestamp: the request's transmit timestamp              |  24
//   |   receive timestamp: when the request arrived                     |  32
//   |   transmit timestamp: when this left                              |  40
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "sim/base/bytes.h"
#include "sim/base/result.h"
#include "sim/base/time.h"

namespace natsim {

inline constexpr std::uint16_t kNtpPort = 123;
inline constexpr std::size_t kNtpBytes = 48;

/// Seconds since 1900-01-01T00:00:00Z modulo 2^32 (of the present era), and 2^-32 of them; 0 is
/// unknown.
using NtpTime = std::uint64_t;
/// The wall clock's time at `now`, where simulated time 0 is `epoch_s` seconds after 1970.
NtpTime ntp_time(Instant now, std::int64_t epoch_s);
/// a - b, right for differences of up to 68 years, to the nearest nanosecond: what went into
/// ntp_time() comes out.
Duration ntp_difference(NtpTime a, NtpTime b);

enum class NtpMode : std::uint8_t { client = 3, server = 4 };

struct NtpPacket {
  std::uint8_t leap = 0;  ///< 3: the clock is not set
  std::uint8_t version = 4;
  NtpMode mode = NtpMode::client;  ///< others than these two are kept as they are
  std::uint8_t stratum = 0;        ///< 0: unspecified; 1: a primary server
  std::int8_t poll = 6;            ///< log2 of seconds
  std::int8_t precision = -20;     ///< log2 of seconds
  std::uint32_t root_delay = 0, root_dispersion = 0;
  std::uint32_t reference_id = 0;
  NtpTime reference = 0, origin = 0, receive = 0, transmit = 0;

  /// What follows the header is not looked at. Errors: truncated.
  static Result<NtpPacket> parse(ByteSpan datagram);
  void emit(Bytes& out) const;
  bool operator==(const NtpPacket&) const = default;
};

}  // namespace natsim
