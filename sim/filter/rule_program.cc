#include "sim/filter/rule_program.h"

#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "sim/base/check.h"

namespace natsim {

namespace {

const RuleLabel kReturnLabel;

bool name_matches(const std::string& pattern, const std::string& name) {
  if (!pattern.empty() && pattern.back() == '+')
    return name.compare(0, pattern.size() - 1, pattern, 0, pattern.size() - 1) == 0;
  return pattern == name;
}

/// Matches and targets that look at connections or change them turn tracking on. NOTRACK does not,
/// nor does an empty table nat.
bool needs_conntrack(const Rule& rule) {
  if (rule.state.states != 0) return true;
  if (std::holds_alternative<ConnmarkTarget>(rule.target) ||
      std::holds_alternative<MasqueradeTarget>(rule.target) ||
      std::holds_alternative<SnatTarget>(rule.target) ||
      std::holds_alternative<DnatTarget>(rule.target) ||
      std::holds_alternative<RedirectTarget>(rule.target) ||
      std::holds_alternative<NetmapTarget>(rule.target))
    return true;
  return std::any_of(rule.matches.begin(), rule.matches.end(), [](const Match& match) {
    const auto* mark = std::get_if<MarkMatch>(&match);
    return std::holds_alternative<ConntrackMatch>(match) ||
           std::holds_alternative<ConnlimitMatch>(match) ||
           (mark != nullptr && mark->of_connection);
  });
}

bool remembers(const Match& match) {
  return std::holds_alternative<LimitMatch>(match) ||
         std::holds_alternative<StatisticMatch>(match) ||
         std::holds_alternative<ConnlimitMatch>(match);
}

Verb verb_of(const Target& target) {
  if (std::holds_alternative<ContinueTarget>(target)) return Verb::next;
  if (std::holds_alternative<AcceptTarget>(target)) return Verb::accept;
  if (std::holds_alternative<DropTarget>(target)) return Verb::drop;
  if (std::holds_alternative<ReturnTarget>(target)) return Verb::return_;
  if (std::holds_alternative<JumpTarget>(target)) return Verb::jump;
  if (std::holds_alternative<GotoTarget>(target)) return Verb::goto_;
  return Verb::action;
}

void compile_address(const AddressMatch& match, std::uint16_t bit, std::uint32_t& value,
                     std::uint32_t& mask, std::uint16_t& inverted) {
  SIM_CHECK(match.prefix.address.is_v4());
  mask = netmask_of(match.prefix.length);
  value = match.prefix.address.v4().value & mask;
  if (match.negated) inverted |= bit;
}

CompiledRule compile_common(const Rule& rule) {
  CompiledRule c;
  compile_address(rule.source, CompiledRule::kSource, c.source, c.source_mask, c.inverted);
  compile_address(rule.destination, CompiledRule::kDestination, c.destination, c.destination_mask,
                  c.inverted);
  const auto ask = [&c](std::uint16_t bit, bool negated) {
    c.asked |= bit;
    if (negated) c.inverted |= bit;
  };
  if (rule.protocol.protocol) {
    c.protocol = std::uint8_t(*rule.protocol.protocol);
    ask(CompiledRule::kProtocol, rule.protocol.negated);
  }
  if (rule.source_port.ports) {
    c.source_port_first = rule.source_port.ports->first;
    c.source_port_last = rule.source_port.ports->last;
    ask(CompiledRule::kSourcePort, rule.source_port.negated);
  }
  if (rule.destination_port.ports) {
    c.destination_port_first = rule.destination_port.ports->first;
    c.destination_port_last = rule.destination_port.ports->last;
    ask(CompiledRule::kDestinationPort, rule.destination_port.negated);
  }
  if (rule.state.states != 0) {
    c.states = rule.state.states;
    ask(CompiledRule::kState, rule.state.negated);
  }
  if (rule.fragment == FragmentMatch::later_fragments) c.asked |= CompiledRule::kLaterFragments;
  if (rule.fragment == FragmentMatch::not_later_fragments)
    c.asked |= CompiledRule::kNotLaterFragments;
  c.compared |= c.asked & CompiledRule::kValues;
  return c;
}

}  // namespace

InterfaceSet::InterfaceSet(const InterfaceMatch& match, const InterfaceTable& interfaces)
    : any_(match.patterns.empty() || std::count(match.patterns.begin(), match.patterns.end(), "+")),
      negated_(match.negated && !match.patterns.empty()) {
  const auto& all = interfaces.all();
  words_.assign((all.size() + 63) / 64, 0);
  for (std::size_t i = 0; i < all.size(); ++i)
    for (const std::string& pattern : match.patterns)
      if (name_matches(pattern, all[i].name)) words_[i / 64] |= std::uint64_t{1} << (i % 64);
  if (!words_.empty()) first_word_ = words_.front();
}

RuleProgram::RuleProgram(const Ruleset& ruleset, const InterfaceTable& interfaces) {
  interface_sets_.emplace_back();
  sets_.reserve(ruleset.sets.size());
  for (const SetDescription& set : ruleset.sets) sets_.emplace_back(set);
  for (const Table table : {Table::raw, Table::mangle, Table::nat, Table::filter}) {
    const TableRules* rules = ruleset.find(table);
    if (rules == nullptr) continue;
    translates_ = translates_ || table == Table::nat;
    for (const Chain& chain : rules->chains) add_chain(*rules, chain, interfaces);
  }
  resolve_jumps();
}

void RuleProgram::add_chain(const TableRules& table, const Chain& chain,
                            const InterfaceTable& interfaces) {
  const std::uint32_t first = size();
  chains_.push_back({&table, &chain, first});
  for (const Rule& rule : chain.rules) add_rule(rule, interfaces);
  index_chain(first);
  CompiledRule end;
  const auto hook = base_chain_hook(chain.name);
  if (!hook || !table_has_hook(table.table, *hook)) {
    end.verb = Verb::return_;
    add_entry(end, kReturnLabel, nullptr, {});
    return;
  }
  end.verb = chain.accept ? Verb::accept : Verb::drop;
  report_order_.push_back(size());
  add_entry(end, chain.policy_label, nullptr, chain.policy_counters);
  // Nothing to ask, and nobody to refuse: not worth a walk.
  if (!chain.rules.empty() || !chain.accept)
    entries_[int(table.table)][int(*hook)] = {first, size() - 1};
}

void RuleProgram::index_chain(std::uint32_t first) {
  const std::size_t rules = size() - first;
  if (rules < RuleIndex::kRulesMin || indices_.size() == 255) return;
  indices_.emplace_back(std::span(rules_).subspan(first, rules), first);
  for (std::uint32_t at = first; at < size(); ++at)
    rules_[at].index = std::uint8_t(indices_.size());
}

void RuleProgram::add_rule(const Rule& rule, const InterfaceTable& interfaces) {
  CompiledRule c = compile_common(rule);
  c.verb = verb_of(rule.target);
  if (!rule.in.patterns.empty()) c.asked |= CompiledRule::kIn;
  if (!rule.out.patterns.empty()) c.asked |= CompiledRule::kOut;
  c.in_set = add_interfaces(rule.in, interfaces);
  c.out_set = add_interfaces(rule.out, interfaces);
  c.matches_first = std::uint32_t(matches_.size());
  for (const Match& match : rule.matches) matches_.push_back({&match, note_of(match, interfaces)});
  c.matches_count = std::uint16_t(rule.matches.size());
  tracks_ = tracks_ || needs_conntrack(rule);
  report_order_.push_back(size());
  add_entry(c, rule.label, &rule, rule.counters);
}

/// CompiledMatch::memory.
std::uint32_t RuleProgram::note_of(const Match& match, const InterfaceTable& interfaces) {
  if (const auto* address = std::get_if<InterfaceAddressMatch>(&match))
    return interfaces.find(address->interface).value;
  if (const auto* set = std::get_if<SetMatch>(&match)) {
    const auto found = std::find_if(sets_.begin(), sets_.end(),
                                    [&](const AddressSet& s) { return s.name() == set->name; });
    SIM_CHECK(found != sets_.end());  // check() found no match of a set that is not there
    return std::uint32_t(found - sets_.begin());
  }
  return remembers(match) ? memories_++ : kNone;
}

void RuleProgram::add_entry(const CompiledRule& rule, const RuleLabel& label, const Rule* body,
                            RuleCounters counters) {
  rules_.push_back(rule);
  labels_.push_back(&label);
  bodies_.push_back(body);
  rules_.back().counters = counters;
}

std::uint16_t RuleProgram::add_interfaces(const InterfaceMatch& match,
                                          const InterfaceTable& interfaces) {
  if (match.patterns.empty()) return 0;
  const InterfaceSet set(match, interfaces);
  const auto known = std::find(interface_sets_.begin(), interface_sets_.end(), set);
  const auto number = std::size_t(known - interface_sets_.begin());
  if (known == interface_sets_.end()) interface_sets_.push_back(set);
  SIM_CHECK(number <= UINT16_MAX);
  return std::uint16_t(number);
}

void RuleProgram::resolve_jumps() {
  using Key = std::pair<const TableRules*, std::string_view>;
  absl::flat_hash_map<Key, std::uint32_t> starts;
  for (const ChainStart& c : chains_) starts.emplace(Key(c.table, c.chain->name), c.first);
  const auto start_of = [&](const TableRules* table, const std::string& name) {
    const auto found = starts.find(Key(table, name));
    SIM_CHECK(found != starts.end());  // check() found no jump to a chain that is not there
    return found->second;
  };
  for (const ChainStart& c : chains_) {
    for (std::uint32_t i = 0; i < c.chain->rules.size(); ++i) {
      const Target& target = c.chain->rules[i].target;
      if (const auto* jump = std::get_if<JumpTarget>(&target))
        rules_[c.first + i].target = start_of(c.table, jump->chain);
      if (const auto* go = std::get_if<GotoTarget>(&target))
        rules_[c.first + i].target = start_of(c.table, go->chain);
    }
  }
}

}  // namespace natsim
