#include "src/cli/commands.h"

#include "src/cli/check_command.h"
#include "src/cli/matrix_command.h"
#include "src/cli/new_command.h"
#include "src/cli/quiz_command.h"
#include "src/cli/rules_command.h"
#include "src/cli/run_command.h"
#include "src/cli/trace_command.h"

namespace natsim {

std::vector<std::unique_ptr<Command>> all_commands() {
  std::vector<std::unique_ptr<Command>> all;
  all.push_back(std::make_unique<RunCommand>());
  all.push_back(std::make_unique<CheckCommand>());
  all.push_back(std::make_unique<TraceCommand>());
  all.push_back(std::make_unique<MatrixCommand>());
  all.push_back(std::make_unique<RulesCommand>());
  all.push_back(std::make_unique<NewCommand>());
  all.push_back(std::make_unique<QuizCommand>());
  return all;
}

}  // namespace natsim
