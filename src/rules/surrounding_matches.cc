// Matches that look at what is around a packet: named sets, the clock.
#include <array>
#include <chrono>

#include <fmt/format.h>

#include "src/rules/values.h"

namespace natsim::rules {
namespace {

using topology::quoted;

class Set : public Extension {
 public:
  Set() : Extension("set", kOptions) {}
  void finish(RuleDraft& draft, const Word& self, Complaints& complaints) override {
    if (!used(kMatchSet)) return complaints.error(self, "'-m set' needs '--match-set'");
    draft.add(match_);
  }

 protected:
  void take(const OptionUse& use, Complaints& complaints) override {
    constexpr std::size_t kSidesMax = 6;
    if (use.id != kMatchSet)
      return complaints.error(use.option,
                              fmt::format("{} is not modelled", quoted(use.option.text)));
    static const std::vector<std::string_view> sides = {"src", "dst"};
    match_.name = use.values[0].text;
    match_.negated = use.negated;
    const auto words = use.values[1].split(',');
    if (words.size() > kSidesMax)
      return complaints.error(use.values[1], "more than 6 of 'src' and 'dst'");
    match_.parts = std::uint8_t(words.size());
    for (std::size_t i = 0; i < words.size(); ++i) {
      const auto side = read_choice(words[i], sides, "side of a packet", complaints);
      if (!side) return;
      if (*side == 0) match_.source_parts = std::uint8_t(match_.source_parts | 1u << i);
    }
  }

 private:
  enum : std::uint8_t { kMatchSet };
  static constexpr OptionSyntax kOptions[] = {{"match-set", kMatchSet, 2, true},
                                              {"return-nomatch", 1, 0},
                                              {"update-counters", 2, 0, true},
                                              {"update-subcounters", 3, 0, true},
                                              {"packets-eq", 4, 1, true},
                                              {"packets-lt", 5},
                                              {"packets-gt", 6},
                                              {"bytes-eq", 7, 1, true},
                                              {"bytes-lt", 8},
                                              {"bytes-gt", 9}};
  SetMatch match_;
};

class Time : public Extension {
 public:
  Time() : Extension("time", kOptions) {}
  void finish(RuleDraft& draft, const Word& self, Complaints& complaints) override {
    if (match_.contiguous && match_.day_first < match_.day_last)
      return complaints.error(self, "'--contiguous' is for a time that passes midnight",
                              "where '--timestop' is before '--timestart'");
    if (match_.week_days == 0 || match_.month_days == 0)
      return complaints.error(self, "no day is left");
    draft.add(match_);
  }

 protected:
  void take(const OptionUse& use, Complaints& complaints) override;

 private:
  enum : std::uint8_t {
    kTimeStart,
    kTimeStop,
    kDateStart,
    kDateStop,
    kWeekdays,
    kMonthdays,
    kContiguous,
    kKernelZone,
    kUtc,
    kLocalZone,
  };
  static constexpr OptionSyntax kOptions[] = {{"timestart", kTimeStart},
                                              {"timestop", kTimeStop},
                                              {"datestart", kDateStart},
                                              {"datestop", kDateStop},
                                              {"weekdays", kWeekdays, 1, true},
                                              {"monthdays", kMonthdays, 1, true},
                                              {"contiguous", kContiguous, 0},
                                              {"kerneltz", kKernelZone, 0},
                                              {"utc", kUtc, 0},
                                              {"localtz", kLocalZone, 0}};

  TimeMatch match_;
};

/// Reads a number of `text` from `at` on, and the sign behind it; false where there is none.
bool take_number(std::string_view text, std::size_t& at, std::uint32_t min, std::uint32_t max,
                 std::uint32_t& value) {
  const std::size_t begin = at;
  std::uint32_t number = 0;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9' && at - begin < 4; ++at)
    number = number * 10 + std::uint32_t(text[at] - '0');
  value = number;
  return at > begin && number >= min && number <= max;
}

/// "06:30", "06:30:15": seconds of a day.
std::optional<std::uint32_t> seconds_of(std::string_view text) {
  std::uint32_t parts[3] = {0, 0, 0};
  std::size_t at = 0;
  for (int i = 0; i < 3; ++i) {
    if (!take_number(text, at, 0, i == 0 ? 23 : 59, parts[i])) return std::nullopt;
    if (at == text.size())
      return i == 0 ? std::nullopt : std::optional(parts[0] * 3600 + parts[1] * 60 + parts[2]);
    if (text[at++] != ':') return std::nullopt;
  }
  return std::nullopt;
}

/// "2026", "2026-03", "2026-03-01", "2026-03-01T12", …: seconds since 1970.
std::optional<std::int64_t> date_of(std::string_view text) {
  std::uint32_t date[3] = {1970, 1, 1};
  constexpr std::array<std::pair<std::uint32_t, std::uint32_t>, 3> kLimits = {
      {{1970, 2106}, {1, 12}, {1, 31}}};
  const auto t = text.find('T');
  const std::string_view day = text.substr(0, t);
  std::size_t at = 0;
  for (int i = 0; i < 3; ++i) {
    if (!take_number(day, at, kLimits[i].first, kLimits[i].second, date[i])) return std::nullopt;
    if (at == day.size()) break;
    if (i == 2 || day[at++] != '-') return std::nullopt;
  }
  std::uint32_t seconds = 0;
  if (t != std::string_view::npos) {
    std::string clock(text.substr(t + 1));
    if (clock.find(':') == std::string::npos) clock += ":00";
    const auto read = seconds_of(clock);
    if (!read) return std::nullopt;
    seconds = *read;
  }
  const std::chrono::year_month_day calendar{
      std::chrono::year(int(date[0])), std::chrono::month(date[1]), std::chrono::day(date[2])};
  if (!calendar.ok()) return std::nullopt;
  return std::int64_t(std::chrono::sys_days(calendar).time_since_epoch().count()) *
             TimeMatch::kDaySeconds +
         seconds;
}

/// "Mon,Tue" or "1,2": a bit each, Monday is 1. iptables looks at two letters.
std::optional<std::uint8_t> read_week_days(const Word& word, Complaints& complaints) {
  static const std::vector<std::string_view> names = {"Mon", "Tue", "Wed", "Thu",
                                                      "Fri", "Sat", "Sun"};
  std::uint8_t days = 0;
  for (const Word& part : word.split(',')) {
    std::optional<std::size_t> index;
    for (std::size_t i = 0; i < names.size(); ++i)
      if (part.text == std::to_string(i + 1) ||
          (part.text.size() >= 2 &&
           names[i].substr(0, 2) == std::string_view(part.text).substr(0, 2)))
        index = i;
    if (!index) index = read_choice(part, names, "day of the week", complaints);
    if (!index) return std::nullopt;
    days = std::uint8_t(days | 2u << *index);
  }
  return days;
}

std::optional<std::uint32_t> read_month_days(const Word& word, Complaints& complaints) {
  std::uint32_t days = 0;
  for (const Word& part : word.split(',')) {
    const auto day = read_number(part, 1, 31, complaints);
    if (!day) return std::nullopt;
    days |= 1u << *day;
  }
  return days;
}

void Time::take(const OptionUse& use, Complaints& complaints) {
  switch (use.id) {
    case kTimeStart:
    case kTimeStop: {
      const auto seconds = seconds_of(use.value().text);
      if (!seconds)
        return complaints.error(use.value(),
                                fmt::format("{} is no time of day", quoted(use.value().text)),
                                "hh:mm or hh:mm:ss");
      (use.id == kTimeStart ? match_.day_first : match_.day_last) = *seconds;
      return;
    }
    case kDateStart:
    case kDateStop: {
      const auto date = date_of(use.value().text);
      if (!date)
        return complaints.error(use.value(), fmt::format("{} is no date", quoted(use.value().text)),
                                "2026-03-01 or 2026-03-01T12:00:00");
      (use.id == kDateStart ? match_.date_first : match_.date_last) = *date;
      return;
    }
    case kWeekdays:
      if (const auto days = read_week_days(use.value(), complaints))
        match_.week_days = std::uint8_t(use.negated ? ~*days & 0xfe : *days);
      return;
    case kMonthdays:
      if (const auto days = read_month_days(use.value(), complaints))
        match_.month_days = use.negated ? ~*days & 0xffff'fffe : *days;
      return;
    case kContiguous: match_.contiguous = true; return;
    case kKernelZone:
    case kUtc: return;  // the clock is UTC
    default:
      complaints.error(use.option, fmt::format("{} is not modelled", quoted(use.option.text)),
                       "times are UTC");
  }
}

}  // namespace

std::span<const ExtensionSyntax> surrounding_matches() {
  static constexpr ExtensionSyntax kAll[] = {{"set", &make_extension<Set>},
                                             {"time", &make_extension<Time>}};
  return kAll;
}

}  // namespace natsim::rules
