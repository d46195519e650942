#include "src/report/rule_rows.h"

#include <map>

#include <fmt/format.h>

namespace natsim {
namespace {

std::string range_words(const NatRange& range) {
  std::string text;
  if (range.addresses) {
    text = " " + range.addresses->first.to_string();
    if (range.addresses->last != range.addresses->first)
      text += "-" + range.addresses->last.to_string();
  }
  if (range.ports) {
    text += fmt::format("{}{}", range.addresses ? ":" : " :", range.ports->first);
    if (range.ports->last != range.ports->first) text += fmt::format("-{}", range.ports->last);
  }
  return text;
}

struct ActionWords {
  std::string operator()(const ContinueTarget&) const { return "count"; }
  std::string operator()(const AcceptTarget&) const { return "accept"; }
  std::string operator()(const DropTarget&) const { return "drop"; }
  std::string operator()(const ReturnTarget&) const { return "return"; }
  std::string operator()(const RejectTarget&) const { return "reject"; }
  std::string operator()(const JumpTarget& jump) const { return "jump " + jump.chain; }
  std::string operator()(const GotoTarget& jump) const { return "goto " + jump.chain; }
  std::string operator()(const LogTarget&) const { return "log"; }
  std::string operator()(const MarkTarget&) const { return "mark"; }
  std::string operator()(const ConnmarkTarget&) const { return "connmark"; }
  std::string operator()(const MasqueradeTarget&) const { return "masquerade"; }
  std::string operator()(const SnatTarget& nat) const { return "snat" + range_words(nat.range); }
  std::string operator()(const DnatTarget& nat) const { return "dnat" + range_words(nat.range); }
  std::string operator()(const RedirectTarget& nat) const {
    return "redirect" + range_words(nat.range);
  }
  std::string operator()(const NetmapTarget& nat) const { return "netmap " + nat.to.to_string(); }
  std::string operator()(const NotrackTarget&) const { return "notrack"; }
  std::string operator()(const TtlTarget&) const { return "ttl"; }
  std::string operator()(const TcpMssTarget&) const { return "tcpmss"; }
  std::string operator()(const DscpTarget&) const { return "dscp"; }
};

}  // namespace

std::string action_words(const Target& target) { return std::visit(ActionWords(), target); }

void add_rule_rows(std::vector<RuleRow>& rows, const std::string& node, const Netfilter& filter) {
  std::map<const RuleLabel*, RuleCounters> counted;
  for (const RuleReport& report : filter.rule_report()) counted[report.label] = report.counters;
  for (const Table kind : {Table::raw, Table::mangle, Table::nat, Table::filter}) {
    const TableRules* const table = filter.ruleset().find(kind);
    if (table == nullptr) continue;
    for (const Chain& chain : table->chains) {
      const bool spoken = !chain.accept || chain.policy_label.place.known();
      if (chain.rules.empty() && !spoken) continue;
      const auto policy = counted.find(&chain.policy_label);  // user chains have none
      const std::string heading = rules::list_heading(
          *table, chain, policy == counted.end() ? RuleCounters() : policy->second);
      for (const Rule& rule : chain.rules) {
        const RuleCounters& counters = counted[&rule.label];
        rows.push_back({node, rule.label, action_words(rule.target), counters, heading,
                        rules::list_columns(rule, counters)});
      }
      if (policy != counted.end() && (kind == Table::filter || spoken))
        rows.push_back({node,
                        chain.policy_label,
                        chain.accept ? "accept" : "drop",
                        policy->second,
                        heading,
                        {}});
    }
  }
}

}  // namespace natsim
