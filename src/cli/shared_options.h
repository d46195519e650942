// Options that several commands have.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "src/cli/terminal.h"

namespace CLI {
class App;
}

namespace natsim {

/// --seed N
class SeedOption {
 public:
  void add_to(CLI::App& command);
  /// Writes the number, if one is given, to `seed`; what is wrong with it, or nullopt.
  std::optional<std::string> finish(std::optional<std::uint64_t>& seed) const;

 private:
  std::string text_;
};

/// --threads N
class ThreadsOption {
 public:
  void add_to(CLI::App& command);
  std::optional<std::string> finish(std::uint32_t& threads) const;

 private:
  std::string text_ = "1";
};

/// --color WHEN
class ColourOption {
 public:
  void add_to(CLI::App& command);
  std::optional<std::string> finish(ColourChoice& colour) const;

 private:
  std::string text_ = "auto";
};

}  // namespace natsim
