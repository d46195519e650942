// What the kernel refuses to load, found before anything is built.
#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "sim/filter/ruleset.h"

namespace natsim {

namespace {

/// nf_tables' limit on chains that call chains.
constexpr int kJumpDepthMax = 16;

using HookSet = std::uint8_t;
constexpr HookSet bit(Hook hook) { return HookSet(1u << int(hook)); }
constexpr HookSet kIncoming = bit(Hook::prerouting) | bit(Hook::input);
constexpr HookSet kOutgoing = bit(Hook::output) | bit(Hook::postrouting);
constexpr HookSet kAll = kIncoming | kOutgoing | bit(Hook::forward);

const std::string* called_chain(const Target& target) {
  if (const auto* jump = std::get_if<JumpTarget>(&target)) return &jump->chain;
  if (const auto* go = std::get_if<GotoTarget>(&target)) return &go->chain;
  return nullptr;
}

bool has_ports(const ProtocolMatch& match) {
  if (!match.protocol || match.negated) return false;
  return *match.protocol == Protocol::tcp || *match.protocol == Protocol::udp;
}

/// Where a target may stand, and what it is called.
struct Allowed {
  const char* name = "";
  std::optional<Table> table;
  HookSet hooks = kAll;
};

Allowed allowed(const Target& target) {
  struct Visitor {
    Allowed operator()(const RejectTarget&) const {
      return {"REJECT", Table::filter,
              HookSet(bit(Hook::input) | bit(Hook::forward) | bit(Hook::output))};
    }
    Allowed operator()(const MasqueradeTarget&) const {
      return {"MASQUERADE", Table::nat, bit(Hook::postrouting)};
    }
    Allowed operator()(const SnatTarget&) const {
      return {"SNAT", Table::nat, HookSet(bit(Hook::postrouting) | bit(Hook::input))};
    }
    Allowed operator()(const DnatTarget&) const {
      return {"DNAT", Table::nat, HookSet(bit(Hook::prerouting) | bit(Hook::output))};
    }
    Allowed operator()(const RedirectTarget&) const {
      return {"REDIRECT", Table::nat, HookSet(bit(Hook::prerouting) | bit(Hook::output))};
    }
    Allowed operator()(const NetmapTarget&) const { return {"NETMAP", Table::nat, kAll}; }
    Allowed operator()(const NotrackTarget&) const { return {"NOTRACK", Table::raw, kAll}; }
    Allowed operator()(const TtlTarget&) const { return {"TTL", Table::mangle, kAll}; }
    Allowed operator()(const DscpTarget&) const { return {"DSCP", Table::mangle, kAll}; }
    Allowed operator()(const std::monostate&) const { return {}; }
  };
  return std::visit(
      [](const auto& t) -> Allowed {
        if constexpr (std::is_invocable_v<Visitor, decltype(t)>)
          return Visitor{}(t);
        else
          return {};
      },
      target);
}

class Checker {
 public:
  Checker(const TableRules& table, const Ruleset& ruleset, Problems& problems)
      : table_(table), ruleset_(ruleset), problems_(problems), chains_(table.chains.size()) {
    for (std::size_t i = 0; i < table.chains.size(); ++i) by_name_.emplace(table.chains[i].name, i);
  }

  void run() {
    for (std::size_t i = 0; i < table_.chains.size(); ++i) {
      const auto hook = base_chain_hook(table_.chains[i].name);
      if (!hook) continue;
      if (!table_has_hook(table_.table, *hook)) {
        complain(table_.chains[i].place, "table " + std::string(to_string(table_.table)) +
                                             " has no chain " + table_.chains[i].name);
        continue;
      }
      measure(i, 0);
      if (!told_) mark(i, *hook);
    }
    for (std::size_t i = 0; i < table_.chains.size(); ++i)
      for (const Rule& rule : table_.chains[i].rules) check_rule(rule, i);
  }

 private:
  /// What is found out about a chain.
  struct Findings {
    HookSet hooks = 0;     // from which it is reached
    bool on_path = false;  // measure() is looking behind it
    int depth = -1;        // how many levels of calls begin in it; -1: not measured
  };

  void complain(Place place, std::string message, std::string hint = "") {
    problems_.push_back({Severity::error, place, std::move(message), std::move(hint)});
  }

  std::optional<std::size_t> find(const std::string& name) const {
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) return std::nullopt;
    return found->second;
  }

  /// How deep calls go from a chain that is itself called `level` deep; finds loops. Each chain is
  /// measured once, and no deeper than calls may go.
  int measure(std::size_t index, int level) {
    Findings& chain = chains_[index];
    if (chain.depth >= 0) return chain.depth;
    chain.on_path = true;
    int deepest = 0;
    for (const Rule& rule : table_.chains[index].rules) {
      const std::string* name = called_chain(rule.target);
      const auto called = name != nullptr ? find(*name) : std::nullopt;
      if (!called || told_) continue;
      if (chains_[*called].on_path) {
        complain(rule.label.place, "chain " + *name + " leads back to itself");
        told_ = true;
      } else if (level >= kJumpDepthMax ||
                 level + 1 + measure(*called, level + 1) > kJumpDepthMax) {
        if (!told_) complain(rule.label.place, "chains call chains more than 16 deep at " + *name);
        told_ = true;
      } else {
        deepest = std::max(deepest, 1 + chains_[*called].depth);
      }
    }
    chain.on_path = false;
    return chain.depth = deepest;
  }

  /// Marks the chain, and all that it leads to, as reached from `hook`. REQUIRES: no loops.
  void mark(std::size_t index, Hook hook) {
    if (chains_[index].hooks & bit(hook)) return;
    chains_[index].hooks |= bit(hook);
    for (const Rule& rule : table_.chains[index].rules)
      if (const std::string* name = called_chain(rule.target))
        if (const auto called = find(*name)) mark(*called, hook);
  }

  void check_rule(const Rule& rule, std::size_t index) {
    const Place place = rule.label.place;
    const HookSet hooks = chains_[index].hooks;
    if (const std::string* name = called_chain(rule.target)) {
      if (!find(*name))
        complain(place, "there is no chain " + *name, "declare it, or use a target's name");
      else if (base_chain_hook(*name))
        complain(place, "the built-in chain " + *name + " cannot be called");
    }
    check_target(rule, hooks);
    // In a user chain both may be asked for: a packet without that interface has an empty name.
    const bool built_in = base_chain_hook(table_.chains[index].name).has_value();
    if (built_in && (hooks & kOutgoing) && !rule.in.patterns.empty())
      complain(place, "-i cannot be used in OUTPUT and POSTROUTING");
    if (built_in && (hooks & kIncoming) && !rule.out.patterns.empty())
      complain(place, "-o cannot be used in PREROUTING and INPUT");
    const bool wants_ports =
        rule.source_port.ports || rule.destination_port.ports ||
        std::any_of(rule.matches.begin(), rule.matches.end(), [](const Match& match) {
          return std::holds_alternative<MultiportMatch>(match);
        });
    if (wants_ports && !has_ports(rule.protocol))
      complain(place, "ports need a protocol that has them", "add -p tcp or -p udp");
    for (const Match& match : rule.matches) {
      if (std::holds_alternative<MacMatch>(match) && (hooks & kOutgoing))
        complain(place, "--mac-source cannot be used in OUTPUT and POSTROUTING");
      if (const auto* set = std::get_if<SetMatch>(&match)) check_set(*set, place);
    }
  }

  void check_set(const SetMatch& match, Place place) {
    std::string known;
    for (const SetDescription& set : ruleset_.sets) {
      if (set.name == match.name) return;
      known += (known.empty() ? "there are " : ", ") + set.name;
    }
    complain(place, "there is no set " + match.name, known.empty() ? "'ipset:' names them" : known);
  }

  void check_target(const Rule& rule, HookSet hooks) {
    const Place place = rule.label.place;
    const Allowed where = allowed(rule.target);
    if (where.table && *where.table != table_.table)
      complain(place, std::string(where.name) + " belongs into table " + to_string(*where.table));
    else if ((hooks & ~where.hooks) != 0)
      complain(place, std::string(where.name) + " cannot be used in chain " + rule.label.chain);
    if (table_.table == Table::nat && std::holds_alternative<DropTarget>(rule.target))
      complain(place, "DROP cannot be used in table nat", "filter in table filter");
    const auto* reject = std::get_if<RejectTarget>(&rule.target);
    if (reject != nullptr && reject->with == RejectWith::tcp_reset &&
        (rule.protocol.protocol != Protocol::tcp || rule.protocol.negated))
      complain(place, "tcp-reset needs -p tcp");
    const NatRange* range = nullptr;
    if (const auto* t = std::get_if<DnatTarget>(&rule.target)) range = &t->range;
    if (const auto* t = std::get_if<SnatTarget>(&rule.target)) range = &t->range;
    if (const auto* t = std::get_if<MasqueradeTarget>(&rule.target)) range = &t->range;
    if (const auto* t = std::get_if<RedirectTarget>(&rule.target)) range = &t->range;
    if (range != nullptr && range->ports && !has_ports(rule.protocol))
      complain(place, "a translation's ports need a protocol that has them",
               "add -p tcp or -p udp");
  }

  const TableRules& table_;
  const Ruleset& ruleset_;
  Problems& problems_;
  std::vector<Findings> chains_;
  absl::flat_hash_map<std::string_view, std::size_t> by_name_;
  bool told_ = false;  // of a loop or of too deep calls
};

}  // namespace

Problems check(const Ruleset& ruleset) {
  Problems problems;
  for (const TableRules& table : ruleset.tables) {
    const auto same = std::count_if(ruleset.tables.begin(), ruleset.tables.end(),
                                    [&](const TableRules& t) { return t.table == table.table; });
    if (same > 1 && &table == ruleset.find(table.table))
      problems.push_back({Severity::error,
                          {},
                          "table " + std::string(to_string(table.table)) + " stands there twice",
                          ""});
    Checker(table, ruleset, problems).run();
  }
  std::stable_sort(problems.begin(), problems.end(),
                   [](const Problem& a, const Problem& b) { return a.place < b.place; });
  return problems;
}

}  // namespace natsim
