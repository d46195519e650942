#include "src/cli/quiz_command.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

namespace natsim {

CLI::App& QuizCommand::add_to(CLI::App& app) {
  CLI::App& command =
      *app.add_subcommand("quiz", "Ask what packets will do, before showing what they did");
  command.add_option("FILE", options_.file, "the topology file")->required()->type_name("");
  command.add_option("--questions", options_.questions, "how many at most (default: 5)")
      ->type_name("N")
      ->check(CLI::Range(1, 1000));
  command.add_flag("--key", options_.key, "print the questions with their answers");
  seed_.add_to(command);
  colour_.add_to(command);
  command.footer(R"(Examples:
  natsim quiz home-nat.yaml
  natsim quiz home-nat.yaml --seed 2 --questions 10 --key    a sheet for the teacher)");
  return command;
}

std::optional<std::string> QuizCommand::finish() {
  if (auto problem = colour_.finish(options_.colour)) return problem;
  return seed_.finish(options_.seed);
}

int QuizCommand::execute() { return quiz(options_); }

}  // namespace natsim
