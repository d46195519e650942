// `natsim new`'s part of the command line.
#pragma once

#include "src/cli/command.h"
#include "src/cli/new.h"
#include "src/cli/shared_options.h"

namespace natsim {

class NewCommand final : public Command {
 public:
  CLI::App& add_to(CLI::App& app) override;
  std::optional<std::string> finish() override;
  int execute() override;

 private:
  NewOptions options_;
  SeedOption seed_;
};

}  // namespace natsim
