// Rules in the shape of `iptables -L -n -v`.
#pragma once

#include <string>
#include <vector>

#include "sim/filter/interface_table.h"
#include "sim/filter/ruleset.h"

namespace natsim::rules {

/// What `iptables -L -n -v` shows of a rule, column by column. `details` are the rest of its
/// matches and its target's options.
struct ListColumns {
  std::string packets, bytes;
  std::string target, protocol, fragment;
  std::string in, out;  ///< several interfaces with commas between
  std::string source, destination;
  std::string details;
};
ListColumns list_columns(const Rule& rule, const RuleCounters& counters);

/// "Chain FORWARD (policy DROP 3 packets, 180 bytes)", "Chain web (1 references)".
std::string list_heading(const TableRules& table, const Chain& chain,
                         const RuleCounters& policy_counters);

/// A heading for each table and chain, a line for each rule, with the counters that the ruleset
/// starts with.
std::string write_list(const Ruleset& ruleset, const std::vector<InterfaceInfo>& interfaces);

}  // namespace natsim::rules
