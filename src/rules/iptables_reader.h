// Reads what `iptables-save` prints, as iptables-restore would load it.
//
//   *filter
//   :FORWARD DROP [0:0]
//   :web - [0:0]
//   [4:240] -A FORWARD -i wan -p tcp -m tcp --dport 80 -j web
//   -A web -d 192.168.1.10/32 -m comment --comment "the shop" -j ACCEPT
//   COMMIT
//
// Each table that is there replaces what was; unnamed base chains accept. Rules are called by their
// comment, or "rule N" as `iptables -L --line-numbers` counts them. Whatever this does not model is
// an error that names it. Time and memory are bounded by the text's length and by limits on rules.
#pragma once

#include <optional>
#include <string_view>

#include "sim/filter/ruleset.h"
#include "src/rules/origin.h"
#include "src/topology/context.h"

namespace natsim::rules {

/// Most rules that one text may make.
inline constexpr std::size_t kRulesMax = 250'000;

/// nullopt after an error. `text` is UTF-8 (topology::check_text()).
std::optional<Ruleset> read_iptables(topology::Context& context, std::string_view text,
                                     const Origin& origin);

}  // namespace natsim::rules
