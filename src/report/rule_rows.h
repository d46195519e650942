// Firewall and NAT rules with their counters.
#pragma once

#include <string>
#include <vector>

#include "sim/filter/netfilter.h"
#include "src/report/results.h"

namespace natsim {

/// Rules in their order, a base chain's policy behind its rules. Chains that nobody wrote anything
/// about are left out, and so are the policies that accept in tables other than filter.
void add_rule_rows(std::vector<RuleRow>& rows, const std::string& node, const Netfilter& filter);

/// What a rule does: "accept", "reject", "jump web", …
std::string action_words(const Target& target);

}  // namespace natsim
