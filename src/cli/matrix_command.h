// `natsim matrix`'s part of the command line.
#pragma once

#include "src/cli/command.h"
#include "src/cli/matrix.h"
#include "src/cli/shared_options.h"

namespace natsim {

class MatrixCommand final : public Command {
 public:
  CLI::App& add_to(CLI::App& app) override;
  std::optional<std::string> finish() override;
  int execute() override;

 private:
  MatrixOptions options_;
  ColourOption colour_;
};

}  // namespace natsim
