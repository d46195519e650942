// natsim matrix FILE
#pragma once

#include "src/cli/command_line.h"

namespace natsim {

/// Returns the exit status.
int matrix(const MatrixOptions& options);

}  // namespace natsim
