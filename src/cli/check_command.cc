#include "src/cli/check_command.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

namespace natsim {
namespace {

constexpr const char* kExamples = R"(Examples:
  natsim check home-nat.yaml
  natsim check --lint --coverage home-nat.yaml       rules that cannot match, or that nothing tries
  natsim check --against teacher.yaml submissions/*.yaml
  natsim check --against teacher.yaml --take router submissions/*.yaml
  natsim check --junit topologies/*.yaml > results.xml
  natsim check --against teacher.yaml --csv submissions/*.yaml > grades.csv
  natsim check --json submissions/*.yaml | jq -r 'select(.passed | not).file')";

}  // namespace

CLI::App& CheckCommand::add_to(CLI::App& app) {
  CLI::App& check =
      *app.add_subcommand("check", "Run scenarios and tell whether their expectations are met");
  check.add_option("FILE", options_.files, "topology files")->required()->type_name("");
  seed_.add_to(check);
  threads_.add_to(check);
  auto* const json =
      check.add_flag("--json", options_.json, "one JSON object a file instead of text");
  auto* const against =
      check
          .add_option("--against", options_.against,
                      "grade the files by this one's expectations, with points and hints")
          ->type_name("TEACHER");
  check
      .add_option("--take", options_.take,
                  "with --against: take this node from submissions, and all else from TEACHER")
      ->type_name("NODE")
      ->allow_extra_args(false)
      ->needs(against);
  check.add_flag("--csv", csv_, "with --against: a table for a spreadsheet")
      ->needs(against)
      ->excludes(json);
  check.add_flag("--junit", junit_, "JUnit's XML instead of text")->excludes(json);
  check.add_flag("--coverage", options_.coverage, "tell of rules that nothing has exercised")
      ->excludes(against);
  check.add_flag("--lint", options_.lint, "tell of rules that can never match, and the like")
      ->excludes(against);
  colour_.add_to(check);
  check.footer(kExamples);
  return check;
}

std::optional<std::string> CheckCommand::finish() {
  options_.format = csv_            ? GradeFormat::csv
                    : junit_        ? GradeFormat::junit
                    : options_.json ? GradeFormat::json
                                    : GradeFormat::text;
  if (auto problem = colour_.finish(options_.colour)) return problem;
  if (auto problem = seed_.finish(options_.seed)) return problem;
  return threads_.finish(options_.threads);
}

int CheckCommand::execute() { return check(options_); }

}  // namespace natsim
