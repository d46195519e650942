// Matches that look at the connection that a packet belongs to.
#include <fmt/format.h>

#include "sim/filter/connection.h"
#include "src/rules/values.h"

namespace natsim::rules {
namespace {

using topology::quoted;

class State : public Extension {
 public:
  State() : Extension("state", kOptions) {}
  void finish(RuleDraft& draft, const Word& self, Complaints& complaints) override {
    if (!used(0)) return complaints.error(self, "'-m state' needs '--state'");
    draft.add_states(states_, negated_);
  }

 protected:
  void take(const OptionUse& use, Complaints& complaints) override {
    if (const auto states = read_states(use.value(), false, complaints)) states_ = *states;
    negated_ = use.negated;
  }

 private:
  static constexpr OptionSyntax kOptions[] = {{"state", 0, 1, true}};
  StateMask states_ = 0;
  bool negated_ = false;
};

class ConntrackExtension : public Extension {
 public:
  ConntrackExtension() : Extension("conntrack", kOptions) {}
  void finish(RuleDraft& draft, const Word& self, Complaints& complaints) override {
    if (!any_) return complaints.error(self, "'-m conntrack' needs an option", "--ctstate, …");
    if (!more_ && match_.states)
      return draft.add_states(match_.states->value, match_.states->negated);
    draft.add(match_);
  }

 protected:
  void take(const OptionUse& use, Complaints& complaints) override;

 private:
  enum : std::uint8_t {
    kState,
    kProtocol,
    kOrigSource,
    kOrigDestination,
    kReplySource,
    kReplyDestination,
    kOrigSourcePort,
    kOrigDestinationPort,
    kReplySourcePort,
    kReplyDestinationPort,
    kStatus,
    kExpire,
    kDirection,
  };
  static constexpr OptionSyntax kOptions[] = {
      {"ctstate", kState, 1, true},
      {"ctproto", kProtocol, 1, true},
      {"ctorigsrc", kOrigSource, 1, true},
      {"ctorigdst", kOrigDestination, 1, true},
      {"ctreplsrc", kReplySource, 1, true},
      {"ctrepldst", kReplyDestination, 1, true},
      {"ctorigsrcport", kOrigSourcePort, 1, true},
      {"ctorigdstport", kOrigDestinationPort, 1, true},
      {"ctreplsrcport", kReplySourcePort, 1, true},
      {"ctrepldstport", kReplyDestinationPort, 1, true},
      {"ctstatus", kStatus, 1, true},
      {"ctexpire", kExpire, 1, true},
      {"ctdir", kDirection, 1, false},
  };

  void take_status(const OptionUse& use, Complaints& complaints);
  void take_expire(const OptionUse& use, Complaints& complaints);
  std::optional<Negatable<Prefix>>& address(std::uint8_t id);
  std::optional<Negatable<PortRange>>& ports(std::uint8_t id);

  ConntrackMatch match_;
  bool any_ = false, more_ = false;
};

std::optional<Negatable<Prefix>>& ConntrackExtension::address(std::uint8_t id) {
  if (id == kOrigSource) return match_.original_source;
  if (id == kOrigDestination) return match_.original_destination;
  return id == kReplySource ? match_.reply_source : match_.reply_destination;
}

std::optional<Negatable<PortRange>>& ConntrackExtension::ports(std::uint8_t id) {
  if (id == kOrigSourcePort) return match_.original_source_port;
  if (id == kOrigDestinationPort) return match_.original_destination_port;
  return id == kReplySourcePort ? match_.reply_source_port : match_.reply_destination_port;
}

void ConntrackExtension::take(const OptionUse& use, Complaints& complaints) {
  any_ = true;
  more_ = more_ || use.id != kState;
  const bool negated = use.negated;
  switch (use.id) {
    case kState:
      if (const auto states = read_states(use.value(), true, complaints))
        match_.states = Negatable<StateMask>{*states, negated};
      return;
    case kProtocol: {
      const auto protocol = read_protocol(use.value(), complaints);
      if (protocol && !*protocol)
        complaints.error(use.value(), "'--ctproto' needs a protocol");
      else if (protocol)
        match_.protocol = Negatable<Protocol>{**protocol, negated};
      return;
    }
    case kStatus: return take_status(use, complaints);
    case kExpire: return take_expire(use, complaints);
    case kDirection: {
      static const std::vector<std::string_view> words = {"ORIGINAL", "REPLY"};
      const auto index = read_choice(use.value(), words, "direction", complaints);
      if (index)
        match_.direction =
            *index == 0 ? ConntrackMatch::Direction::original : ConntrackMatch::Direction::reply;
      return;
    }
    default: break;
  }
  if (use.id <= kReplyDestination) {
    if (const auto prefix = read_prefix(use.value(), complaints))
      address(use.id) = Negatable<Prefix>{*prefix, negated};
  } else if (const auto range = read_port_range(use.value(), ':', complaints)) {
    ports(use.id) = Negatable<PortRange>{*range, negated};
  }
}

void ConntrackExtension::take_status(const OptionUse& use, Complaints& complaints) {
  static const std::vector<std::string_view> words = {"NONE", "EXPECTED", "SEEN_REPLY", "ASSURED",
                                                      "CONFIRMED"};
  static constexpr std::uint16_t kBits[] = {0, kExpected, kSeenReply, kAssured, kConfirmed};
  std::uint16_t bits = 0;
  for (const Word& part : use.value().split(',')) {
    const auto index = read_choice(part, words, "status", complaints);
    if (!index) return;
    bits |= kBits[*index];
  }
  match_.status = Negatable<std::uint16_t>{bits, use.negated};
}

void ConntrackExtension::take_expire(const OptionUse& use, Complaints& complaints) {
  const Word& word = use.value();
  const auto colon = word.text.find(':');
  SecondsLeft left;
  if (colon != 0) {
    const auto first = read_number(word.part(0, colon), 0, 0xffff'ffff, complaints);
    if (!first) return;
    left.first = left.last = std::uint32_t(*first);
  }
  if (colon != std::string::npos) {
    left.last = 0xffff'ffff;
    if (colon + 1 < word.text.size()) {
      const auto last = read_number(word.part(colon + 1), 0, 0xffff'ffff, complaints);
      if (!last) return;
      left.last = std::uint32_t(*last);
    }
  }
  match_.expires = Negatable<SecondsLeft>{left, use.negated};
}

class Connlimit : public Extension {
 public:
  Connlimit() : Extension("connlimit", kOptions) {}
  void finish(RuleDraft& draft, const Word& self, Complaints& complaints) override {
    if (!used(kUpto) && !used(kAbove))
      return complaints.error(self,
                              "'-m connlimit' needs '--connlimit-above' or '--connlimit-upto'");
    if (used(kUpto) && used(kAbove))
      return complaints.error(self,
                              "'--connlimit-above' and '--connlimit-upto' exclude each other");
    draft.add(match_);
  }

 protected:
  void take(const OptionUse& use, Complaints& complaints) override {
    switch (use.id) {
      case kUpto:
      case kAbove:
        if (const auto limit = read_number(use.value(), 0, 0xffff'ffff, complaints))
          match_.limit = std::uint32_t(*limit);
        match_.upto = (use.id == kUpto) != use.negated;
        return;
      case kMask:
        if (const auto length = read_number(use.value(), 0, 32, complaints))
          match_.prefix_length = std::uint8_t(*length);
        return;
      case kSource: match_.by_destination = false; return;
      case kDestination: match_.by_destination = true; return;
    }
  }

 private:
  enum : std::uint8_t { kUpto, kAbove, kMask, kSource, kDestination };
  static constexpr OptionSyntax kOptions[] = {{"connlimit-upto", kUpto, 1, true},
                                              {"connlimit-above", kAbove, 1, true},
                                              {"connlimit-mask", kMask},
                                              {"connlimit-saddr", kSource, 0},
                                              {"connlimit-daddr", kDestination, 0}};
  ConnlimitMatch match_;
};

}  // namespace

std::span<const ExtensionSyntax> connection_matches() {
  static constexpr ExtensionSyntax kAll[] = {
      {"conntrack", &make_extension<ConntrackExtension>},
      {"state", &make_extension<State>},
      {"connlimit", &make_extension<Connlimit>},
  };
  return kAll;
}

}  // namespace natsim::rules
