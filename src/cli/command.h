// A word behind `natsim`: what it takes, and what it does.
#pragma once

#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace natsim {

/// One of the program's commands. A new one is a pair of files with its subclass, one with what it
/// does, and a line in commands.cc.
class Command {
 public:
  virtual ~Command() = default;
  /// Its subcommand; parsing writes into this object. Called once.
  virtual CLI::App& add_to(CLI::App& app) = 0;
  /// Looks closer at what was parsed: what is wrong with it, or nullopt.
  virtual std::optional<std::string> finish() { return std::nullopt; }
  /// Does it. Returns the exit status. REQUIRES: finish() found nothing wrong.
  virtual int execute() = 0;
};

}  // namespace natsim
