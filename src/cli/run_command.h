// `natsim run`'s part of the command line.
#pragma once

#include "src/cli/command.h"
#include "src/cli/run.h"
#include "src/cli/shared_options.h"

namespace natsim {

class RunCommand final : public Command {
 public:
  CLI::App& add_to(CLI::App& app) override;
  std::optional<std::string> finish() override;
  int execute() override;

 private:
  RunOptions options_;
  SeedOption seed_;
  ThreadsOption threads_;
  ColourOption colour_;
  std::string until_;
  bool no_capture_ = false;
};

}  // namespace natsim
