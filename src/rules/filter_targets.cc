// Targets that decide, log or leave connections alone.
#include <fmt/format.h>

#include "src/rules/values.h"

namespace natsim::rules {
namespace {

using topology::quoted;

/// A target without options.
template <class T>
class Plain : public Extension {
 public:
  explicit Plain(std::string_view name = {}) : Extension(name, {}) {}
  void finish(RuleDraft& draft, const Word&, Complaints&) override { draft.rule.target = T{}; }

 protected:
  void take(const OptionUse&, Complaints&) override {}
};

class Reject : public Extension {
 public:
  Reject() : Extension("REJECT", kOptions) {}
  void finish(RuleDraft& draft, const Word&, Complaints&) override { draft.rule.target = target_; }

 protected:
  void take(const OptionUse& use, Complaints& complaints) override {
    const std::string& text = use.value().text;
    if (const auto with = parse_reject_with(text)) {
      target_.with = *with;
      return;
    }
    std::vector<std::string> words;
    for (int i = 0; i <= int(RejectWith::tcp_reset); ++i)
      words.emplace_back(to_string(RejectWith(i)));
    const std::vector<std::string_view> views(words.begin(), words.end());
    // iptables takes the beginning of a word too.
    for (std::size_t i = 0; i < words.size() && !text.empty(); ++i) {
      if (words[i].compare(0, text.size(), text) != 0) continue;
      target_.with = RejectWith(i);
      return;
    }
    if (const auto index = read_choice(use.value(), views, "way to reject called", complaints))
      target_.with = RejectWith(*index);
  }

 private:
  static constexpr OptionSyntax kOptions[] = {{"reject-with", 0}};
  RejectTarget target_;
};

class Log : public Extension {
 public:
  Log() : Extension("LOG", kOptions) {}
  void finish(RuleDraft& draft, const Word&, Complaints&) override { draft.rule.target = target_; }

 protected:
  void take(const OptionUse& use, Complaints& complaints) override {
    constexpr std::size_t kPrefixMax = 29;
    switch (use.id) {
      case kLevel: return take_level(use, complaints);
      case kPrefix:
        if (use.value().text.size() > kPrefixMax)
          complaints.warning(use.value(), "the log prefix is cut at 29 characters");
        target_.prefix = use.value().text.substr(0, kPrefixMax);
        return;
      case kTcpSequence: target_.tcp_sequence = true; return;
      case kTcpOptions: target_.tcp_options = true; return;
      case kIpOptions: target_.ip_options = true; return;
      default:
        complaints.error(
            use.option, fmt::format("{} is not modelled", quoted(use.option.text)),
            use.id == kUid ? "sockets here belong to no user" : "MAC= has the whole header");
    }
  }

 private:
  enum : std::uint8_t { kLevel, kPrefix, kTcpSequence, kTcpOptions, kIpOptions, kUid, kMac };
  static constexpr OptionSyntax kOptions[] = {{"log-level", kLevel},
                                              {"log-prefix", kPrefix},
                                              {"log-tcp-sequence", kTcpSequence, 0},
                                              {"log-tcp-options", kTcpOptions, 0},
                                              {"log-ip-options", kIpOptions, 0},
                                              {"log-uid", kUid, 0},
                                              {"log-macdecode", kMac, 0}};

  void take_level(const OptionUse& use, Complaints& complaints) {
    static const std::vector<std::string_view> words = {"emerg",   "alert",  "crit", "err",
                                                        "warning", "notice", "info", "debug",
                                                        "panic",   "error",  "warn"};
    static constexpr std::uint8_t kLevels[] = {0, 1, 2, 3, 4, 5, 6, 7, 0, 3, 4};
    if (const auto number = number_of(use.value().text); number && *number <= 7)
      target_.level = std::uint8_t(*number);
    else if (const auto index = read_choice(use.value(), words, "log level", complaints))
      target_.level = kLevels[*index];
  }

  LogTarget target_;
};

class Notrack : public Plain<NotrackTarget> {
 public:
  Notrack() : Plain("NOTRACK") {}
};

class Ct : public Extension {
 public:
  Ct() : Extension("CT", kOptions) {}
  void finish(RuleDraft& draft, const Word& self, Complaints& complaints) override {
    if (!used(kNotrack) && !refused_)
      return complaints.error(self, "'-j CT' does nothing", "'--notrack' is what it can do");
    draft.rule.target = NotrackTarget{};
  }

 protected:
  void take(const OptionUse& use, Complaints& complaints) override {
    if (use.id == kNotrack) return;
    refused_ = true;
    complaints.error(use.option, fmt::format("{} is not modelled", quoted(use.option.text)));
  }

 private:
  enum : std::uint8_t { kNotrack, kHelper, kEvents, kZone, kTimeout };
  static constexpr OptionSyntax kOptions[] = {
      {"notrack", kNotrack, 0}, {"helper", kHelper},  {"ctevents", kEvents}, {"expevents", kEvents},
      {"zone", kZone},          {"zone-orig", kZone}, {"zone-reply", kZone}, {"timeout", kTimeout}};
  bool refused_ = false;
};

}  // namespace

std::span<const ExtensionSyntax> filter_targets() {
  static constexpr ExtensionSyntax kAll[] = {
      {"ACCEPT", &make_extension<Plain<AcceptTarget>>},
      {"DROP", &make_extension<Plain<DropTarget>>},
      {"RETURN", &make_extension<Plain<ReturnTarget>>},
      {"REJECT", &make_extension<Reject>},
      {"LOG", &make_extension<Log>},
      {"NOTRACK", &make_extension<Notrack>},
      {"CT", &make_extension<Ct>},
  };
  return kAll;
}

}  // namespace natsim::rules
