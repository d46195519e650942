// Rules as iptables-save prints them.
#pragma once

#include <string>
#include <vector>

#include "sim/filter/interface_table.h"
#include "sim/filter/ruleset.h"

namespace natsim::rules {

struct WriteOptions {
  bool counters = false;  ///< "[packets:octets]" before each rule
  /// The node's interfaces, for what iptables has no match for: "an address of this interface"
  /// becomes one rule for each of its addresses.
  std::vector<InterfaceInfo> interfaces;
};

/// A text that iptables-restore loads, and that read_iptables() reads back to the same rules. Rules
/// that iptables cannot say in one line take several.
std::string write_iptables(const Ruleset& ruleset, const WriteOptions& options = {});

/// One rule, from "-A CHAIN" on, a line for each that it takes.
std::vector<std::string> write_rule(const Rule& rule, const std::string& chain,
                                    const std::vector<InterfaceInfo>& interfaces);

/// "-m limit --limit 3/min", or "-p …"-less parts: what iptables-save prints for a match.
std::string write_match(const Match& match);
/// "-j ACCEPT"; empty for none.
std::string write_target(const Target& target);

}  // namespace natsim::rules
