// Native firewall and NAT keys, compiled to netfilter's rules.
//
//   policy                     filter INPUT / FORWARD / OUTPUT policies
//   rules                      filter rules in their order; several sources and so on multiply out
//   masquerade, snat, dnat     nat POSTROUTING and PREROUTING
//   port_forward               DNAT of what comes in by its interface; with `hairpin` also of what
//                              inside hosts send to that interface's addresses, and MASQUERADE of
//                              what thereby leaves where it came from (NAT-S03 … S05)
#pragma once

#include "sim/base/place.h"
#include "sim/filter/ruleset.h"
#include "sim/network/spec.h"

namespace natsim {

/// Problems are appended: unknown zones and interfaces, ports without a protocol that has them. Of
/// a node whose rules are given as such, those are returned, checked.
/// With an error among them the ruleset is not to be used. A node without nat and firewall gets an
/// empty one.
Ruleset rules_from_spec(const spec::Node& node, Problems& problems);

}  // namespace natsim
