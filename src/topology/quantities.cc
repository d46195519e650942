// The scalars of values.h that are measured: time, rates, sizes, shares.
#include <algorithm>
#include <limits>
#include <span>

#include <fmt/format.h>

#include "sim/base/units.h"
#include "src/topology/context.h"
#include "src/topology/suggest.h"
#include "src/topology/values.h"

namespace natsim::topology {
namespace {

/// A unit, and what else people write for it.
struct UnitName {
  std::string_view unit, others;
};

constexpr UnitName kDurationUnits[] = {
    {"ns", "nsec nanosecond nanoseconds"},
    {"us", "usec microsecond microseconds"},
    {"ms", "msec msecs millisecond milliseconds"},
    {"s", "sec secs second seconds"},
    {"m", "mins minute minutes"},
    {"h", "hr hrs hour hours"},
    {"d", "day days"},
};
// Not "mbps": tc means megabytes a second by it, others megabits.
constexpr UnitName kRateUnits[] = {
    {"bit/s", "bps bit bits"},     {"kbit/s", "kbps kbit k"}, {"Mbit/s", "Mbps Mbit M"},
    {"Gbit/s", "Gbps Gbit gig G"}, {"Tbit/s", "Tbps Tbit T"},
};
constexpr UnitName kSizeUnits[] = {
    {"B", "byte bytes"}, {"kB", "KB"}, {"KiB", "K k Ki"}, {"MB", ""},
    {"MiB", "M Mi"},     {"GB", ""},   {"GiB", "G Gi"},
};
constexpr UnitName kPercentUnits[] = {{"%", "percent"}};

bool same_letters(std::string_view a, std::string_view b) {
  return a.size() == b.size() && edit_distance(a, b, 0) == 0;
}

/// The unit that `written` is another word for, or empty.
std::string_view meant_unit(std::string_view written, std::span<const UnitName> units) {
  for (const UnitName& unit : units)
    if (has_word(unit.others, written)) return unit.unit;
  for (const UnitName& unit : units)
    if (same_letters(written, unit.unit)) return unit.unit;
  return {};
}

Complaint explain(UnitError error, std::string_view text, ValueKind kind,
                  std::span<const UnitName> units) {
  std::vector<std::string_view> names;
  for (const UnitName& unit : units) names.push_back(unit.unit);
  const auto what = expected(kind);
  const auto number = text.substr(0, text.find_first_not_of("0123456789."));
  const auto unit = text.substr(std::min(text.size(), text.find_first_not_of(' ', number.size())));
  const auto meant = meant_unit(unit, units);
  switch (error) {
    case UnitError::not_a_number: return {};
    case UnitError::no_unit:
      return {fmt::format("{} has no unit: expected {}", quoted(text), what),
              fmt::format("units: {}", listed(names))};
    case UnitError::unknown_unit:
      return {fmt::format("{} has an unknown unit: expected {}", quoted(text), what),
              meant.empty() ? fmt::format("units: {}", listed(names))
                            : did_you_mean(std::string(number).append(meant))};
    case UnitError::too_large: return {fmt::format("{} is too large", quoted(text)), ""};
    case UnitError::too_fine:
      return {fmt::format("{} is finer than the smallest step", quoted(text)),
              kind == ValueKind::percent ? "at most seven decimals"
                                         : fmt::format("whole {}", names.front())};
  }
  return {};
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar (Howard Hinnant's days_from_civil).
std::int64_t days_from_civil(std::int64_t year, unsigned month, unsigned day) {
  year -= month <= 2;
  const std::int64_t era = year / 400;  // years are not negative here
  const auto year_of_era = unsigned(year - era * 400);
  const unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + std::int64_t(day_of_era) - 719'468;
}

unsigned days_in(unsigned year, unsigned month) {
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  if (month == 2) return leap ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

}  // namespace

Parsed<Duration> DurationValue::parse(std::string_view text) {
  const auto value = parse_duration(text);
  if (!value) return explain(value.error(), text, kind, kDurationUnits);
  return *value;
}

Parsed<Spacing> SpacingValue::parse(std::string_view text) {
  constexpr std::string_view kRandom = "exponential ";
  const bool random = text.substr(0, kRandom.size()) == kRandom;
  const auto time = DurationValue::parse(text.substr(random ? kRandom.size() : 0));
  if (!time) return time.error();
  if (random && *time > kExponentialMeanMax)
    return Complaint{fmt::format("{} is too large for a mean", quoted(text)), ""};
  return Spacing(*time, random);
}

Parsed<Duration> OffsetValue::parse(std::string_view text) {
  const bool negative = text.substr(0, 1) == "-";
  const auto time = DurationValue::parse(text.substr(negative || text.substr(0, 1) == "+" ? 1 : 0));
  if (!time) return time.error();
  // As far as NTP can tell.
  if (*time > Duration::seconds(1'000'000'000))
    return Complaint{fmt::format("{} is too large", quoted(text)), ""};
  return negative ? -*time : *time;
}

Parsed<Instant> InstantValue::parse(std::string_view text) {
  const auto value = parse_duration(text);
  if (!value) return explain(value.error(), text, kind, kDurationUnits);
  // Half of the range, so that adding repetitions and delays to it stays far from the end of time.
  if (*value > Duration::max() / 2)
    return Complaint{fmt::format("{} is too large", quoted(text)), ""};
  return Instant() + *value;
}

Parsed<std::uint64_t> RateValue::parse(std::string_view text) {
  if (text == "unlimited") return std::uint64_t{0};
  const auto value = parse_rate(text);
  if (!value) {
    auto complaint = explain(value.error(), text, kind, kRateUnits);
    if (value.error() == UnitError::not_a_number) complaint.hint = "or the word 'unlimited'";
    return complaint;
  }
  if (*value == 0)
    return Complaint{"a cable of 0 bit/s carries nothing",
                     "'unlimited' is a cable on which sending takes no time"};
  return *value;
}

Parsed<std::uint32_t> QueueSizeValue::parse(std::string_view text) {
  const auto value = parse_size(text);
  if (!value) return explain(value.error(), text, kind, kSizeUnits);
  if (*value > std::numeric_limits<std::uint32_t>::max())
    return Complaint{fmt::format("{} is too large: less than 4GiB", quoted(text)), ""};
  return std::uint32_t(*value);
}

Parsed<Ratio> PercentValue::parse(std::string_view text) {
  const auto value = parse_percent(text);
  if (value) return *value;
  if (value.error() == UnitError::too_large)
    return Complaint{fmt::format("{} is more than 100%", quoted(text)), ""};
  return explain(value.error(), text, kind, kPercentUnits);
}

Parsed<std::int64_t> TimestampValue::parse(std::string_view text) {
  constexpr std::string_view kForm = "dddd-dd-ddTdd:dd:ddZ";
  if (text.size() != kForm.size()) return Complaint{};
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kForm[i] == 'd' ? !digit : text[i] != kForm[i]) return Complaint{};
  }
  const auto number = [&](std::size_t at, std::size_t count) {
    unsigned value = 0;
    for (std::size_t i = at; i < at + count; ++i) value = value * 10 + unsigned(text[i] - '0');
    return value;
  };
  const unsigned year = number(0, 4), month = number(5, 2), day = number(8, 2);
  const unsigned hour = number(11, 2), minute = number(14, 2), second = number(17, 2);
  if (month < 1 || month > 12 || day < 1 || day > days_in(year, month) || hour > 23 ||
      minute > 59 || second > 59)
    return Complaint{fmt::format("{} is no day and time of the calendar", quoted(text)), ""};
  if (year < 1970 || year > 2105)
    return Complaint{"the time has to be in the years 1970 to 2105, which captures can hold", ""};
  return days_from_civil(year, month, day) * 86'400 + hour * 3'600 + minute * 60 + second;
}

}  // namespace natsim::topology
