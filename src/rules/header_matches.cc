// Matches that look at addresses and the fields of the IPv4 and Ethernet headers.
#include <fmt/format.h>

#include "src/rules/values.h"

namespace natsim::rules {
namespace {

using topology::quoted;

/// For matches of one option that has to be there.
template <class M>
class Single : public Extension {
 public:
  using Extension::Extension;
  void finish(RuleDraft& draft, const Word& self, Complaints& complaints) override {
    if (!match_) {
      if (!tried_)
        complaints.error(self, fmt::format("'-m {}' needs an option", name()),
                         fmt::format("--{}", options()[0].name));
      return;
    }
    draft.add(*match_);
  }

 protected:
  void take(const OptionUse& use, Complaints& complaints) override {
    tried_ = true;
    match_ = read(use, complaints);
  }
  virtual std::optional<M> read(const OptionUse& use, Complaints& complaints) = 0;

 private:
  std::optional<M> match_;
  bool tried_ = false;
};

class IpRange : public Extension {
 public:
  IpRange() : Extension("iprange", kOptions) {}
  void finish(RuleDraft& draft, const Word& self, Complaints& complaints) override {
    if (!used(0) && !used(1))
      return complaints.error(self, "'-m iprange' needs '--src-range' or '--dst-range'");
    draft.add(match_);
  }

 protected:
  void take(const OptionUse& use, Complaints& complaints) override {
    const auto range = read_address_range(use.value(), complaints);
    if (range)
      (use.id == 0 ? match_.source : match_.destination) = {range->first, range->second,
                                                            use.negated};
  }

 private:
  static constexpr OptionSyntax kOptions[] = {{"src-range", 0, 1, true}, {"dst-range", 1, 1, true}};
  IpRangeMatch match_;
};

class Mac : public Single<MacMatch> {
 public:
  Mac() : Single("mac", kOptions) {}

 private:
  std::optional<MacMatch> read(const OptionUse& use, Complaints& complaints) override {
    if (const auto mac = MacAddress::parse(use.value().text)) return MacMatch{*mac, use.negated};
    complaints.error(use.value(), fmt::format("{} is no MAC address", quoted(use.value().text)));
    return std::nullopt;
  }
  static constexpr OptionSyntax kOptions[] = {{"mac-source", 0, 1, true}};
};

class Mark : public Single<MarkMatch> {
 public:
  explicit Mark(bool of_connection = false)
      : Single(of_connection ? "connmark" : "mark", kOptions), of_connection_(of_connection) {}

 private:
  std::optional<MarkMatch> read(const OptionUse& use, Complaints& complaints) override {
    const auto mark = read_mark(use.value(), complaints);
    if (!mark) return std::nullopt;
    return MarkMatch{mark->value, mark->mask, use.negated, of_connection_};
  }
  static constexpr OptionSyntax kOptions[] = {{"mark", 0, 1, true}};
  bool of_connection_;
};

class Connmark : public Mark {
 public:
  Connmark() : Mark(true) {}
};

class Ttl : public Single<TtlMatch> {
 public:
  Ttl() : Single("ttl", kOptions) {}

 private:
  using Relation = TtlMatch::Relation;
  std::optional<TtlMatch> read(const OptionUse& use, Complaints& complaints) override {
    const auto ttl = read_number(use.value(), 0, 255, complaints);
    if (!ttl) return std::nullopt;
    if (use.negated && Relation(use.id) != Relation::equal) {
      complaints.error(use.option, fmt::format("{} cannot be negated", quoted(use.option.text)));
      return std::nullopt;
    }
    return TtlMatch{use.negated ? Relation::not_equal : Relation(use.id), std::uint8_t(*ttl)};
  }
  static constexpr OptionSyntax kOptions[] = {{"ttl-eq", int(Relation::equal), 1, true},
                                              {"ttl", int(Relation::equal), 1, true},
                                              {"ttl-lt", int(Relation::less), 1, true},
                                              {"ttl-gt", int(Relation::greater), 1, true}};
};

class Length : public Single<LengthMatch> {
 public:
  Length() : Single("length", kOptions) {}

 private:
  std::optional<LengthMatch> read(const OptionUse& use, Complaints& complaints) override {
    const Word& word = use.value();
    const auto colon = word.text.find(':');
    LengthMatch match;
    match.negated = use.negated;
    if (colon != 0) {
      const auto first = read_number(word.part(0, colon), 0, 65535, complaints);
      if (!first) return std::nullopt;
      match.first = match.last = std::uint16_t(*first);
    }
    if (colon == std::string::npos) return match;
    match.last = 65535;
    if (colon + 1 < word.text.size()) {
      const auto last = read_number(word.part(colon + 1), 0, 65535, complaints);
      if (!last) return std::nullopt;
      match.last = std::uint16_t(*last);
    }
    if (match.last >= match.first) return match;
    complaints.error(word, fmt::format("the range {} ends before it begins", quoted(word.text)));
    return std::nullopt;
  }
  static constexpr OptionSyntax kOptions[] = {{"length", 0, 1, true}};
};

class Dscp : public Single<DscpMatch> {
 public:
  Dscp() : Single("dscp", kOptions) {}

 private:
  std::optional<DscpMatch> read(const OptionUse& use, Complaints& complaints) override {
    if (use.id == 1) {
      const auto dscp = read_dscp_class(use.value(), complaints);
      return dscp ? std::optional(DscpMatch{*dscp, use.negated}) : std::nullopt;
    }
    const auto dscp = read_number(use.value(), 0, 63, complaints);
    return dscp ? std::optional(DscpMatch{std::uint8_t(*dscp), use.negated}) : std::nullopt;
  }
  static constexpr OptionSyntax kOptions[] = {{"dscp", 0, 1, true}, {"dscp-class", 1, 1, true}};
};

class Tos : public Single<TosMatch> {
 public:
  Tos() : Single("tos", kOptions) {}

 private:
  std::optional<TosMatch> read(const OptionUse& use, Complaints& complaints) override {
    const auto tos = read_mark(use.value(), complaints);
    if (!tos) return std::nullopt;
    const bool masked = use.value().text.find('/') != std::string::npos;
    if (tos->value <= 255 && (!masked || tos->mask <= 255))
      return TosMatch{std::uint8_t(tos->value), std::uint8_t(masked ? tos->mask : 0xff),
                      use.negated};
    complaints.error(use.value(), "the TOS octet ends at 0xff");
    return std::nullopt;
  }
  static constexpr OptionSyntax kOptions[] = {{"tos", 0, 1, true}};
};

class PacketType : public Single<PacketTypeMatch> {
 public:
  PacketType() : Single("pkttype", kOptions) {}

 private:
  std::optional<PacketTypeMatch> read(const OptionUse& use, Complaints& complaints) override {
    static const std::vector<std::string_view> words = {"unicast", "broadcast", "multicast",
                                                        "host",    "bcast",     "mcast"};
    const auto index = read_choice(use.value(), words, "packet type", complaints);
    if (!index) return std::nullopt;
    return PacketTypeMatch{PacketTypeMatch::Type(*index % 3), use.negated};
  }
  static constexpr OptionSyntax kOptions[] = {{"pkt-type", 0, 1, true}};
};

class AddrType : public Extension {
 public:
  AddrType() : Extension("addrtype", kOptions) {}
  void finish(RuleDraft& draft, const Word& self, Complaints& complaints) override {
    if (!used(0) && !used(1))
      return complaints.error(self, "'-m addrtype' needs '--src-type' or '--dst-type'");
    draft.add(match_);
  }

 protected:
  void take(const OptionUse& use, Complaints& complaints) override {
    static const std::vector<std::string_view> words = {
        "UNICAST",   "LOCAL",       "BROADCAST", "MULTICAST", "UNSPEC", "ANYCAST",
        "BLACKHOLE", "UNREACHABLE", "PROHIBIT",  "THROW",     "NAT",    "XRESOLVE"};
    if (use.id > 1)
      return complaints.error(use.option,
                              fmt::format("{} is not modelled", quoted(use.option.text)));
    std::uint8_t types = 0;
    for (const Word& part : use.value().split(',')) {
      const auto index = read_choice(part, words, "address type", complaints);
      if (!index) return;
      constexpr std::size_t kMulticast = 3, kAnycast = 5;  // Nobody has an anycast address.
      if (*index > kMulticast && *index != kAnycast)
        return complaints.error(part,
                                fmt::format("address type {} is not modelled", quoted(part.text)));
      types |= std::uint8_t(1u << *index);
    }
    (use.id == 0 ? match_.source : match_.destination) = types;
    (use.id == 0 ? match_.source_negated : match_.destination_negated) = use.negated;
  }

 private:
  static constexpr OptionSyntax kOptions[] = {{"src-type", 0, 1, true},
                                              {"dst-type", 1, 1, true},
                                              {"limit-iface-in", 2, 0},
                                              {"limit-iface-out", 3, 0}};
  AddressTypeMatch match_;
};

}  // namespace

std::span<const ExtensionSyntax> header_matches() {
  static constexpr ExtensionSyntax kAll[] = {
      {"iprange", &make_extension<IpRange>},
      {"mac", &make_extension<Mac>},
      {"mark", &make_extension<Mark>},
      {"connmark", &make_extension<Connmark>},
      {"ttl", &make_extension<Ttl>},
      {"length", &make_extension<Length>},
      {"dscp", &make_extension<Dscp>},
      {"tos", &make_extension<Tos>},
      {"pkttype", &make_extension<PacketType>},
      {"addrtype", &make_extension<AddrType>},
  };
  return kAll;
}

}  // namespace natsim::rules
