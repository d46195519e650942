#include "sim/base/units.h"

#include <limits>
#include <numeric>
#include <optional>
#include <span>

namespace natsim {
namespace {

__extension__ typedef unsigned __int128 Wide;  // of g++ and clang alike; not in ISO C++

/// digits / 10^decimals, as written.
struct Decimal {
  std::uint64_t digits = 0;
  int decimals = 0;
  std::string_view unit;
};

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr Unit kDurationUnits[] = {
    {"ns", 1},
    {"us", 1'000},
    {"µs", 1'000},
    {"ms", 1'000'000},
    {"s", 1'000'000'000},
    {"m", 60'000'000'000},
    {"min", 60'000'000'000},
    {"h", 3'600'000'000'000},
    {"d", 86'400'000'000'000},
};
constexpr Unit kRateUnits[] = {
    {"bit/s", 1},
    {"kbit/s", 1'000},
    {"Mbit/s", 1'000'000},
    {"Gbit/s", 1'000'000'000},
    {"Tbit/s", 1'000'000'000'000},
};
constexpr Unit kSizeUnits[] = {
    {"B", 1},         {"kB", 1'000},    {"MB", 1'000'000}, {"GB", 1'000'000'000},
    {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30},
};

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

Result<Decimal, UnitError> parse_decimal(std::string_view text) {
  Decimal out;
  std::size_t i = 0;
  bool point = false;
  for (; i < text.size() && (is_digit(text[i]) || (text[i] == '.' && !point)); ++i) {
    if (text[i] == '.') {
      point = true;
      continue;
    }
    if (out.digits > (std::numeric_limits<std::uint64_t>::max() - 9) / 10)
      return point ? UnitError::too_fine : UnitError::too_large;
    out.digits = out.digits * 10 + std::uint64_t(text[i] - '0');
    out.decimals += point;
  }
  const bool digits_on_both_sides = i > 0 && is_digit(text[0]) && is_digit(text[i - 1]);
  if (!digits_on_both_sides) return UnitError::not_a_number;
  while (out.decimals > 0 && out.digits % 10 == 0) out.digits /= 10, --out.decimals;
  if (i < text.size() && text[i] == ' ') ++i;
  out.unit = text.substr(i);
  if (out.unit.empty()) return UnitError::no_unit;
  return out;
}

std::uint64_t power_of_ten(int exponent) {
  std::uint64_t value = 1;
  while (exponent-- > 0) value *= 10;
  return value;
}

Result<std::uint64_t, UnitError> parse_quantity(std::string_view text, std::span<const Unit> units,
                                                std::uint64_t max) {
  const auto number = parse_decimal(text);
  if (!number) return number.error();
  for (const Unit& unit : units) {
    if (unit.name != number->unit) continue;
    const Wide scaled = Wide(number->digits) * unit.factor;
    const std::uint64_t divisor = power_of_ten(number->decimals);
    if (scaled % divisor != 0) return UnitError::too_fine;
    if (scaled / divisor > max) return UnitError::too_large;
    return std::uint64_t(scaled / divisor);
  }
  return UnitError::unknown_unit;
}

/// value / scale with its decimals, without trailing zeros. `scale` is a power of ten.
std::string decimal_text(std::uint64_t value, std::uint64_t scale) {
  std::string text = std::to_string(value / scale);
  std::uint64_t rest = value % scale;
  if (rest == 0) return text;
  text += '.';
  while (rest != 0) {
    scale /= 10;
    text += char('0' + rest / scale);
    rest %= scale;
  }
  return text;
}

}  // namespace

const char* to_string(UnitError error) {
  switch (error) {
    case UnitError::not_a_number: return "not_a_number";
    case UnitError::no_unit: return "no_unit";
    case UnitError::unknown_unit: return "unknown_unit";
    case UnitError::too_large: return "too_large";
    case UnitError::too_fine: return "too_fine";
  }
  return "?";
}

Result<Duration, UnitError> parse_duration(std::string_view text) {
  const auto ns = parse_quantity(text, kDurationUnits, std::numeric_limits<std::int64_t>::max());
  if (!ns) return ns.error();
  return Duration::nanoseconds(std::int64_t(*ns));
}

Result<std::uint64_t, UnitError> parse_rate(std::string_view text) {
  return parse_quantity(text, kRateUnits, std::numeric_limits<std::uint64_t>::max());
}

Result<std::uint64_t, UnitError> parse_size(std::string_view text) {
  return parse_quantity(text, kSizeUnits, std::numeric_limits<std::uint64_t>::max());
}

Result<Ratio, UnitError> parse_percent(std::string_view text) {
  const auto number = parse_decimal(text);
  if (!number) return number.error();
  if (number->unit != "%") return UnitError::unknown_unit;
  if (number->decimals > 7) return UnitError::too_fine;
  const std::uint64_t denominator = 100 * power_of_ten(number->decimals);
  if (number->digits > denominator) return UnitError::too_large;
  const std::uint64_t common = std::gcd(number->digits, denominator);
  return Ratio{std::uint32_t(number->digits / common), std::uint32_t(denominator / common)};
}

std::string format_duration(Duration duration) {
  if (duration == Duration()) return "0s";
  const std::string sign = duration < Duration() ? "-" : "";
  // Negated as unsigned: the most negative duration has no positive twin.
  const auto ns = sign.empty() ? std::uint64_t(duration.ns()) : 0 - std::uint64_t(duration.ns());
  for (const Unit& unit : {kDurationUnits[8], kDurationUnits[7], kDurationUnits[5]})
    if (ns % unit.factor == 0) return sign + std::to_string(ns / unit.factor).append(unit.name);
  for (const Unit& unit : {kDurationUnits[4], kDurationUnits[3], kDurationUnits[1]})
    if (ns >= unit.factor) return sign + decimal_text(ns, unit.factor).append(unit.name);
  return sign + std::to_string(ns) + "ns";
}

std::string format_rate(std::uint64_t bits_per_second) {
  for (const Unit& unit : {kRateUnits[4], kRateUnits[3], kRateUnits[2], kRateUnits[1]})
    if (bits_per_second >= unit.factor)
      return decimal_text(bits_per_second, unit.factor).append(unit.name);
  return std::to_string(bits_per_second) + "bit/s";
}

std::string format_size(std::uint64_t bytes) {
  for (const Unit& unit : {Unit{"GiB", 1 << 30}, Unit{"MiB", 1 << 20}, Unit{"KiB", 1 << 10}})
    if (bytes != 0 && bytes % unit.factor == 0)
      return std::to_string(bytes / unit.factor).append(unit.name);
  return std::to_string(bytes) + "B";
}

std::string format_percent(Ratio ratio) {
  // A ratio is an exact decimal if its denominator, in lowest terms, divides a power of ten.
  std::uint64_t numerator = std::uint64_t(ratio.numerator) * 100;
  std::uint64_t denominator = ratio.denominator;
  std::uint64_t scale = 1;
  for (int i = 0; i < 10 && numerator * scale % denominator != 0; ++i) {
    if (numerator > std::numeric_limits<std::uint64_t>::max() / (scale * 10)) break;
    scale *= 10;
  }
  if (numerator * scale % denominator != 0)
    return std::to_string(ratio.numerator) + '/' + std::to_string(ratio.denominator);
  return decimal_text(numerator * scale / denominator, scale) + '%';
}

}  // namespace natsim
