// `natsim rules`' part of the command line.
#pragma once

#include "src/cli/command.h"
#include "src/cli/rules.h"

namespace natsim {

class RulesCommand final : public Command {
 public:
  CLI::App& add_to(CLI::App& app) override;
  std::optional<std::string> finish() override;
  int execute() override;

 private:
  RulesOptions options_;
  std::string as_ = "list";
};

}  // namespace natsim
