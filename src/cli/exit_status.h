// What the program tells whoever started it.
#pragma once

namespace natsim {

enum ExitStatus : int {
  kExitDone = 0,         ///< and all expectations were met
  kExitUnmet = 1,        ///< an expectation was not
  kExitWrongInput = 2,   ///< the command line, a topology file, a filter
  kExitUnusable = 3,     ///< a file or device could not be used
  kExitSignalled = 128,  ///< plus the signal's number
};

}  // namespace natsim
