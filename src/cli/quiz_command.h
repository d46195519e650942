// `natsim quiz`' part of the command line.
#pragma once

#include "src/cli/command.h"
#include "src/cli/quiz.h"
#include "src/cli/shared_options.h"

namespace natsim {

class QuizCommand final : public Command {
 public:
  CLI::App& add_to(CLI::App& app) override;
  std::optional<std::string> finish() override;
  int execute() override;

 private:
  QuizOptions options_;
  SeedOption seed_;
  ColourOption colour_;
};

}  // namespace natsim
