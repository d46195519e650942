#include "sim/network/rules_from_spec.h"

#include <algorithm>
#include <string>
#include <utility>

namespace natsim {

namespace {

bool has_ports(std::optional<Protocol> protocol) {
  return protocol == Protocol::tcp || protocol == Protocol::udp;
}

PortRange to_range(spec::PortRange ports) { return {ports.first, ports.last}; }

/// An absent list stands for one item that asks for nothing.
template <class T>
std::vector<std::optional<T>> or_any(const std::vector<spec::At<T>>& list) {
  std::vector<std::optional<T>> all;
  for (const spec::At<T>& item : list) all.emplace_back(item.value);
  if (all.empty()) all.emplace_back();
  return all;
}

class Compiler {
 public:
  Compiler(const spec::Node& node, Problems& problems) : node_(node), problems_(problems) {}

  Ruleset run() {
    if (node_.rules != nullptr) return given(*node_.rules);
    if (!node_.nat.empty()) {
      TableRules& nat = rules_.table(Table::nat);
      nat.chain(chain_name(Hook::prerouting));
      nat.chain(chain_name(Hook::postrouting));
      for (std::size_t i = 0; i < node_.nat.size(); ++i) add_nat(node_.nat[i], i + 1);
    }
    if (node_.firewall) add_firewall(*node_.firewall);
    return std::move(rules_);
  }

 private:
  /// Rules that are written as such: what the kernel would refuse is an error, and what it would
  /// load but can never match a warning.
  Ruleset given(const Ruleset& rules) {
    for (Problem& problem : check(rules)) problems_.push_back(std::move(problem));
    for (const TableRules& table : rules.tables)
      for (const Chain& chain : table.chains)
        for (const Rule& rule : chain.rules)
          for (const InterfaceMatch* match : {&rule.in, &rule.out}) warn_unknown(*match, rule);
    return rules;
  }

  void warn_unknown(const InterfaceMatch& match, const Rule& rule) {
    for (const std::string& pattern : match.patterns) {
      if (pattern == "lo" || (!pattern.empty() && pattern.back() == '+')) continue;
      if (std::any_of(node_.interfaces.begin(), node_.interfaces.end(),
                      [&](const spec::Interface& own) { return own.name == pattern; }))
        continue;
      problems_.push_back({Severity::warning, rule.label.place,
                           node_.name + " has no interface " + pattern,
                           match.negated ? "this holds for every packet" : "this never matches"});
    }
  }

  void complain(Place place, std::string message, std::string hint = "") {
    problems_.push_back({Severity::error, place, std::move(message), std::move(hint)});
  }

  // --- interfaces and zones ---------------------------------------------------------------------

  bool known_interface(const spec::At<std::string>& name) {
    for (const spec::Interface& interface : node_.interfaces)
      if (interface.name == name.value) return true;
    std::string names;
    for (const spec::Interface& interface : node_.interfaces)
      names += (names.empty() ? "" : ", ") + interface.name;
    complain(name.place, node_.name + " has no interface " + name.value,
             names.empty() ? "" : "its interfaces: " + names);
    return false;
  }

  std::vector<std::string> in_zones(const std::vector<spec::At<std::string>>& zones) {
    std::vector<std::string> names;
    for (const spec::At<std::string>& zone : zones) {
      const std::size_t before = names.size();
      for (const spec::Interface& interface : node_.interfaces)
        if (interface.zone.value == zone.value) names.push_back(interface.name);
      if (names.size() == before)
        complain(zone.place, "no interface of " + node_.name + " is in zone " + zone.value,
                 "give one of them zone: " + zone.value);
    }
    return names;
  }

  /// Interfaces by zone and by name; both together: those that are in both.
  InterfaceMatch interfaces(const std::vector<spec::At<std::string>>& zones,
                            const std::vector<spec::At<std::string>>& names, Place place) {
    InterfaceMatch match;
    match.patterns = in_zones(zones);
    if (names.empty()) return match;
    std::vector<std::string> wanted;
    for (const spec::At<std::string>& name : names) {
      if (!known_interface(name)) continue;
      const bool in_zone = zones.empty() || std::find(match.patterns.begin(), match.patterns.end(),
                                                      name.value) != match.patterns.end();
      if (in_zone) wanted.push_back(name.value);
    }
    if (wanted.empty())
      complain(place, "no interface is both in these zones and among these names");
    match.patterns = std::move(wanted);
    return match;
  }

  // --- the firewall -----------------------------------------------------------------------------

  void add_firewall(const spec::Firewall& firewall) {
    add_policy(Hook::input, firewall.input);
    add_policy(Hook::forward, firewall.forward);
    add_policy(Hook::output, firewall.output);
    for (std::size_t i = 0; i < firewall.rules.size(); ++i) add_rule(firewall.rules[i], i + 1);
    // A policy knows no reject: what reaches the end is rejected by a last rule.
    add_reject_policy(Hook::input, firewall.input);
    add_reject_policy(Hook::forward, firewall.forward);
    add_reject_policy(Hook::output, firewall.output);
  }

  void add_policy(Hook hook, const spec::At<spec::RuleAction>& action) {
    Chain& chain = rules_.table(Table::filter).chain(chain_name(hook));
    chain.accept = action.value == spec::RuleAction::accept;
    chain.policy_label.place = action.place;
    chain.place = action.place;
  }

  void add_reject_policy(Hook hook, const spec::At<spec::RuleAction>& action) {
    if (action.value != spec::RuleAction::reject) return;
    Rule rule;
    rule.label = {to_string(Table::filter), chain_name(hook), "policy", action.place};
    rule.target = RejectTarget{};
    rules_.table(Table::filter).chain(chain_name(hook)).rules.push_back(rule);
  }

  static Hook hook_of(spec::Chain chain) {
    switch (chain) {
      case spec::Chain::input: return Hook::input;
      case spec::Chain::forward: return Hook::forward;
      case spec::Chain::output: return Hook::output;
    }
    return Hook::forward;
  }

  void check_rule(const spec::FirewallRule& rule) {
    const bool ports = !rule.source_ports.empty() || !rule.destination_ports.empty();
    if (ports && !has_ports(rule.protocol))
      complain(rule.place, "ports need a protocol that has them", "add proto: tcp or proto: udp");
    if (rule.icmp_type && rule.protocol && rule.protocol != Protocol::icmp)
      complain(rule.place, "an ICMP type needs proto: icmp");
    if (rule.chain.value == spec::Chain::output && !(rule.from.empty() && rule.in.empty()))
      complain(rule.chain.place, "in the output chain packets come from no interface",
               "leave out from and in");
    if (rule.chain.value == spec::Chain::input && !(rule.to.empty() && rule.out.empty()))
      complain(rule.chain.place, "in the input chain packets leave by no interface",
               "leave out to and out");
    if (rule.chain.value == spec::Chain::output && rule.mac)
      complain(rule.place, "in the output chain packets have no source MAC address yet");
    for (const auto* list : {&rule.source, &rule.destination})
      for (const spec::At<Prefix>& prefix : *list)
        if (!prefix.value.address.is_v4()) complain(prefix.place, "only IPv4 is filtered");
  }

  std::optional<Target> target_of(const spec::FirewallRule& rule) {
    switch (rule.action) {
      case spec::RuleAction::accept: return AcceptTarget{};
      case spec::RuleAction::drop: return DropTarget{};
      case spec::RuleAction::reject: break;
    }
    if (rule.reject_with.empty()) return RejectTarget{};
    const auto with = parse_reject_with(rule.reject_with);
    if (!with) {
      complain(rule.place, "there is no way to reject called " + rule.reject_with,
               "icmp-port-unreachable, icmp-host-unreachable, icmp-admin-prohibited, tcp-reset, …");
      return std::nullopt;
    }
    if (*with == RejectWith::tcp_reset && rule.protocol != Protocol::tcp) {
      complain(rule.place, "tcp-reset needs proto: tcp");
      return std::nullopt;
    }
    return RejectTarget{*with};
  }

  void add_rule(const spec::FirewallRule& from, std::size_t number) {
    const std::size_t errors = problems_.size();
    check_rule(from);
    const Hook hook = hook_of(from.chain.value);
    Rule rule;
    rule.label = {to_string(Table::filter), chain_name(hook),
                  from.name.empty() ? "rule " + std::to_string(number) : from.name, from.place};
    rule.in = interfaces(from.from, from.in, from.place);
    rule.out = interfaces(from.to, from.out, from.place);
    rule.protocol.protocol = from.icmp_type ? Protocol::icmp : from.protocol;
    rule.state.states = from.states;
    add_ports(rule, from.source_ports, MultiportMatch::End::source);
    add_ports(rule, from.destination_ports, MultiportMatch::End::destination);
    if (from.icmp_type) {
      IcmpMatch icmp;
      icmp.type = *from.icmp_type;
      rule.matches.emplace_back(icmp);
    }
    if (from.mac) rule.matches.emplace_back(MacMatch{*from.mac, false});
    const auto target = target_of(from);
    if (problems_.size() != errors || !target) return;
    for (const auto& source : or_any(from.source))
      for (const auto& destination : or_any(from.destination)) {
        if (source) rule.source = {*source, false};
        if (destination) rule.destination = {*destination, false};
        push(rule, hook, *target, from.log);
      }
  }

  /// One range fits into the rule's common part.
  static void add_ports(Rule& rule, const std::vector<spec::PortRange>& ports,
                        MultiportMatch::End end) {
    if (ports.empty()) return;
    if (ports.size() == 1) {
      PortMatch& match =
          end == MultiportMatch::End::source ? rule.source_port : rule.destination_port;
      match.ports = to_range(ports.front());
      return;
    }
    MultiportMatch match;
    match.end = end;
    for (const spec::PortRange& range : ports) match.ports.push_back(to_range(range));
    rule.matches.emplace_back(std::move(match));
  }

  void push(Rule rule, Hook hook, const Target& target, bool log) {
    Chain& chain = rules_.table(Table::filter).chain(chain_name(hook));
    if (log) {
      rule.target = LogTarget{rule.label.name + ": "};
      chain.rules.push_back(rule);
    }
    rule.target = target;
    chain.rules.push_back(std::move(rule));
  }

  // --- NAT --------------------------------------------------------------------------------------

  void add_nat(const spec::NatRule& rule, std::size_t number) {
    const std::string name = rule.name.empty() ? "nat rule " + std::to_string(number) : rule.name;
    const auto label = [&](Hook hook) {
      return RuleLabel{to_string(Table::nat), chain_name(hook), name, rule.place};
    };
    if (const auto* m = std::get_if<spec::Masquerade>(&rule.what))
      add_masquerade(*m, label(Hook::postrouting));
    else if (const auto* s = std::get_if<spec::SourceNat>(&rule.what))
      add_snat(*s, label(Hook::postrouting));
    else if (const auto* d = std::get_if<spec::DestinationNat>(&rule.what))
      add_dnat(*d, label(Hook::prerouting));
    else if (const auto* f = std::get_if<spec::PortForward>(&rule.what))
      add_port_forward(*f, label(Hook::prerouting), label(Hook::postrouting));
  }

  void push_nat(Hook hook, Rule rule) {
    rules_.table(Table::nat).chain(chain_name(hook)).rules.push_back(std::move(rule));
  }

  bool is_v4(const IpAddress& address, Place place) {
    if (address.is_v4()) return true;
    complain(place, "only IPv4 is translated");
    return false;
  }

  static NatRange to_address(Ipv4Address address) {
    NatRange range;
    range.addresses = {address, address};
    return range;
  }

  void add_masquerade(const spec::Masquerade& from, RuleLabel label) {
    if (!known_interface(from.out)) return;
    Rule rule;
    rule.label = std::move(label);
    rule.out.patterns = {from.out.value};
    if (from.source) {
      if (!is_v4(from.source->value.address, from.source->place)) return;
      rule.source.prefix = from.source->value;
    }
    MasqueradeTarget target;
    target.range.random = from.random;
    rule.target = target;
    push_nat(Hook::postrouting, std::move(rule));
  }

  void add_snat(const spec::SourceNat& from, RuleLabel label) {
    if (!known_interface(from.out) || !is_v4(from.to.value, from.to.place)) return;
    Rule rule;
    rule.label = std::move(label);
    rule.out.patterns = {from.out.value};
    if (from.source) {
      if (!is_v4(from.source->value.address, from.source->place)) return;
      rule.source.prefix = from.source->value;
    }
    rule.target = SnatTarget{to_address(from.to.value.v4())};
    push_nat(Hook::postrouting, std::move(rule));
  }

  void add_dnat(const spec::DestinationNat& from, RuleLabel label) {
    if (!is_v4(from.to.value, from.to.place)) return;
    Rule rule;
    rule.label = std::move(label);
    if (!from.in.value.empty()) {
      if (!known_interface(from.in)) return;
      rule.in.patterns = {from.in.value};
    }
    if (from.destination) {
      if (!is_v4(from.destination->value.address, from.destination->place)) return;
      rule.destination.prefix = from.destination->value;
    }
    if ((from.ports || from.to_port) && !has_ports(from.protocol)) {
      complain(rule.label.place, "ports need a protocol that has them",
               "add proto: tcp or proto: udp");
      return;
    }
    rule.protocol.protocol = from.protocol;
    if (from.ports) rule.destination_port.ports = to_range(*from.ports);
    NatRange range = to_address(from.to.value.v4());
    if (from.to_port) range.ports = {*from.to_port, *from.to_port};
    rule.target = DnatTarget{range};
    push_nat(Hook::prerouting, std::move(rule));
  }

  /// The ports that a forward leads to: a range keeps its order. nullopt: the same as before.
  static std::optional<PortRange> forwarded_ports(const spec::PortForward& from) {
    if (from.to.value.port == 0) return std::nullopt;
    const std::uint16_t more = std::uint16_t(from.ports.last - from.ports.first);
    return PortRange{from.to.value.port, std::uint16_t(from.to.value.port + more)};
  }

  bool check_forward(const spec::PortForward& from, Place place) {
    const std::size_t errors = problems_.size();
    if (known_interface(from.in)) is_v4(from.to.value.address, from.to.place);
    if (!has_ports(from.protocol))
      complain(place, "a port forward needs a protocol with ports", "proto: tcp or proto: udp");
    if (from.ports.last < from.ports.first)
      complain(place, "the port range ends before it begins");
    else if (from.to.value.port + (from.ports.last - from.ports.first) > 65535)
      complain(from.to.place, "the range would end beyond port 65535");
    return problems_.size() == errors;
  }

  void add_port_forward(const spec::PortForward& from, RuleLabel label, RuleLabel back_label) {
    if (!check_forward(from, label.place)) return;
    const auto ports = forwarded_ports(from);
    NatRange range = to_address(from.to.value.address.v4());
    range.ports = ports;
    if (ports && ports->first != ports->last) range.base_port = from.ports.first;

    Rule rule;
    rule.label = std::move(label);
    rule.in.patterns = {from.in.value};
    rule.protocol.protocol = from.protocol;
    rule.destination_port.ports = to_range(from.ports);
    rule.matches.emplace_back(InterfaceAddressMatch{from.in.value});
    rule.target = DnatTarget{range};
    push_nat(Hook::prerouting, rule);
    if (!from.hairpin) return;

    rule.in.negated = true;
    push_nat(Hook::prerouting, std::move(rule));
    Rule back;
    back.label = std::move(back_label);
    back.destination.prefix = {from.to.value.address, 32};
    back.protocol.protocol = from.protocol;
    back.destination_port.ports = ports.value_or(to_range(from.ports));
    back.state.states = kStateDnat;
    back.matches.emplace_back(SameInterfaceMatch{});
    back.target = MasqueradeTarget{};
    push_nat(Hook::postrouting, std::move(back));
  }

  const spec::Node& node_;
  Problems& problems_;
  Ruleset rules_;
};

}  // namespace

Ruleset rules_from_spec(const spec::Node& node, Problems& problems) {
  return Compiler(node, problems).run();
}

}  // namespace natsim
