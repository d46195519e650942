#include "src/cli/quiz_options.h"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

namespace natsim {

CLI::App& add_quiz(CLI::App& app, QuizOptions& options) {
  CLI::App& command =
      *app.add_subcommand("quiz", "Ask what packets will do, before showing what they did");
  command.add_option("FILE", options.file, "the topology file")->required()->type_name("");
  command.add_option("--questions", options.questions, "how many at most (default: 5)")
      ->type_name("N")
      ->check(CLI::Range(1, 1000));
  command.add_flag("--key", options.key, "print the questions with their answers");
  command.footer(R"(Examples:
  natsim quiz home-nat.yaml
  natsim quiz home-nat.yaml --seed 2 --questions 10 --key    a sheet for the teacher)");
  return command;
}

}  // namespace natsim
