// Matches that remember earlier packets: limits, lists, counters.
#include <cmath>

#include <fmt/format.h>

#include "src/rules/values.h"

namespace natsim::rules {
namespace {

using topology::quoted;

class Limit : public Extension {
 public:
  Limit() : Extension("limit", kOptions) {}
  void finish(RuleDraft& draft, const Word&, Complaints&) override { draft.add(match_); }

 protected:
  void take(const OptionUse& use, Complaints& complaints) override {
    if (use.id == 0) {
      if (const auto interval = read_rate(use.value(), complaints)) match_.interval = *interval;
    } else if (const auto burst = read_number(use.value(), 1, 10'000, complaints)) {
      match_.burst = std::uint32_t(*burst);
    }
  }

 private:
  static constexpr OptionSyntax kOptions[] = {{"limit", 0}, {"limit-burst", 1}};
  LimitMatch match_;
};

class Statistic : public Extension {
 public:
  Statistic() : Extension("statistic", kOptions) {}
  void finish(RuleDraft& draft, const Word& self, Complaints& complaints) override {
    if (!used(kMode)) return complaints.error(self, "'-m statistic' needs '--mode'");
    const bool nth = match_.mode == StatisticMatch::Mode::nth;
    if (!used(nth ? kEvery : kProbability))
      return complaints.error(
          self, nth ? "'--mode nth' needs '--every'" : "'--mode random' needs '--probability'");
    if (nth && !used(kPacket)) return complaints.error(self, "'--every' needs '--packet'");
    if (match_.packet >= match_.every && nth)
      return complaints.error(self, "'--packet' is less than '--every'");
    draft.add(match_);
  }

 protected:
  void take(const OptionUse& use, Complaints& complaints) override {
    static const std::vector<std::string_view> modes = {"random", "nth"};
    if (use.id == kMode) {
      const auto index = read_choice(use.value(), modes, "mode", complaints);
      if (index) match_.mode = StatisticMatch::Mode(*index);
      return;
    }
    match_.negated = match_.negated || use.negated;
    if (use.id == kProbability) return take_probability(use, complaints);
    const std::uint64_t min = use.id == kEvery ? 1 : 0;
    const auto number = read_number(use.value(), min, 0x7fff'ffff, complaints);
    if (number) (use.id == kEvery ? match_.every : match_.packet) = std::uint32_t(*number);
  }

 private:
  enum : std::uint8_t { kMode, kProbability, kEvery, kPacket };
  static constexpr OptionSyntax kOptions[] = {{"mode", kMode},
                                              {"probability", kProbability, 1, true},
                                              {"every", kEvery, 1, true},
                                              {"packet", kPacket}};

  /// xt_statistic keeps it as a number of 2^31sts.
  void take_probability(const OptionUse& use, Complaints& complaints) {
    constexpr std::uint32_t kWhole = 0x8000'0000;
    const std::string& text = use.value().text;
    char* end = nullptr;
    const double share = std::strtod(text.c_str(), &end);
    if (end != text.c_str() + text.size() || text.empty() || !(share >= 0 && share <= 1))
      return complaints.error(
          use.value(), fmt::format("expected a number from 0.0 to 1.0, found {}", quoted(text)));
    match_.probability = {std::uint32_t(std::lround(share * kWhole)), kWhole};
  }

  StatisticMatch match_;
};

class Recent : public Extension {
 public:
  Recent() : Extension("recent", kOptions) {}
  void finish(RuleDraft& draft, const Word& self, Complaints& complaints) override {
    using Operation = RecentMatch::Operation;
    if (!operation_)
      return complaints.error(self,
                              "'-m recent' needs '--set', '--rcheck', '--update' or '--remove'");
    const bool looks =
        match_.operation == Operation::check || match_.operation == Operation::update;
    if (!looks && (used(kSeconds) || used(kHitcount)))
      return complaints.error(self, "'--seconds' and '--hitcount' need '--rcheck' or '--update'");
    if (match_.reap && !match_.within) return complaints.error(self, "'--reap' needs '--seconds'");
    draft.add(match_);
  }

 protected:
  void take(const OptionUse& use, Complaints& complaints) override;

 private:
  enum : std::uint8_t {
    kSet,
    kCheck,
    kUpdate,
    kRemove,
    kSeconds,
    kHitcount,
    kTtl,
    kName,
    kSource,
    kDestination,
    kMask,
    kReap,
  };
  static constexpr OptionSyntax kOptions[] = {{"set", kSet, 0, true},
                                              {"rcheck", kCheck, 0, true},
                                              {"update", kUpdate, 0, true},
                                              {"remove", kRemove, 0, true},
                                              {"seconds", kSeconds},
                                              {"hitcount", kHitcount},
                                              {"rttl", kTtl, 0},
                                              {"name", kName},
                                              {"rsource", kSource, 0},
                                              {"rdest", kDestination, 0},
                                              {"mask", kMask},
                                              {"reap", kReap, 0}};
  RecentMatch match_;
  bool operation_ = false;
};

void Recent::take(const OptionUse& use, Complaints& complaints) {
  constexpr std::uint64_t kHitsMax = 255;  // xt_recent's XT_RECENT_MAX_NSTAMPS
  switch (use.id) {
    case kSet:
    case kCheck:
    case kUpdate:
    case kRemove:
      if (operation_)
        return complaints.error(use.option, "'-m recent' does one thing at a time",
                                "one of --set, --rcheck, --update, --remove");
      operation_ = true;
      match_.operation = RecentMatch::Operation(use.id);
      match_.negated = use.negated;
      return;
    case kSeconds:
      if (const auto seconds = read_number(use.value(), 1, 0xffff'ffff, complaints))
        match_.within = Duration::seconds(std::int64_t(*seconds));
      return;
    case kHitcount:
      if (const auto hits = read_number(use.value(), 0, kHitsMax, complaints))
        match_.hits = std::uint32_t(*hits);
      return;
    case kTtl: match_.check_ttl = true; return;
    case kName:
      if (use.value().text.empty()) return complaints.error(use.value(), "a list needs a name");
      match_.name = use.value().text;
      return;
    case kSource: match_.by_destination = false; return;
    case kDestination: match_.by_destination = true; return;
    case kMask:
      if (const auto mask = read_address(use.value(), complaints)) match_.mask = *mask;
      return;
    case kReap: match_.reap = true; return;
  }
}

class Hashlimit : public Extension {
 public:
  Hashlimit() : Extension("hashlimit", kOptions) {}
  void finish(RuleDraft& draft, const Word& self, Complaints& complaints) override {
    if (!rate_)
      return complaints.error(self,
                              "'-m hashlimit' needs '--hashlimit-upto' or '--hashlimit-above'");
    if (!used(kName)) return complaints.error(self, "'-m hashlimit' needs '--hashlimit-name'");
    draft.add(match_);
  }

 protected:
  void take(const OptionUse& use, Complaints& complaints) override;

 private:
  enum : std::uint8_t {
    kUpto,
    kAbove,
    kBurst,
    kMode,
    kSourceMask,
    kDestinationMask,
    kName,
    kExpire,
    kSize,
    kMax,
    kGcInterval,
    kRateMatch,
    kRateInterval,
  };
  static constexpr OptionSyntax kOptions[] = {
      {"hashlimit-upto", kUpto, 1, true},
      {"hashlimit-above", kAbove, 1, true},
      {"hashlimit", kUpto, 1, true},
      {"hashlimit-burst", kBurst},
      {"hashlimit-mode", kMode},
      {"hashlimit-srcmask", kSourceMask},
      {"hashlimit-dstmask", kDestinationMask},
      {"hashlimit-name", kName},
      {"hashlimit-htable-expire", kExpire},
      {"hashlimit-htable-size", kSize},
      {"hashlimit-htable-max", kMax},
      {"hashlimit-htable-gcinterval", kGcInterval},
      {"hashlimit-rate-match", kRateMatch, 0},
      {"hashlimit-rate-interval", kRateInterval},
  };
  void take_rate(const OptionUse& use, Complaints& complaints);
  void take_mode(const OptionUse& use, Complaints& complaints);

  HashlimitMatch match_;
  bool rate_ = false;
};

void Hashlimit::take_rate(const OptionUse& use, Complaints& complaints) {
  if (rate_) return complaints.error(use.option, "'-m hashlimit' takes one rate");
  rate_ = true;
  const std::string& text = use.value().text;
  const auto slash = text.find('/');
  if (slash != std::string::npos && slash > 0 && (text[slash - 1] == 'b' || text[slash - 1] == 'B'))
    return complaints.error(use.value(), "rates in bytes are not modelled", "packets/second");
  if (const auto interval = read_rate(use.value(), complaints)) match_.interval = *interval;
  match_.above = (use.id == kAbove) != use.negated;
}

void Hashlimit::take_mode(const OptionUse& use, Complaints& complaints) {
  static const std::vector<std::string_view> modes = {"srcip", "dstip", "srcport", "dstport"};
  bool* const members[] = {&match_.by_source, &match_.by_destination, &match_.by_source_port,
                           &match_.by_destination_port};
  for (const Word& part : use.value().split(',')) {
    const auto index = read_choice(part, modes, "mode", complaints);
    if (!index) return;
    *members[*index] = true;
  }
}

void Hashlimit::take(const OptionUse& use, Complaints& complaints) {
  const auto number = [&](std::uint64_t min, std::uint64_t max) {
    return read_number(use.value(), min, max, complaints);
  };
  switch (use.id) {
    case kUpto:
    case kAbove: return take_rate(use, complaints);
    case kBurst:
      if (const auto burst = number(1, 1'000'000)) match_.burst = std::uint32_t(*burst);
      return;
    case kMode: return take_mode(use, complaints);
    case kSourceMask:
      if (const auto length = number(0, 32)) match_.source_length = std::uint8_t(*length);
      return;
    case kDestinationMask:
      if (const auto length = number(0, 32)) match_.destination_length = std::uint8_t(*length);
      return;
    case kName: match_.name = use.value().text; return;
    case kExpire:
      if (const auto time = number(1, 0xffff'ffff))
        match_.expire = Duration::milliseconds(std::int64_t(*time));
      return;
    case kMax:
      if (const auto keys = number(1, 0xffff'ffff)) match_.keys_max = std::uint32_t(*keys);
      return;
    case kSize:
    case kGcInterval: number(1, 0xffff'ffff); return;  // of speed only
    default:
      complaints.error(use.option, fmt::format("{} is not modelled", quoted(use.option.text)));
  }
}

}  // namespace

std::span<const ExtensionSyntax> remembering_matches() {
  static constexpr ExtensionSyntax kAll[] = {
      {"limit", &make_extension<Limit>},
      {"hashlimit", &make_extension<Hashlimit>},
      {"recent", &make_extension<Recent>},
      {"statistic", &make_extension<Statistic>},
  };
  return kAll;
}

}  // namespace natsim::rules
