// natsim check --lint
#pragma once

#include "src/cli/load.h"

namespace natsim {

/// Warnings about the rules of every node, with the addresses that interfaces have by now.
Problems lint(const Loaded& loaded);

}  // namespace natsim
