// natsim run: the scenario of a file, what happens in it, captures.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/base/time.h"
#include "src/cli/terminal.h"

namespace natsim {

struct RunOptions {
  std::string file;
  std::string folder;  ///< for captures; empty: "out/NAME"
  std::optional<Instant> until;
  std::optional<std::uint64_t> seed;
  std::uint32_t threads = 1;
  std::optional<std::string> filter;
  bool capture = true;
  bool quiet = false;
  bool json = false;
  bool verbose = false;
  ColourChoice colour = ColourChoice::automatic;
};

/// The program's exit status.
int run(const RunOptions& options);

}  // namespace natsim
