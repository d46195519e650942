// natsim quiz FILE
#pragma once

#include "src/cli/command_line.h"

namespace natsim {

/// Asks on stdout, reads answers from stdin. Returns the exit status: 0 when all were right, 1
/// otherwise; with `key`, 0.
int quiz(const QuizOptions& options);

}  // namespace natsim
