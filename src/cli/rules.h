// natsim rules: a router's rules in other tools' words.
#pragma once

#include "src/cli/command_line.h"

namespace natsim {

/// The program's exit status.
int print_rules(const RulesOptions& options);

}  // namespace natsim
