// natsim check: whether the expectations of files are met.
#pragma once

#include "src/cli/command_line.h"

namespace natsim {

/// The program's exit status: the worst of all files'.
int check(const CheckOptions& options);

}  // namespace natsim
