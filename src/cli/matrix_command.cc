#include "src/cli/matrix_command.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

namespace natsim {
namespace {

constexpr const char* kExamples = R"(Examples:
  natsim matrix office-dmz.yaml
  natsim matrix before.yaml --diff after.yaml        flows whose verdict is another one
  natsim matrix office-dmz.yaml --json | jq -r '.cells[] | select(.passes) | .arrived'

Each cell is a probe in a fresh network without the file's traffic, sent after 10 s: nothing that
one probe does is seen by another. A zone's first host speaks for it. Exit status: 0; with --diff 1
if there are differences.)";

}  // namespace

CLI::App& MatrixCommand::add_to(CLI::App& app) {
  CLI::App& matrix = *app.add_subcommand("matrix", "Tell who may speak to whom: zones by services");
  matrix.add_option("FILE", options_.file, "the topology file")->required()->type_name("");
  matrix.add_option("--diff", options_.other, "only what is another verdict in this file")
      ->type_name("OTHER");
  matrix.add_flag("--json", options_.json, "one JSON object instead of text");
  colour_.add_to(matrix);
  matrix.footer(kExamples);
  return matrix;
}

std::optional<std::string> MatrixCommand::finish() { return colour_.finish(options_.colour); }

int MatrixCommand::execute() { return matrix(options_); }

}  // namespace natsim
