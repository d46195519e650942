// The rule set that ufw 0.36 loads for what it remembers, as lines of iptables-save.
#pragma once

#include <string>
#include <vector>

#include "sim/base/place.h"
#include "src/rules/ufw_state.h"

namespace natsim::rules {

struct UfwLine {
  std::string text;
  std::string label;  ///< what reports call the rule
  Place place;        ///< the command that it is of, or that of all of ufw's
};

/// Table filter, from '*filter' to 'COMMIT'; what no command brought about has the place `ufw`.
/// Disabled, ufw leaves nothing but policies that accept.
std::vector<UfwLine> write_ufw(const UfwState& state, Place ufw);

/// The label of default policies, wherever they stand.
inline constexpr const char* kUfwPolicyLabel = "policy";

}  // namespace natsim::rules
