#include "src/cli/new_options.h"

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

CLI::App& add_new(CLI::App& app, NewOptions& options) {
  CLI::App& command = *app.add_subcommand("new", "Start from a file of the gallery, or break one");
  command.add_option("NAME", options.name, "a file of the gallery; with --fault also one of yours")
      ->type_name("");
  command
      .add_option("-o,--output", options.output,
                  "the file to write (default: NAME.yaml, NAME-ticket-N.yaml); -: stdout")
      ->type_name("FILE");
  auto* const fault = command.add_flag(
      "--fault", options.fault, "plant one fault that somebody notices, and write the ticket");
  command.add_option("--kind", options.kind, "which kind of fault (default: any)")
      ->type_name("KIND")
      ->needs(fault);
  command.add_flag("--key", options.key, "tell what the fault is")->needs(fault);
  command.footer(footer());
  return command;
}

}  // namespace natsim
