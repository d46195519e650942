// natsim trace FILE FROM PROTO TO[:PORT]
#pragma once

#include "src/cli/command_line.h"

namespace natsim {

/// Returns the exit status: 0 delivered, 1 not.
int trace(const TraceOptions& options);

}  // namespace natsim
