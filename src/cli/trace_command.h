// `natsim trace`'s part of the command line.
#pragma once

#include "src/cli/command.h"
#include "src/cli/shared_options.h"
#include "src/cli/trace.h"

namespace natsim {

class TraceCommand final : public Command {
 public:
  CLI::App& add_to(CLI::App& app) override;
  std::optional<std::string> finish() override;
  int execute() override;

 private:
  TraceOptions options_;
  SeedOption seed_;
  ColourOption colour_;
  std::string protocol_, to_, source_port_, size_, at_;
};

}  // namespace natsim
