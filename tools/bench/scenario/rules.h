// The rule sets of the routers.
#pragma once

#include "sim/filter/ruleset.h"
#include "sim/node/ip_node.h"

namespace natsim::bench {

/// The filter table with its chains, empty: what Linux has before anybody says iptables.
Ruleset empty_chains();

/// Ten rules of a guarded router; what does not match is dropped. ESTABLISHED passes by the first
/// rule. NEW datagrams from interface `in` to interface `out` pass by the last one.
Ruleset ten_stateful_rules(const std::string& in, const std::string& out);

/// A home router: what leaves by `out` is masqueraded; replies and what comes from `in` pass.
Ruleset masquerading(const std::string& in, const std::string& out);

/// REQUIRES: the node has all its interfaces.
void install(IpNode& node, Ruleset rules, std::uint32_t conntrack_max = 262'144);

}  // namespace natsim::bench
