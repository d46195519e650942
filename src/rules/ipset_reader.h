// Reads what `ipset save` prints, as `ipset restore` would load it.
//
//   create blocked hash:net family inet hashsize 1024 maxelem 65536
//   add blocked 198.51.100.0/24
//   add blocked 198.51.100.7 nomatch
//
// Timeouts count from the start of the simulation. Options that only say how the kernel stores a
// set are passed over; a set of IPv6 is there, and holds no IPv4 packet. Whatever this does not
// model is an error that names it. Time and memory are bounded by the text's length and
// kSetElementsMax.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "sim/filter/set_description.h"
#include "src/rules/origin.h"
#include "src/topology/context.h"

namespace natsim::rules {

/// Most elements that one text may make.
inline constexpr std::size_t kSetElementsMax = 1'000'000;

/// nullopt after an error. `text` is UTF-8 (topology::check_text()).
std::optional<std::vector<SetDescription>> read_ipset(topology::Context& context,
                                                      std::string_view text, const Origin& origin);

}  // namespace natsim::rules
