// Quantities as people write them: "10ms", "100Mbit/s", "64KiB", "0.1%".
//
// Exact integer arithmetic, overflow checked; no floating point. A quantity is a decimal number, at
// most one space, and a unit; a number alone is refused (UnitError::no_unit). Writing is the
// inverse: parse_x(format_x(v)) == v.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sim/base/random.h"
#include "sim/base/result.h"
#include "sim/base/time.h"

namespace natsim {

enum class UnitError {
  not_a_number,  ///< does not begin with a decimal number such as 10 or 1.5
  no_unit,       ///< a number and nothing behind it
  unknown_unit,
  too_large,
  too_fine,  ///< not a whole number of the smallest step (ns, bit/s, byte, or 1/10^9)
};

/// "not_a_number", "no_unit", …
const char* to_string(UnitError error);

/// Units: ns, us (or µs), ms, s, m (or min), h, d. Zero or more; at most Duration::max().
Result<Duration, UnitError> parse_duration(std::string_view text);
/// Bits per second. Units: bit/s, kbit/s, Mbit/s, Gbit/s, Tbit/s (powers of 1000).
Result<std::uint64_t, UnitError> parse_rate(std::string_view text);
/// Bytes. Units: B, kB, MB, GB (powers of 1000), KiB, MiB, GiB (powers of 1024).
Result<std::uint64_t, UnitError> parse_size(std::string_view text);
/// "0%" … "100%" as an exact ratio in lowest terms; at most seven decimals.
Result<Ratio, UnitError> parse_percent(std::string_view text);

/// "10ms", "1.5s", "5m", "1h": exact, in the largest unit that reads well.
std::string format_duration(Duration duration);
/// "100Mbit/s".
std::string format_rate(std::uint64_t bits_per_second);
/// "64KiB" where it is a whole number of them, else "1500B".
std::string format_size(std::uint64_t bytes);
/// "0.1%"; "1/3" where no decimal number is exact.
std::string format_percent(Ratio ratio);

}  // namespace natsim
