#include "src/rules/rule_lint.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "src/rules/rule_space.h"

namespace natsim::rules {
namespace {

struct Spaced {
  const Rule* rule;
  RuleSpace space;
};

/// What one rule of the user's is for netfilter: a native rule may be several.
bool is_same_rule(const Rule& a, const Rule& b) {
  return a.label.name == b.label.name && a.label.place == b.label.place &&
         a.label.chain == b.label.chain;
}

bool accepts(const Rule& rule) {
  return std::holds_alternative<AcceptTarget>(rule.target) ||
         std::holds_alternative<JumpTarget>(rule.target) ||
         std::holds_alternative<GotoTarget>(rule.target);
}

class Lint {
 public:
  explicit Lint(const LintedNode& node) : node_(node) {}

  Problems run() {
    for (const TableRules& table : node_.ruleset.tables) {
      // What raw and mangle do to a packet changes what later rules see.
      if (table.table != Table::filter && table.table != Table::nat) continue;
      for (const Chain& chain : table.chains) unreachable(chain);
    }
    one_way(Hook::forward, Hook::forward);
    one_way(Hook::input, Hook::output);
    one_way(Hook::output, Hook::input);
    if (const TableRules* nat = node_.ruleset.find(Table::nat)) {
      if (const Chain* chain = nat->find(chain_name(Hook::prerouting)))
        refused_translations(*chain);
      if (const Chain* chain = nat->find(chain_name(Hook::postrouting))) {
        inward_masquerade(*chain);
        overlapping_pools(*chain);
      }
    }
    return std::move(problems_);
  }

 private:
  void warn(const Rule& rule, std::string message, std::string hint) {
    problems_.push_back({Severity::warning, rule.label.place, std::move(message), std::move(hint)});
  }
  std::string named(const Rule& rule) const {
    return fmt::format("{}: rule '{}' of {}", node_.name, rule.label.name, rule.label.chain);
  }
  static std::string where(const Rule& rule) {
    return rule.label.place.known() ? fmt::format(" (line {})", rule.label.place.line)
                                    : std::string();
  }

  std::vector<Spaced> spaces(const Chain& chain) const {
    std::vector<Spaced> all;
    all.reserve(chain.rules.size());
    for (const Rule& rule : chain.rules) all.push_back({&rule, {rule, node_.interfaces}});
    return all;
  }
  const Chain* filter_chain(Hook hook) const {
    const TableRules* filter = node_.ruleset.find(Table::filter);
    return filter == nullptr ? nullptr : filter->find(chain_name(hook));
  }

  // --- rules that never match --------------------------------------------------------------------

  /// The rule before `at` that takes everything that would get there.
  static const Rule* taker(const std::vector<Spaced>& all, std::size_t at) {
    for (std::size_t i = 0; i < at; ++i)
      if (is_final(all[i].rule->target) && !is_same_rule(*all[i].rule, *all[at].rule) &&
          all[i].space.covers(all[at].space))
        return all[i].rule;
    return nullptr;
  }

  void unreachable(const Chain& chain) {
    const std::vector<Spaced> all = spaces(chain);
    for (std::size_t begin = 0, end = 0; begin < all.size(); begin = end) {
      while (end < all.size() && is_same_rule(*all[begin].rule, *all[end].rule)) ++end;
      std::vector<const Rule*> takers;
      bool never = true, empty = true;
      for (std::size_t at = begin; at < end && never; ++at) {
        if (all[at].space.is_empty()) continue;
        empty = false;
        const Rule* by = taker(all, at);
        never = by != nullptr;
        const bool told = std::any_of(takers.begin(), takers.end(),
                                      [&](const Rule* t) { return by && is_same_rule(*t, *by); });
        if (never && !told) takers.push_back(by);
      }
      if (never) tell_unreachable(*all[begin].rule, takers, empty);
    }
  }

  void tell_unreachable(const Rule& rule, const std::vector<const Rule*>& takers, bool empty) {
    if (empty)
      return warn(rule, named(rule) + " can never match: its conditions exclude each other", "");
    std::string by;
    for (const Rule* taker : takers)
      by += fmt::format("{}'{}'{}", by.empty() ? "" : " and ", taker->label.name, where(*taker));
    warn(rule, named(rule) + " can never match: all of its packets are taken before, by " + by,
         "put it before, or leave it out");
  }

  // --- answers that nothing lets back ------------------------------------------------------------

  void one_way(Hook there, Hook back) {
    const Chain* const chain = filter_chain(there);
    const Chain* const other = filter_chain(back);
    if (chain == nullptr || other == nullptr || other->accept) return;
    const std::vector<Spaced> accepting = spaces(*chain), answering = spaces(*other);
    const Rule* told = nullptr;
    for (const Spaced& rule : accepting) {
      if (!std::holds_alternative<AcceptTarget>(rule.rule->target) || !rule.space.has_new())
        continue;
      if (told != nullptr && is_same_rule(*told, *rule.rule)) continue;
      const RuleSpace answers = rule.space.answers();
      const bool comes_back =
          std::any_of(answering.begin(), answering.end(), [&](const Spaced& candidate) {
            return accepts(*candidate.rule) && !candidate.space.is_apart_from(answers);
          });
      if (comes_back) continue;
      told = rule.rule;
      warn(*rule.rule,
           named(*rule.rule) + " lets connections begin, but nothing lets the answers back",
           fmt::format("a rule of the {} chain for state established", to_string(back)));
    }
  }

  // --- NAT ---------------------------------------------------------------------------------------

  bool is_own(Ipv4Address address) const {
    for (const InterfaceInfo& interface : node_.interfaces.all())
      for (const Prefix& own : interface.addresses)
        if (own.address == IpAddress(address)) return true;
    return false;
  }

  /// What a translated packet is to the filter, which sees it afterwards.
  static RuleSpace translated(const RuleSpace& before, const NatRange& range) {
    RuleSpace after = before;
    after.destination = {{range.addresses->first, 32}, false};
    after.out.assign(after.out.size(), true);
    if (range.ports) {
      after.destination_ports.reset();
      for (std::uint32_t port = range.ports->first; port <= range.ports->last; ++port)
        after.destination_ports.set(port);
    }
    after.states &= state_combinations(kStateNew, false) & state_combinations(kStateDnat, false);
    return after;
  }

  void refused_translations(const Chain& prerouting) {
    for (const Spaced& rule : spaces(prerouting)) {
      const auto* dnat = std::get_if<DnatTarget>(&rule.rule->target);
      if (dnat == nullptr || !dnat->range.addresses) continue;
      if (dnat->range.addresses->first != dnat->range.addresses->last) continue;
      const Hook hook = is_own(dnat->range.addresses->first) ? Hook::input : Hook::forward;
      const Chain* const chain = filter_chain(hook);
      if (chain == nullptr || chain->accept) continue;
      const RuleSpace after = translated(rule.space, dnat->range);
      const std::vector<Spaced> candidates = spaces(*chain);
      const bool accepted =
          std::any_of(candidates.begin(), candidates.end(), [&](const Spaced& candidate) {
            return accepts(*candidate.rule) && !candidate.space.is_apart_from(after);
          });
      if (!accepted)
        warn(*rule.rule,
             fmt::format("{} leads to {}, but no rule of the {} chain accepts that",
                         named(*rule.rule), dnat->range.addresses->first.to_string(),
                         to_string(hook)),
             "the filter sees the packet after the translation: match the inside address and port");
    }
  }

  bool leads_out(const std::vector<bool>& interfaces) const {
    for (std::size_t i = 0; i < node_.is_outside.size() && i < interfaces.size(); ++i)
      if (node_.is_outside[i] && interfaces[i]) return true;
    return false;
  }

  static bool hides(const Target& target) {
    return std::holds_alternative<MasqueradeTarget>(target) ||
           std::holds_alternative<SnatTarget>(target);
  }

  void inward_masquerade(const Chain& postrouting) {
    const bool has_outside =
        std::find(node_.is_outside.begin(), node_.is_outside.end(), true) != node_.is_outside.end();
    if (!has_outside) return;
    const std::vector<Spaced> all = spaces(postrouting);
    const Spaced* inward = nullptr;
    for (const Spaced& rule : all) {
      if (!hides(rule.rule->target)) continue;
      if (leads_out(rule.space.out)) return;
      if (inward == nullptr) inward = &rule;
    }
    if (inward == nullptr) return;
    std::string names;
    for (std::size_t i = 0; i < node_.is_outside.size(); ++i)
      if (node_.is_outside[i])
        names += (names.empty() ? "" : ", ") + node_.interfaces.all()[i].name;
    warn(*inward->rule,
         fmt::format("{} hides what goes inside; what leaves by {} is not translated",
                     named(*inward->rule), names),
         "the translation belongs on the interface that leads out");
  }

  void overlapping_pools(const Chain& postrouting) {
    const std::vector<Spaced> all = spaces(postrouting);
    const auto pool_of = [](const Spaced& rule) -> const NatRange* {
      const auto* snat = std::get_if<SnatTarget>(&rule.rule->target);
      return snat != nullptr && snat->range.addresses ? &snat->range : nullptr;
    };
    for (std::size_t i = 0; i < all.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        const NatRange *a = pool_of(all[j]), *b = pool_of(all[i]);
        if (a == nullptr || b == nullptr || is_same_rule(*all[i].rule, *all[j].rule)) continue;
        // One address for several networks is how it is usually done; ranges are another matter.
        const auto is_range = [](const NatRange& r) {
          return r.addresses->first != r.addresses->last;
        };
        if (!is_range(*a) && !is_range(*b)) continue;
        if (a->addresses->last < b->addresses->first || b->addresses->last < a->addresses->first)
          continue;
        const bool same =
            a->addresses->first == b->addresses->first && a->addresses->last == b->addresses->last;
        if (same) continue;
        warn(*all[i].rule,
             fmt::format("{}: its range of addresses overlaps that of '{}'{}", named(*all[i].rule),
                         all[j].rule->label.name, where(*all[j].rule)),
             "two senders may be seen as one address");
      }
    }
  }

  const LintedNode& node_;
  Problems problems_;
};

}  // namespace

Problems lint_rules(const LintedNode& node) { return Lint(node).run(); }

}  // namespace natsim::rules
