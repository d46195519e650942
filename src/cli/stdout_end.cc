#include "src/cli/stdout_end.h"

#include <cerrno>
#include <csignal>
#include <system_error>

#include "src/cli/exit_status.h"
#include "src/cli/load.h"

namespace natsim {

int end_of_stdout(const FdOutput& output) {
  if (output.error() == 0) return kExitDone;
  if (output.error() == EPIPE) return kExitSignalled + SIGPIPE;
  complain("cannot write to stdout: " + std::generic_category().message(output.error()));
  return kExitUnusable;
}

}  // namespace natsim
