// What is wrong with a rule set beyond what a packet or two would show: only what can be proved.
#pragma once

#include <string>
#include <vector>

#include "sim/base/place.h"
#include "sim/filter/interface_table.h"
#include "sim/filter/ruleset.h"

namespace natsim::rules {

struct LintedNode {
  std::string name;
  const Ruleset& ruleset;
  const InterfaceTable& interfaces;
  /// By IfIndex: leads to the Internet, or where the default route goes.
  std::vector<bool> is_outside;
};

/// Warnings:
///   - a rule that no packet can reach: an earlier one takes all that it would match, or its own
///     conditions exclude each other;
///   - what is let through to open connections, while nothing lets the answers back;
///   - a translation that leads to where the filter drops everything of the kind;
///   - addresses that are hidden towards the inside only;
///   - two ranges of public addresses that overlap, for different senders.
/// Silence proves nothing.
Problems lint_rules(const LintedNode& node);

}  // namespace natsim::rules
