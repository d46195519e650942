// What is wrong with a text that is no YAML, in words for somebody who writes a topology file.
//
// parse_yaml() decides that a text is wrong; yaml-cpp knows best why and where, so it is asked to
// read the text once more.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "sim/base/place.h"

namespace natsim::topology {

/// The first thing that yaml-cpp finds wrong with the syntax of `text`; none where it finds
/// nothing, or where the text is nested too deep or too large to let it read on. Bounded in time
/// and memory for any text that passed check_text().
std::optional<Problem> explain_yaml(std::string_view text, std::uint32_t file);

}  // namespace natsim::topology
