// Reads ufw's commands, as its user types them one after the other on a fresh Debian or Ubuntu.
//
//   default deny incoming
//   allow 22/tcp
//   route allow in on lan out on wan
//
// What comes of it is the rule set of ufw 0.36.2, rules of its own included. User rules are called
// by their command and have its place; the others by what they are of: "ufw's before rules". The
// firewall is on unless "disable" or "reset" come last; status and the like do nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/filter/ruleset.h"
#include "src/rules/origin.h"
#include "src/rules/ufw_state.h"
#include "src/topology/context.h"

namespace natsim::rules {

/// Most commands of one node: each one is compared with the rules before it.
inline constexpr std::size_t kUfwCommandsMax = 10'000;

/// Where commands are written: the text of a block, or one of a list's entries.
struct UfwText {
  std::string_view text;
  Origin origin;
};

/// nullopt after an error. `ufw` is the place of all of it.
std::optional<Ruleset> read_ufw(topology::Context& context, const std::vector<UfwText>& texts,
                                Place ufw);

}  // namespace natsim::rules
