// natsim quiz FILE
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "src/cli/terminal.h"

namespace natsim {

struct QuizOptions {
  std::string file;
  std::uint32_t questions = 5;
  bool key = false;  ///< with the answers, and without asking
  std::optional<std::uint64_t> seed;
  ColourChoice colour = ColourChoice::automatic;
};

/// Asks on stdout, reads answers from stdin. Returns the exit status: 0 when all were right, 1
/// otherwise; with `key`, 0.
int quiz(const QuizOptions& options);

}  // namespace natsim
