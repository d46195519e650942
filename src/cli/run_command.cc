#include "src/cli/run_command.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <fmt/format.h>

#include "sim/base/units.h"

namespace natsim {
namespace {

constexpr const char* kExamples = R"(Examples:
  natsim run home-nat.yaml                          events, tables, captures in out/home-nat
  natsim run home-nat.yaml -o /tmp/nat --filter 'udp port 67'
  natsim run home-nat.yaml --until 5s --quiet       no more than one line
  natsim run home-nat.yaml --json --no-capture | jq 'select(.outcome == "dropped")')";

/// "5" has no unit, and so on.
std::optional<std::string> read_until(const std::string& text, std::optional<Instant>& until) {
  if (text.empty()) return std::nullopt;
  const auto duration = parse_duration(text);
  if (duration.ok()) {
    until = Instant() + *duration;
    return std::nullopt;
  }
  const char* const hint = duration.error() == UnitError::no_unit ? ": it needs a unit, such as 5s"
                                                                  : ": such as 5s or 500ms";
  return fmt::format("--until '{}' is no time{}", text, hint);
}

}  // namespace

CLI::App& RunCommand::add_to(CLI::App& app) {
  CLI::App& run =
      *app.add_subcommand("run", "Run the scenario of a topology file and tell what happens");
  run.add_option("FILE", options_.file, "the topology file")->required()->type_name("");
  auto* const folder =
      run.add_option("-o,--output", options_.folder, "where captures go (default: out/NAME)")
          ->type_name("DIR");
  run.add_option("--until", until_, "end at this simulated time, such as 2s or 500ms")
      ->type_name("T");
  seed_.add_to(run);
  threads_.add_to(run);
  auto* const filter = run.add_option("--filter", options_.filter,
                                      "capture only what matches, in tcpdump's language")
                           ->type_name("BPF");
  run.add_flag("--no-capture", no_capture_, "write no files")->excludes(folder)->excludes(filter);
  auto* const quiet =
      run.add_flag("-q,--quiet", options_.quiet, "only failed checks and one line at the end");
  run.add_flag("--json", options_.json, "one JSON object a line instead of text");
  run.add_flag("-v,--verbose", options_.verbose, "every step of every packet, switches too")
      ->excludes(quiet);
  colour_.add_to(run);
  run.footer(kExamples);
  return run;
}

std::optional<std::string> RunCommand::finish() {
  options_.capture = !no_capture_;
  if (auto problem = colour_.finish(options_.colour)) return problem;
  if (auto problem = seed_.finish(options_.seed)) return problem;
  if (auto problem = threads_.finish(options_.threads)) return problem;
  return read_until(until_, options_.until);
}

int RunCommand::execute() { return run(options_); }

}  // namespace natsim
