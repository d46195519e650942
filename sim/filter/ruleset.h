// Tables and chains: what iptables-restore loads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/place.h"
#include "sim/filter/rule.h"
#include "sim/filter/set_description.h"
#include "sim/observe/step.h"

namespace natsim {

/// In the order in which a hook runs them, save that nat's place depends on the hook.
enum class Table : std::uint8_t { raw, mangle, nat, filter };
const char* to_string(Table table);
std::optional<Table> parse_table(std::string_view name);

/// "PREROUTING", …, if it names one of the five.
std::optional<Hook> base_chain_hook(std::string_view name);
/// "PREROUTING", …: a base chain's name.
const char* chain_name(Hook hook);
/// Whether `table` has a base chain at `hook`.
bool table_has_hook(Table table, Hook hook);

struct Chain {
  std::string name;
  bool accept = true;      ///< a base chain's policy; user chains have none
  RuleLabel policy_label;  ///< named "policy"
  RuleCounters policy_counters;
  std::vector<Rule> rules;
  Place place;
};

struct TableRules {
  Table table = Table::filter;
  std::vector<Chain> chains;
  Chain* find(std::string_view name);
  const Chain* find(std::string_view name) const;
  /// The chain called `name`, made empty if there is none yet.
  Chain& chain(std::string_view name);
};

struct Ruleset {
  std::vector<TableRules> tables;  ///< each table at most once
  std::vector<SetDescription> sets;
  const TableRules* find(Table table) const;
  /// That table, made empty if it is not there yet.
  TableRules& table(Table table);
};

/// What Linux refuses to load: unknown chains, loops (FW-M04), targets and matches in tables or
/// chains that do not have them (FW-M09, M11, M21, M23). Places are the rules'.
Problems check(const Ruleset& ruleset);

}  // namespace natsim
