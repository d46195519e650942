// `natsim check`'s part of the command line.
#pragma once

#include "src/cli/check.h"
#include "src/cli/command.h"
#include "src/cli/shared_options.h"

namespace natsim {

class CheckCommand final : public Command {
 public:
  CLI::App& add_to(CLI::App& app) override;
  std::optional<std::string> finish() override;
  int execute() override;

 private:
  CheckOptions options_;
  SeedOption seed_;
  ThreadsOption threads_;
  ColourOption colour_;
  bool csv_ = false, junit_ = false;
};

}  // namespace natsim
