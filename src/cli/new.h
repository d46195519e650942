// natsim new [NAME] [--fault]
#pragma once

#include "src/cli/command_line.h"

namespace natsim {

/// Writes a file of the gallery, or one with a fault planted into it, or lists what there is.
/// Returns the exit status: 3 where a file could not be read or written.
int make_new(const NewOptions& options);

}  // namespace natsim
