// Targets of table nat.
#include <fmt/format.h>

#include "src/rules/values.h"

namespace natsim::rules {
namespace {

using topology::quoted;

enum : std::uint8_t { kTo, kToPorts, kRandom, kRandomFully, kPersistent };

/// "1000", "1000-2000", and where `with_base` "1000-2000/5000".
bool read_nat_ports(const Word& word, bool with_base, NatRange& range, Complaints& complaints) {
  const auto slash = with_base ? word.text.find('/') : std::string::npos;
  const Word ports = word.part(0, slash);
  const auto dash = ports.text.find('-');
  const bool open = dash == 0 || (dash != std::string::npos && dash + 1 == ports.text.size());
  if (ports.text.empty() || open) {
    complaints.error(word, fmt::format("{} is no port or range of ports", quoted(word.text)));
    return false;
  }
  range.ports = read_port_range(ports, '-', complaints);
  if (!range.ports) return false;
  if (slash == std::string::npos) return true;
  const auto base = read_port(word.part(slash + 1), complaints);
  if (base) range.base_port = *base;
  return base.has_value();
}

/// "a", "a-b", "a:p", "a-b:p-q", ":p-q".
bool read_nat_range(const Word& word, bool with_base, NatRange& range, Complaints& complaints) {
  const auto colon = word.text.find(':');
  if (colon != 0) {
    const auto addresses = read_address_range(word.part(0, colon), complaints);
    if (!addresses) return false;
    range.addresses = {addresses->first, addresses->second};
  }
  return colon == std::string::npos ||
         read_nat_ports(word.part(colon + 1), with_base, range, complaints);
}

/// What the four have in common.
template <class T>
class NatExtension : public Extension {
 public:
  using Extension::Extension;
  void finish(RuleDraft& draft, const Word& self, Complaints& complaints) override {
    if (needs_to() && !used(kTo))
      return complaints.error(self, fmt::format("'-j {}' needs '--{}'", name(), options()[0].name));
    const ProtocolMatch& protocol = draft.rule.protocol;
    const bool has_ports = !protocol.negated && (protocol.protocol == Protocol::tcp ||
                                                 protocol.protocol == Protocol::udp);
    if (range_.ports && !has_ports)
      return complaints.error(
          self, fmt::format("the ports of '-j {}' need a protocol that has them", name()),
          "add '-p tcp' or '-p udp'");
    draft.rule.target = T{range_};
  }

 protected:
  virtual bool needs_to() const { return false; }
  void take(const OptionUse& use, Complaints& complaints) override {
    switch (use.id) {
      case kTo:
        read_nat_range(use.value(), std::is_same_v<T, DnatTarget>, range_, complaints);
        return;
      case kToPorts: read_nat_ports(use.value(), false, range_, complaints); return;
      case kRandom:
      case kRandomFully: range_.random = true; return;
      case kPersistent: range_.persistent = true; return;
    }
  }

  NatRange range_;
};

class Snat : public NatExtension<SnatTarget> {
 public:
  Snat() : NatExtension("SNAT", kOptions) {}

 private:
  bool needs_to() const override { return true; }
  static constexpr OptionSyntax kOptions[] = {{"to-source", kTo},
                                              {"random", kRandom, 0},
                                              {"random-fully", kRandomFully, 0},
                                              {"persistent", kPersistent, 0}};
};

class Dnat : public NatExtension<DnatTarget> {
 public:
  Dnat() : NatExtension("DNAT", kOptions) {}

 private:
  bool needs_to() const override { return true; }
  static constexpr OptionSyntax kOptions[] = {
      {"to-destination", kTo}, {"random", kRandom, 0}, {"persistent", kPersistent, 0}};
};

class Masquerade : public NatExtension<MasqueradeTarget> {
 public:
  Masquerade() : NatExtension("MASQUERADE", kOptions) {}

 private:
  static constexpr OptionSyntax kOptions[] = {
      {"to-ports", kToPorts}, {"random", kRandom, 0}, {"random-fully", kRandomFully, 0}};
};

class Redirect : public NatExtension<RedirectTarget> {
 public:
  Redirect() : NatExtension("REDIRECT", kOptions) {}

 private:
  static constexpr OptionSyntax kOptions[] = {{"to-ports", kToPorts}, {"random", kRandom, 0}};
};

class Netmap : public Extension {
 public:
  Netmap() : Extension("NETMAP", kOptions) {}
  void finish(RuleDraft& draft, const Word& self, Complaints& complaints) override {
    if (!used(kTo)) return complaints.error(self, "'-j NETMAP' needs '--to'");
    draft.rule.target = target_;
  }

 protected:
  void take(const OptionUse& use, Complaints& complaints) override {
    if (const auto prefix = read_prefix(use.value(), complaints)) target_.to = *prefix;
  }

 private:
  static constexpr OptionSyntax kOptions[] = {{"to", kTo}};
  NetmapTarget target_;
};

}  // namespace

std::span<const ExtensionSyntax> nat_targets() {
  static constexpr ExtensionSyntax kAll[] = {
      {"SNAT", &make_extension<Snat>},
      {"DNAT", &make_extension<Dnat>},
      {"MASQUERADE", &make_extension<Masquerade>},
      {"REDIRECT", &make_extension<Redirect>},
      {"NETMAP", &make_extension<Netmap>},
  };
  return kAll;
}

}  // namespace natsim::rules
