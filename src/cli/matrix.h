// natsim matrix FILE
#pragma once

#include <string>

#include "src/cli/terminal.h"

namespace natsim {

struct MatrixOptions {
  std::string file;
  std::string other;  ///< to compare with; empty: none
  bool json = false;
  ColourChoice colour = ColourChoice::automatic;
};

/// Returns the exit status.
int matrix(const MatrixOptions& options);

}  // namespace natsim
