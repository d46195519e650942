// Matches that look at ports, ICMP types and TCP flags.
#include <fmt/format.h>

#include "src/rules/values.h"

namespace natsim::rules {
namespace {

using End = MultiportMatch::End;
using topology::quoted;

/// --sport and --dport, which tcp and udp share.
class Ports : public Extension {
 public:
  enum : std::uint8_t { kSource, kDestination, kSyn, kFlags, kOption };
  Ports(std::string_view name, Protocol protocol, std::span<const OptionSyntax> options)
      : Extension(name, options), protocol_(protocol) {}

  void finish(RuleDraft& draft, const Word& self, Complaints& complaints) override {
    const ProtocolMatch& protocol = draft.rule.protocol;
    if (protocol.protocol != protocol_ || protocol.negated)
      return complaints.error(self, fmt::format("'-m {}' needs '-p {}'", name(), name()),
                              "put it before the match");
    if (source_) draft.add_ports(End::source, source_->value, source_->negated);
    if (destination_) draft.add_ports(End::destination, destination_->value, destination_->negated);
  }

 protected:
  void take(const OptionUse& use, Complaints& complaints) override {
    if (use.id > kDestination) return;
    const auto range = read_port_range(use.value(), ':', complaints);
    if (range) (use.id == kSource ? source_ : destination_) = {*range, use.negated};
  }

 private:
  Protocol protocol_;
  std::optional<Negatable<PortRange>> source_, destination_;
};

class Udp : public Ports {
 public:
  Udp() : Ports("udp", Protocol::udp, kOptions) {}

 private:
  static constexpr OptionSyntax kOptions[] = {{"source-port", kSource, 1, true},
                                              {"sport", kSource, 1, true},
                                              {"destination-port", kDestination, 1, true},
                                              {"dport", kDestination, 1, true}};
};

class Tcp : public Ports {
 public:
  Tcp() : Ports("tcp", Protocol::tcp, kOptions) {}

  void finish(RuleDraft& draft, const Word& self, Complaints& complaints) override {
    Ports::finish(draft, self, complaints);
    if (flags_) draft.add(*flags_);
  }

 protected:
  void take(const OptionUse& use, Complaints& complaints) override {
    if (use.id == kSyn) {
      constexpr std::uint8_t kFinSynRstAck = 0x17, kSynOnly = 0x02;
      flags_ = TcpFlagsMatch{kFinSynRstAck, kSynOnly, use.negated};
    } else if (use.id == kFlags) {
      const auto mask = read_tcp_flags(use.values[0], complaints);
      const auto set = read_tcp_flags(use.values[1], complaints);
      if (mask && set) flags_ = TcpFlagsMatch{*mask, *set, use.negated};
    } else if (use.id == kOption) {
      complaints.error(use.option, "'--tcp-option' is not modelled");
    } else {
      Ports::take(use, complaints);
    }
  }

 private:
  static constexpr OptionSyntax kOptions[] = {{"source-port", kSource, 1, true},
                                              {"sport", kSource, 1, true},
                                              {"destination-port", kDestination, 1, true},
                                              {"dport", kDestination, 1, true},
                                              {"syn", kSyn, 0, true},
                                              {"tcp-flags", kFlags, 2, true},
                                              {"tcp-option", kOption, 1, true}};
  std::optional<TcpFlagsMatch> flags_;
};

class Multiport : public Extension {
 public:
  Multiport() : Extension("multiport", kOptions) {}

  void finish(RuleDraft& draft, const Word& self, Complaints& complaints) override {
    const auto protocol = draft.rule.protocol.protocol;
    if ((protocol != Protocol::tcp && protocol != Protocol::udp) || draft.rule.protocol.negated)
      return complaints.error(self, "'-m multiport' needs '-p tcp' or '-p udp'");
    if (match_.ports.empty())
      return complaints.error(self, "'-m multiport' needs ports", "--sports, --dports or --ports");
    draft.add(match_);
  }

 protected:
  void take(const OptionUse& use, Complaints& complaints) override {
    constexpr std::size_t kPortsMax = 15;  // a range counts twice (FW-M19)
    std::size_t count = 0;
    if (!match_.ports.empty())
      return complaints.error(use.option, "'-m multiport' takes one list of ports",
                              "a second '-m multiport' takes another");
    for (const Word& part : use.value().split(',')) {
      const auto range = read_port_range(part, ':', complaints);
      if (!range) return;
      count += range->first == range->last ? 1 : 2;
      match_.ports.push_back(*range);
    }
    if (count > kPortsMax)
      complaints.error(use.value(), "more than 15 ports; a range counts as two");
    match_.end = End(use.id);
    match_.negated = use.negated;
  }

 private:
  static constexpr OptionSyntax kOptions[] = {
      {"source-ports", int(End::source), 1, true},
      {"sports", int(End::source), 1, true},
      {"destination-ports", int(End::destination), 1, true},
      {"dports", int(End::destination), 1, true},
      {"ports", int(End::either), 1, true},
  };
  MultiportMatch match_;
};

class Icmp : public Extension {
 public:
  Icmp() : Extension("icmp", kOptions) {}

  void finish(RuleDraft& draft, const Word& self, Complaints& complaints) override {
    const ProtocolMatch& protocol = draft.rule.protocol;
    if (protocol.protocol != Protocol::icmp || protocol.negated)
      return complaints.error(self, "'-m icmp' needs '-p icmp'", "put it before the match");
    draft.add(match_);
  }

 protected:
  void take(const OptionUse& use, Complaints& complaints) override {
    if (const auto match = read_icmp_type(use.value(), complaints)) match_ = *match;
    match_.negated = use.negated;
  }

 private:
  static constexpr OptionSyntax kOptions[] = {{"icmp-type", 0, 1, true}};
  IcmpMatch match_;
};

class Comment : public Extension {
 public:
  Comment() : Extension("comment", kOptions) {}

  void finish(RuleDraft& draft, const Word& self, Complaints& complaints) override {
    if (!used(0)) return complaints.error(self, "'-m comment' needs '--comment'");
    draft.rule.comment = text_;
  }

 protected:
  void take(const OptionUse& use, Complaints& complaints) override {
    constexpr std::size_t kCommentMax = 255;
    if (use.value().text.size() > kCommentMax)
      return complaints.error(use.value(), "a comment has at most 255 characters");
    text_ = use.value().text;
  }

 private:
  static constexpr OptionSyntax kOptions[] = {{"comment", 0}};
  std::string text_;
};

}  // namespace

std::span<const ExtensionSyntax> packet_matches() {
  static constexpr ExtensionSyntax kAll[] = {
      {"tcp", &make_extension<Tcp>},         {"udp", &make_extension<Udp>},
      {"icmp", &make_extension<Icmp>},       {"multiport", &make_extension<Multiport>},
      {"comment", &make_extension<Comment>},
  };
  return kAll;
}

}  // namespace natsim::rules
