// NAT that nothing can use: nothing to hide behind, nowhere to forward to, a firewall in the way.
#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "sim/network/checks_survey.h"

namespace natsim::checks {
namespace {

/// What a rule of destination NAT wants to reach, whichever words it was written in.
struct Forward {
  const spec::NatRule& rule;
  std::string words;  ///< "port_forward"
  std::string in;     ///< interface; empty: any
  std::optional<Protocol> protocol;
  std::optional<spec::PortRange> ports;     ///< outside
  std::optional<spec::PortRange> to_ports;  ///< as the firewall sees them; none: unknown
  spec::At<IpAddress> to;
};

std::optional<Forward> forward_of(const spec::NatRule& rule) {
  if (const auto* forward = std::get_if<spec::PortForward>(&rule.what)) {
    spec::PortRange to{forward->to.value.port, forward->to.value.port};
    if (to.first == 0) to = forward->ports;
    to.last = std::uint16_t(std::min(65535, to.first + forward->ports.last - forward->ports.first));
    return Forward{rule,
                   "port_forward",
                   forward->in.value,
                   forward->protocol,
                   forward->ports,
                   to,
                   {forward->to.value.address, forward->to.place}};
  }
  if (const auto* dnat = std::get_if<spec::DestinationNat>(&rule.what)) {
    std::optional<spec::PortRange> to = dnat->ports;
    if (dnat->to_port) to = spec::PortRange{*dnat->to_port, *dnat->to_port};
    return Forward{rule, "dnat", dnat->in.value, dnat->protocol, dnat->ports, to, dnat->to};
  }
  return std::nullopt;
}

class NatCheck {
 public:
  NatCheck(const Survey& survey, std::uint32_t node, Report& report)
      : survey_(survey),
        graph_(survey.graph),
        node_(survey.topology.nodes[node]),
        index_(node),
        subnets_(survey.subnets_of(node)),
        report_(report) {}

  void check() {
    check_two_sides();
    check_forwards_something();
    std::vector<AddressRange> routed;
    for (const Subnet& subnet : subnets_) routed.push_back(AddressRange::of(subnet.network));
    for (const spec::Route& route : node_.routes) routed.push_back(AddressRange::of(route.to));
    const AddressRanges reach(std::move(routed));
    for (const spec::NatRule& rule : node_.nat) {
      if (const auto* masquerade = std::get_if<spec::Masquerade>(&rule.what))
        check_masquerade(rule, *masquerade);
      else if (const auto* snat = std::get_if<spec::SourceNat>(&rule.what))
        check_source(rule, *snat);
      else if (const auto forward = forward_of(rule))
        check_forward(*forward, reach);
    }
    check_shadowed();
  }

 private:
  bool drops_by_default() const {
    return node_.firewall && node_.firewall->forward.value != spec::RuleAction::accept;
  }

  void check_two_sides() {
    const auto sides = std::count_if(node_.interfaces.begin(), node_.interfaces.end(),
                                     [](const spec::Interface& interface) {
                                       return interface.dhcp4 || !interface.addresses.empty();
                                     });
    if (sides >= 2) return;
    report_.warning(
        place_of(node_.nat[0].place, node_.place),
        fmt::format(
            "{} has NAT rules, but {}: there is nothing to translate between", node_.name,
            sides == 0 ? "no interface with an address" : "only one interface with an address"));
  }

  void check_forwards_something() {
    if (!drops_by_default()) return;
    const auto& rules = node_.firewall->rules;
    if (std::any_of(rules.begin(), rules.end(), [](const spec::FirewallRule& rule) {
          return rule.chain.value == spec::Chain::forward &&
                 rule.action == spec::RuleAction::accept;
        }))
      return;
    report_.warning(
        place_of(node_.firewall->forward.place, node_.firewall->place),
        fmt::format("{} has NAT rules, but its firewall forwards nothing: the policy is not to, "
                    "and no rule accepts anything in the forward chain",
                    node_.name),
        "add `{chain: forward, …, action: accept}` rules for what should pass, replies included");
  }

  const spec::Interface* interface_named(const std::string& name) const {
    const std::uint32_t found = graph_.find_port(index_, name);
    return found == TopologyGraph::kNone ? nullptr : &node_.interfaces[found];
  }

  void check_masquerade(const spec::NatRule& rule, const spec::Masquerade& masquerade) {
    const spec::Interface* out = interface_named(masquerade.out.value);
    if (out == nullptr || out->dhcp4 || !out->addresses.empty()) return;
    report_.warning(place_of(masquerade.out.place, rule.place),
                    fmt::format("{} masquerades out of {}, which has no address to hide behind",
                                node_.name, out->name));
  }

  /// Replies to an address that nobody answers ARP for never come back.
  void check_source(const spec::NatRule& rule, const spec::SourceNat& snat) {
    const spec::Interface* out = interface_named(snat.out.value);
    if (out == nullptr || out->proxy_arp) return;
    const InterfaceRef at{index_, std::uint32_t(out - node_.interfaces.data())};
    const IpAddress to = snat.to.value;
    const bool on_link =
        std::any_of(out->addresses.begin(), out->addresses.end(),
                    [&](const spec::At<Prefix>& own) { return own.value.contains(to); });
    if (!on_link || !survey_.holders_of(to, survey_.segment_of(at)).empty()) return;
    report_.warning(
        place_of(snat.to.place, rule.place),
        fmt::format("{} hides senders behind {}, but nobody on {} answers for that "
                    "address",
                    node_.name, to.to_string(), survey_.describe(survey_.segment_of(at))),
        fmt::format("add it to the addresses of {}", graph_.name(at)));
  }

  void check_forward(const Forward& forward, const AddressRanges& reach) {
    const Place place = place_of(forward.to.place, forward.rule.place);
    const IpAddress to = forward.to.value;
    if (!reach.contains(to) && !survey_.has_unknown_lease(index_))
      return report_.warning(place,
                             fmt::format("{} leads to {}, but {} has no route there", forward.words,
                                         to.to_string(), node_.name),
                             fmt::format("it is connected to {}", connected()));
    // Outside of private space it may be anybody's.
    if (is_local_use(to) && !survey_.is_somebodys(to))
      report_.warning(place, fmt::format("{} leads to {}, an address that no node has",
                                         forward.words, to.to_string()));
    if (drops_by_default() && !has_address(node_, to) && !may_pass(forward))
      report_.warning(
          place,
          fmt::format("{} leads to {}, but no rule of {}'s firewall accepts that in the forward "
                      "chain",
                      forward.words, target_text(forward), node_.name),
          "the firewall sees packets after the translation: match the inside address and port");
  }

  std::string connected() const {
    std::vector<std::string> names;
    for (const Subnet& subnet : subnets_) names.push_back(subnet.network.to_string());
    return list_of(names);
  }

  std::string target_text(const Forward& forward) const {
    std::string text = forward.to.value.to_string();
    if (forward.to_ports) text += fmt::format(" port {}", forward.to_ports->first);
    return forward.protocol ? to_string(*forward.protocol) + " " + text : text;
  }

  /// Whether a rule accepts at least some of what comes new by this forward. Drops before it are
  /// not looked at: only what surely cannot work is worth a word.
  bool may_pass(const Forward& forward) const {
    return std::any_of(node_.firewall->rules.begin(), node_.firewall->rules.end(),
                       [&](const spec::FirewallRule& rule) { return accepts(rule, forward); });
  }

  bool accepts(const spec::FirewallRule& rule, const Forward& forward) const {
    if (rule.chain.value != spec::Chain::forward || rule.action != spec::RuleAction::accept)
      return false;
    if (rule.states != 0 && (rule.states & (spec::kStateNew | spec::kStateDnat)) == 0) return false;
    if (rule.protocol && forward.protocol && *rule.protocol != *forward.protocol) return false;
    if (!rule.destination.empty() &&
        std::none_of(rule.destination.begin(), rule.destination.end(),
                     [&](const auto& prefix) { return prefix.value.contains(forward.to.value); }))
      return false;
    if (!rule.destination_ports.empty() && forward.to_ports &&
        std::none_of(rule.destination_ports.begin(), rule.destination_ports.end(),
                     [&](const spec::PortRange& range) {
                       return range.first <= forward.to_ports->last &&
                              forward.to_ports->first <= range.last;
                     }))
      return false;
    return enters_by(rule, forward);
  }

  bool enters_by(const spec::FirewallRule& rule, const Forward& forward) const {
    const spec::Interface* in = interface_named(forward.in);
    if (in == nullptr) return true;
    const auto names = [](const std::vector<spec::At<std::string>>& list, const std::string& name) {
      return list.empty() || std::any_of(list.begin(), list.end(),
                                         [&](const auto& item) { return item.value == name; });
    };
    return names(rule.in, in->name) && names(rule.from, in->zone.value);
  }

  /// Of two forwards of the same port the second never sees a packet.
  void check_shadowed() {
    std::vector<Forward> forwards;
    for (const spec::NatRule& rule : node_.nat)
      if (std::holds_alternative<spec::PortForward>(rule.what))
        forwards.push_back(*forward_of(rule));
    std::vector<const Forward*> sorted;
    for (const Forward& forward : forwards) sorted.push_back(&forward);
    const auto key = [](const Forward& f) {
      return std::tuple(std::string_view(f.in), *f.protocol, f.ports->first, f.ports->last);
    };
    std::stable_sort(sorted.begin(), sorted.end(),
                     [&](const Forward* a, const Forward* b) { return key(*a) < key(*b); });
    for (std::size_t i = 1; i < sorted.size(); ++i) {
      if (key(*sorted[i]) != key(*sorted[i - 1])) continue;
      report_.warning(sorted[i]->rule.place,
                      fmt::format("{} forwards {} port {} twice: the first rule takes it all, to "
                                  "{}",
                                  node_.name, to_string(*sorted[i]->protocol),
                                  sorted[i]->ports->first, sorted[i - 1]->to.value.to_string()));
    }
  }

  const Survey& survey_;
  const TopologyGraph& graph_;
  const spec::Node& node_;
  std::uint32_t index_;
  std::vector<Subnet> subnets_;
  Report& report_;
};

}  // namespace

void check_nat(const Survey& survey, Report& report) {
  for (std::uint32_t n = 0; n < survey.topology.nodes.size(); ++n)
    if (!survey.topology.nodes[n].nat.empty() && !survey.graph.is_switch(n))
      NatCheck(survey, n, report).check();
}

}  // namespace natsim::checks
