// All of the program's commands.
#pragma once

#include <memory>
#include <vector>

#include "src/cli/command.h"

namespace natsim {

/// In the order in which help lists them.
std::vector<std::unique_ptr<Command>> all_commands();

}  // namespace natsim
