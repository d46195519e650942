// TCP options: MSS (RFC 9293 3.7.1), window scale and timestamps (RFC 7323), SACK (RFC 2018).
//
//   end of options  | 0 |                          no operation   | 1 |
//   MSS             | 2 | 4 | octets (16) |        window scale   | 3 | 3 | shift |
//   SACK permitted  | 4 | 2 |                      timestamps     | 8 | 10 | value (32) | echo (32)
//   | SACK            | 5 | 2 + 8n | left edge (32) | right edge (32) | …      1 <= n <= 4
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "sim/base/bytes.h"
#include "sim/base/result.h"
#include "sim/wire/seq.h"

namespace natsim {

inline constexpr std::size_t kTcpOptionsBytesMax = 40;
/// RFC 7323 2.3: a greater shift is taken as this one.
inline constexpr std::uint8_t kTcpWindowScaleMax = 14;

/// The octets [left, right) have arrived.
struct SackBlock {
  Seq left{};
  Seq right{};
  bool operator==(const SackBlock&) const = default;
};

struct TcpTimestamps {
  std::uint32_t value = 0;  // TSval
  std::uint32_t echo = 0;   // TSecr
  bool operator==(const TcpTimestamps&) const = default;
};

struct TcpOptions {
  std::optional<std::uint16_t> mss{};
  std::optional<std::uint8_t> window_scale{};  // 0 … kTcpWindowScaleMax
  bool sack_permitted = false;
  std::optional<TcpTimestamps> timestamps{};
  std::array<SackBlock, 4> sack{};  // the first sack_count mean something, the others are zero
  std::uint8_t sack_count = 0;

  /// `bytes` is all that lies between the fixed header and the payload. Unknown kinds are skipped;
  /// of one that comes twice the last counts.
  /// Errors: bad_length (RFC 9293 3.1, MUST-7: be prepared for an illegal length).
  static Result<TcpOptions> parse(ByteSpan bytes);
  /// As a host reads them, whatever they are: one of a wrong length is skipped, and where the
  /// lengths make no sense it stops (Linux's tcp_parse_options).
  static TcpOptions take(ByteSpan bytes);
  /// A multiple of four. REQUIRES: together they fit into kTcpOptionsBytesMax.
  std::size_t size() const;
  /// Writes the first size() octets of `out`, in the order and alignment that Linux sends.
  void emit(MutableByteSpan out) const;
  bool operator==(const TcpOptions&) const = default;
};

}  // namespace natsim
