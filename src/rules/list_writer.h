// Rules in the shape of `iptables -L -n -v`.
#pragma once

#include <string>
#include <vector>

#include "sim/filter/interface_table.h"
#include "sim/filter/ruleset.h"

namespace natsim::rules {

/// A heading for each table and chain, a line for each rule, with the counters that the ruleset
/// starts with. Behind the columns stand the rest of a rule's matches and its target's options, in
/// iptables-save's words.
std::string write_list(const Ruleset& ruleset, const std::vector<InterfaceInfo>& interfaces);

}  // namespace natsim::rules
