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
  std::map<const RuleLabel*, std::string> actions;
  for (const TableRules& table : filter.ruleset().tables) {
    for (const Chain& chain : table.chains) {
      const bool silent = chain.rules.empty() && chain.accept && !chain.policy_label.place.known();
      if (silent) continue;
      for (const Rule& rule : chain.rules) actions[&rule.label] = action_words(rule.target);
      if (table.table == Table::filter || !chain.accept || chain.policy_label.place.known())
        actions[&chain.policy_label] = chain.accept ? "accept" : "drop";
    }
  }
  for (const RuleReport& report : filter.rule_report()) {
    const auto action = actions.find(report.label);
    if (action != actions.end())
      rows.push_back({node, *report.label, action->second, report.counters});
  }
}

}  // namespace natsim
