// Rules as iptables can say them: an interface each, and no match that it does not have.
#pragma once

#include <vector>

#include "sim/filter/interface_table.h"
#include "sim/filter/ruleset.h"

namespace natsim::rules {

/// `rule` as one rule or several that together do the same. "An address of this interface" becomes
/// one rule for each of its addresses in `interfaces`: none at all where it has none yet. "By the
/// interface it came in by", which POSTROUTING does not know, becomes "from a subnet of it".
std::vector<Rule> plain_rules(const Rule& rule, const std::vector<InterfaceInfo>& interfaces);

}  // namespace natsim::rules
