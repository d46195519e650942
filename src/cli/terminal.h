// What kind of thing an output is.
#pragma once

#include "src/cli/command_line.h"

namespace natsim {

/// Whether to paint what goes to the descriptor. Left to itself: on a terminal that can, unless
/// NO_COLOR is set (https://no-color.org).
bool use_colour(ColourChoice choice, int fd);

bool is_terminal(int fd);

}  // namespace natsim
