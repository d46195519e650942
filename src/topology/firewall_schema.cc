// A node's packet filter.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "src/topology/objects.h"
#include "src/topology/suggest.h"

namespace natsim::topology {
namespace {

using spec::Chain;
using spec::Firewall;
using spec::FirewallRule;
using spec::RuleAction;

const std::vector<std::string_view>& chain_words() {
  static const std::vector<std::string_view> words = {"input", "forward", "output"};
  return words;
}
const std::vector<std::string_view>& action_words() {
  static const std::vector<std::string_view> words = {"accept", "drop", "reject"};
  return words;
}
const std::vector<std::string_view>& policy_words() {
  static const std::vector<std::string_view> words = {"accept", "drop"};
  return words;
}
/// In the order of spec's bits.
const std::vector<std::string_view>& state_words() {
  static const std::vector<std::string_view> words = {
      "new", "established", "related", "invalid", "untracked", "snat", "dnat"};
  return words;
}
const std::vector<std::string_view>& reject_words() {
  static const std::vector<std::string_view> words = {
      "icmp-port-unreachable", "icmp-net-unreachable",
      "icmp-host-unreachable", "icmp-proto-unreachable",
      "icmp-net-prohibited",   "icmp-host-prohibited",
      "icmp-admin-prohibited", "tcp-reset"};
  return words;
}

void read_states(Context& context, Yaml value, FirewallRule& out) {
  for_each_or_one(context, value, [&](Yaml item) {
    if (const auto index = read_word(context, item, state_words()))
      out.states = std::uint8_t(out.states | 1u << *index);
  });
}

void read_reject_with(Context& context, Yaml value, FirewallRule& out) {
  if (const auto index = read_word(context, value, reject_words()))
    out.reject_with = reject_words()[*index];
}

template <class T>
Row<T> with_words(Row<T> row, const std::vector<std::string_view>& words) {
  row.words = words;
  return row;
}

std::vector<Row<FirewallRule>> match_rows() {
  using R = Rows<FirewallRule>;
  using F = FirewallRule;
  return {
      R::one_or_more<NameValue, &F::from>("from", "zones of the interface it came in by")
          .also("source_zone zone"),
      R::one_or_more<NameValue, &F::to>("to", "zones of the interface it leaves by")
          .also("destination_zone"),
      R::one_or_more<InterfaceNameValue, &F::in>("in", "interfaces it came in by")
          .also("in_interface iif iifname interface"),
      R::one_or_more<InterfaceNameValue, &F::out>("out", "interfaces it leaves by")
          .also("out_interface oif oifname"),
      R::one_or_more<PrefixValue, &F::source>("src", "its source is in one of these")
          .also("source saddr source_address"),
      R::one_or_more<PrefixValue, &F::destination>("dst", "its destination is in one of these")
          .also("destination daddr destination_address"),
      R::one<ProtocolValue, &F::protocol>("proto", "its protocol").also("protocol"),
      R::one_or_more<PortRangeValue, &F::source_ports>("sport", "its source port is one of these")
          .also("source_port sports"),
      R::one_or_more<PortRangeValue, &F::destination_ports>("dport",
                                                            "its destination port is one of these")
          .also("port ports destination_port dports"),
      with_words(R::by<&read_states>("state", "its connection is in one of these states",
                                     ValueKind::word, Shape::one_or_more)
                     .also("ctstate states"),
                 state_words()),
      R::one<IcmpTypeValue, &F::icmp_type>("icmp_type", "it is ICMP of this type").also("type"),
      R::one<MacValue, &F::mac>("mac", "its source MAC address").also("mac_source"),
  };
}

const Schema<FirewallRule>& rule_rows() {
  using R = Rows<FirewallRule>;
  using F = FirewallRule;
  static const Schema<FirewallRule> schema = [] {
    std::vector<Row<FirewallRule>> rows = {
        R::one<RuleNameValue, &F::name>("name", "what reports call it").or_else("rule N"),
        R::word<&chain_words, &F::chain, Chain>(
            "chain", "input: to this node; forward: through it; output: from it")
            .required(),
    };
    for (auto& row : match_rows()) rows.push_back(std::move(row));
    rows.push_back(R::word<&action_words, &F::action, RuleAction>("action", "what becomes of it")
                       .required()
                       .also("verdict target jump then"));
    rows.push_back(with_words(
        R::by<&read_reject_with>("reject_with", "how it is rejected", ValueKind::word, Shape::one)
            .or_else("icmp-port-unreachable"),
        reject_words()));
    rows.push_back(
        R::one<BooleanValue, &F::log>("log", "is reported when it matches").or_else("false"));
    return Schema<FirewallRule>("a rule", std::move(rows));
  }();
  return schema;
}

/// What iptables would refuse: a match that this chain or protocol does not have.
void finish_rule(Context& context, Yaml item, const FirewallRule& rule) {
  const auto refuse = [&](std::string_view key, std::string message, std::string hint = {}) {
    if (const auto value = item.find(key)) context.error(value->place(), message, hint);
  };
  if (rule.chain.place.known() && rule.chain.value == Chain::input)
    for (const std::string_view key : {"to", "out"})
      refuse(key, fmt::format("'{}' has no meaning in chain input: the packet stays here", key));
  if (rule.chain.place.known() && rule.chain.value == Chain::output)
    for (const std::string_view key : {"from", "in", "mac"})
      refuse(key, fmt::format("'{}' has no meaning in chain output: the packet begins here", key));
  const bool proto_read = rule.protocol.has_value() || !item.find("proto");
  const bool has_ports = rule.protocol == Protocol::tcp || rule.protocol == Protocol::udp ||
                         rule.protocol == Protocol::sctp;
  if (proto_read && !has_ports)
    for (const std::string_view key : {"sport", "dport"})
      refuse(key, fmt::format("'{}' needs 'proto: tcp' or 'proto: udp'", key));
  if (proto_read && rule.protocol != Protocol::icmp)
    refuse("icmp_type", "'icmp_type' needs 'proto: icmp'");
  if (rule.action != RuleAction::reject && item.find("action"))
    refuse("reject_with", "'reject_with' needs 'action: reject'");
  else if (rule.reject_with == "tcp-reset" && proto_read && rule.protocol != Protocol::tcp)
    refuse("reject_with", "'tcp-reset' needs 'proto: tcp'");
}

bool matches_everything(const FirewallRule& r) {
  return r.from.empty() && r.to.empty() && r.in.empty() && r.out.empty() && r.source.empty() &&
         r.destination.empty() && !r.protocol && r.source_ports.empty() &&
         r.destination_ports.empty() && r.states == 0 && !r.icmp_type && !r.mac;
}

/// Names are for verdicts: two rules with one name could not be told apart.
class RuleNames {
 public:
  void check(Context& context, Yaml item, const FirewallRule& rule) {
    const auto name = item.find("name");
    const Place place = name ? name->place() : rule.place;
    if (rule.name == "policy")
      return context.error(place, "'policy' is what reports call a chain's policy");
    const auto [first, is_new] = places_.emplace(rule.name, place);
    if (!is_new)
      context.error(place, fmt::format("two rules are called {}", quoted(rule.name)),
                    fmt::format("the first is in line {}", first->second.line));
  }

 private:
  std::map<std::string, Place> places_;
};

void read_rules(Context& context, Yaml list, Firewall& out) {
  RuleNames names;
  std::map<Chain, std::string> ends;  // the rule after which nothing of a chain is reached
  for_each_item(context, list, [&](Yaml item) {
    FirewallRule rule;
    rule.place = item.place();
    if (!read_object(context, item, rule_rows(), rule)) return;
    finish_rule(context, item, rule);
    if (rule.name.empty()) rule.name = fmt::format("rule {}", out.rules.size() + 1);
    names.check(context, item, rule);
    if (const auto end = ends.find(rule.chain.value); end != ends.end())
      context.warning(
          rule.place, fmt::format("rule {} is never reached", quoted(rule.name)),
          fmt::format("{} before it matches everything in chain {}", quoted(end->second),
                      chain_words()[std::size_t(rule.chain.value)]));
    else if (matches_everything(rule) && !context.has_errors())  // what was wrong is no match
      ends.emplace(rule.chain.value, rule.name);
    out.rules.push_back(std::move(rule));
  });
}

/// A chain's policy: iptables has none that rejects.
template <auto part>
void read_policy_of(Context& context, Yaml value, Firewall& out) {
  if (value.text() == "reject")
    return complain(context, value, "one of " + listed(policy_words()),
                    "a rule at the end can: {chain: forward, action: reject}");
  if (const auto index = read_word(context, value, policy_words()))
    out.*part = {RuleAction(*index), value.place()};
}

template <auto part>
Row<Firewall> policy_row(std::string_view chain, std::string_view doc) {
  auto row = Rows<Firewall>::by<&read_policy_of<part>>(chain, doc, ValueKind::word, Shape::one);
  return with_words(std::move(row).or_else("accept"), policy_words());
}

const Schema<Firewall>& policy_rows() {
  static const Schema<Firewall> schema(
      "policy", {
                    policy_row<&Firewall::input>("input", "of packets to this node"),
                    policy_row<&Firewall::forward>("forward", "of packets through this node"),
                    policy_row<&Firewall::output>("output", "of packets from this node"),
                });
  return schema;
}

void read_policy(Context& context, Yaml value, Firewall& out) {
  read_object(context, value, policy_rows(), out);
}

const Schema<Firewall>& firewall_rows() {
  using R = Rows<Firewall>;
  static const Schema<Firewall> schema(
      "a firewall",
      {
          R::by<&read_policy>("policy", "what becomes of packets that no rule decides",
                              ValueKind::object, Shape::one, &policy_schema)
              .also("default policies"),
          R::by<&read_rules>("rules", "its rules; the first that matches decides",
                             ValueKind::object, Shape::list, &rule_schema),
      });
  return schema;
}

}  // namespace

const ObjectSchema& firewall_schema() { return firewall_rows(); }
const ObjectSchema& policy_schema() { return policy_rows(); }
const ObjectSchema& rule_schema() { return rule_rows(); }

void read_firewall(Context& context, Yaml map, spec::Node& out) {
  Firewall firewall;
  firewall.place = map.place();
  if (read_object(context, map, firewall_rows(), firewall)) out.firewall = std::move(firewall);
}

}  // namespace natsim::topology
