// What a failed stdout means for the exit status.
#pragma once

#include "src/report/output.h"

namespace natsim {

/// 0 where all was written. A reader that went away (`| head`) is no news: the status is that of
/// any program that SIGPIPE ends, and nothing is said. Other errors are told on stderr.
/// REQUIRES: the output was flushed.
int end_of_stdout(const FdOutput& output);

}  // namespace natsim
