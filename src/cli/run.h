// natsim run: the scenario of a file, what happens in it, captures.
#pragma once

#include "src/cli/command_line.h"

namespace natsim {

/// The program's exit status.
int run(const RunOptions& options);

}  // namespace natsim
