#include "src/cli/new_command.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <fmt/format.h>

#include "src/teaching/faults.h"

namespace natsim {
namespace {

std::string footer() {
  std::string text = R"(Examples:
  natsim new                                     what there is to start from
  natsim new home-nat                            home-nat.yaml, here
  natsim new home-nat --fault                    home-nat-ticket-1.yaml: something in it is broken
  natsim new my.yaml --fault --seed 7 --key      another fault, and what it is, for the teacher
  for n in $(seq 30); do natsim new home-nat --fault --seed $n; done

Kinds of faults:)";
  for (const teaching::FaultKind& kind : teaching::fault_catalogue())
    text += fmt::format("\n  {:<16}  {}", kind.name, kind.doc);
  return text;
}

}  // namespace

CLI::App& NewCommand::add_to(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("new", "Start from a file of the gallery, or break one");
  command
      .add_option("NAME", options_.name, "a file of the gallery; with --fault also one of yours")
      ->type_name("");
  command
      .add_option("-o,--output", options_.output,
                  "the file to write (default: NAME.yaml, NAME-ticket-N.yaml); -: stdout")
      ->type_name("FILE");
  auto* const fault = command.add_flag(
      "--fault", options_.fault, "plant one fault that somebody notices, and write the ticket");
  command.add_option("--kind", options_.kind, "which kind of fault (default: any)")
      ->type_name("KIND")
      ->needs(fault);
  command.add_flag("--key", options_.key, "tell what the fault is")->needs(fault);
  seed_.add_to(command);
  command.footer(footer());
  return command;
}

std::optional<std::string> NewCommand::finish() { return seed_.finish(options_.seed); }

int NewCommand::execute() { return make_new(options_); }

}  // namespace natsim
