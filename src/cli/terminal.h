// What kind of thing an output is.
#pragma once

#include <cstdint>

namespace natsim {

enum class ColourChoice : std::uint8_t { automatic, always, never };

/// Whether to paint what goes to the descriptor. Left to itself: on a terminal that can, unless
/// NO_COLOR is set (https://no-color.org).
bool use_colour(ColourChoice choice, int fd);

bool is_terminal(int fd);

}  // namespace natsim
