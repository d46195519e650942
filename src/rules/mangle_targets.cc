// Targets that change a packet or its mark and let it go on.
#include <fmt/format.h>

#include "src/rules/values.h"

namespace natsim::rules {
namespace {

/// --set-mark, --set-xmark, --and-mark, --or-mark, --xor-mark: (mark & ~mask) ^ value.
enum : std::uint8_t { kSetMark, kSetXmark, kAndMark, kOrMark, kXorMark, kMarkOptions };

std::optional<MaskedValue> read_mark_change(const OptionUse& use, Complaints& complaints) {
  if (use.id > kSetXmark) {
    const auto bits = read_number(use.value(), 0, 0xffff'ffff, complaints);
    if (!bits) return std::nullopt;
    const auto value = std::uint32_t(*bits);
    if (use.id == kAndMark) return MaskedValue{0, ~value};
    return MaskedValue{value, use.id == kOrMark ? value : 0};
  }
  auto mark = read_mark(use.value(), complaints);
  if (mark && use.id == kSetMark) mark->mask |= mark->value;
  return mark;
}

class Mark : public Extension {
 public:
  Mark() : Extension("MARK", kOptions) {}
  void finish(RuleDraft& draft, const Word& self, Complaints& complaints) override {
    if (!any_) return complaints.error(self, "'-j MARK' needs '--set-mark' or one of its kind");
    draft.rule.target = target_;
  }

 protected:
  void take(const OptionUse& use, Complaints& complaints) override {
    if (any_) return complaints.error(use.option, "'-j MARK' does one thing at a time");
    any_ = true;
    if (const auto change = read_mark_change(use, complaints))
      target_ = {change->value, change->mask};
  }

 private:
  static constexpr OptionSyntax kOptions[] = {{"set-mark", kSetMark},
                                              {"set-xmark", kSetXmark},
                                              {"and-mark", kAndMark},
                                              {"or-mark", kOrMark},
                                              {"xor-mark", kXorMark}};
  MarkTarget target_;
  bool any_ = false;
};

class Connmark : public Extension {
 public:
  Connmark() : Extension("CONNMARK", kOptions) {}
  void finish(RuleDraft& draft, const Word& self, Complaints& complaints) override {
    if (!any_)
      return complaints.error(
          self, "'-j CONNMARK' needs '--set-mark', '--save-mark' or '--restore-mark'");
    if (masks_ && target_.operation == ConnmarkTarget::Operation::set)
      return complaints.error(self, "a mask needs '--save-mark' or '--restore-mark'",
                              "'--set-mark value/mask' has its own");
    draft.rule.target = target_;
  }

 protected:
  void take(const OptionUse& use, Complaints& complaints) override {
    using Operation = ConnmarkTarget::Operation;
    if (use.id < kMarkOptions) {
      if (!begin(use, Operation::set, complaints)) return;
      if (const auto change = read_mark_change(use, complaints)) {
        target_.value = change->value;
        target_.mask = change->mask;
      }
    } else if (use.id == kSave || use.id == kRestore) {
      begin(use, use.id == kSave ? Operation::save : Operation::restore, complaints);
    } else if (const auto mask = read_number(use.value(), 0, 0xffff'ffff, complaints)) {
      masks_ = true;
      if (use.id != kPacketMask) target_.mask = std::uint32_t(*mask);
      if (use.id != kConnectionMask) target_.packet_mask = std::uint32_t(*mask);
    }
  }

 private:
  enum : std::uint8_t { kSave = kMarkOptions, kRestore, kPacketMask, kConnectionMask, kMask };
  static constexpr OptionSyntax kOptions[] = {
      {"set-mark", kSetMark},        {"set-xmark", kSetXmark},
      {"and-mark", kAndMark},        {"or-mark", kOrMark},
      {"xor-mark", kXorMark},        {"save-mark", kSave, 0},
      {"restore-mark", kRestore, 0}, {"nfmask", kPacketMask},
      {"ctmask", kConnectionMask},   {"mask", kMask}};

  bool begin(const OptionUse& use, ConnmarkTarget::Operation operation, Complaints& complaints) {
    if (any_) complaints.error(use.option, "'-j CONNMARK' does one thing at a time");
    target_.operation = operation;
    return !std::exchange(any_, true);
  }

  ConnmarkTarget target_;
  bool any_ = false, masks_ = false;
};

class Ttl : public Extension {
 public:
  Ttl() : Extension("TTL", kOptions) {}
  void finish(RuleDraft& draft, const Word& self, Complaints& complaints) override {
    if (!any_)
      return complaints.error(self, "'-j TTL' needs '--ttl-set', '--ttl-inc' or '--ttl-dec'");
    draft.rule.target = target_;
  }

 protected:
  void take(const OptionUse& use, Complaints& complaints) override {
    using Operation = TtlTarget::Operation;
    if (any_) return complaints.error(use.option, "'-j TTL' does one thing at a time");
    any_ = true;
    const auto ttl = read_number(use.value(), use.id == 0 ? 0 : 1, 255, complaints);
    if (ttl) target_ = {Operation(use.id), std::uint8_t(*ttl)};
  }

 private:
  static constexpr OptionSyntax kOptions[] = {{"ttl-set", 0}, {"ttl-inc", 1}, {"ttl-dec", 2}};
  TtlTarget target_;
  bool any_ = false;
};

class TcpMss : public Extension {
 public:
  TcpMss() : Extension("TCPMSS", kOptions) {}
  void finish(RuleDraft& draft, const Word& self, Complaints& complaints) override {
    if (used(0) == used(1))
      return complaints.error(self, "'-j TCPMSS' needs '--set-mss' or '--clamp-mss-to-pmtu'");
    bool syn = false;
    for (const Match& match : draft.rule.matches)
      if (const auto* flags = std::get_if<TcpFlagsMatch>(&match))
        syn = syn || (!flags->negated && (flags->set & flags->mask & 0x02) != 0);
    if (draft.rule.protocol.protocol != Protocol::tcp || !syn)
      return complaints.error(self, "'-j TCPMSS' needs SYN packets",
                              "add '-p tcp --tcp-flags SYN,RST SYN'");
    draft.rule.target = target_;
  }

 protected:
  void take(const OptionUse& use, Complaints& complaints) override {
    if (use.id == 1) return;
    if (const auto mss = read_number(use.value(), 1, 65535 - 40, complaints))
      target_.mss = std::uint16_t(*mss);
  }

 private:
  static constexpr OptionSyntax kOptions[] = {{"set-mss", 0}, {"clamp-mss-to-pmtu", 1, 0}};
  TcpMssTarget target_;
};

class Dscp : public Extension {
 public:
  Dscp() : Extension("DSCP", kOptions) {}
  void finish(RuleDraft& draft, const Word& self, Complaints& complaints) override {
    if (used(0) == used(1))
      return complaints.error(self, "'-j DSCP' needs '--set-dscp' or '--set-dscp-class'");
    draft.rule.target = target_;
  }

 protected:
  void take(const OptionUse& use, Complaints& complaints) override {
    if (use.id == 1) {
      if (const auto dscp = read_dscp_class(use.value(), complaints)) target_.dscp = *dscp;
    } else if (const auto dscp = read_number(use.value(), 0, 63, complaints)) {
      target_.dscp = std::uint8_t(*dscp);
    }
  }

 private:
  static constexpr OptionSyntax kOptions[] = {{"set-dscp", 0}, {"set-dscp-class", 1}};
  DscpTarget target_;
};

}  // namespace

std::span<const ExtensionSyntax> mangle_targets() {
  static constexpr ExtensionSyntax kAll[] = {
      {"MARK", &make_extension<Mark>}, {"CONNMARK", &make_extension<Connmark>},
      {"TTL", &make_extension<Ttl>},   {"TCPMSS", &make_extension<TcpMss>},
      {"DSCP", &make_extension<Dscp>},
  };
  return kAll;
}

}  // namespace natsim::rules
