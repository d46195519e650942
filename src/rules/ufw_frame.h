// The rules that ufw 0.36.2 loads on Debian and Ubuntu whatever its user says: what its init
// script, before.rules, after.rules and user.rules hold, in iptables-save's normal form.
#pragma once

#include <string_view>

namespace natsim::rules {

/// All chains but the built-in ones, as iptables-save lists them.
std::string_view ufw_chains();
/// From the built-in chains to ufw's own, in the order in which they are asked.
std::string_view ufw_entry_rules();
std::string_view ufw_before_rules();
std::string_view ufw_after_rules();

}  // namespace natsim::rules
