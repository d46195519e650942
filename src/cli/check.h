// natsim check: whether the expectations of files are met.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/cli/terminal.h"

namespace natsim {

enum class GradeFormat : std::uint8_t { text, csv, json, junit };

struct CheckOptions {
  std::vector<std::string> files;
  std::string against;            ///< the file whose expectations count; empty: each file's own
  std::vector<std::string> take;  ///< the only nodes that are the submission's; empty: all
  GradeFormat format = GradeFormat::text;
  bool coverage = false;  ///< tell of rules that nothing exercised
  bool lint = false;      ///< tell what is wrong with rules
  std::optional<std::uint64_t> seed;
  std::uint32_t threads = 1;
  bool json = false;
  ColourChoice colour = ColourChoice::automatic;
};

/// The program's exit status: the worst of all files'.
int check(const CheckOptions& options);

}  // namespace natsim
