// natsim check --against TEACHER SUBMISSION…
#pragma once

#include "src/cli/check.h"

namespace natsim {

/// Judges every submission by the teacher's expectations, each in a process of its own. Returns the
/// exit status: 0 all have all points, 1 some have not, 2 or 3 the teacher's file cannot be used.
int grade(const CheckOptions& options);

}  // namespace natsim
