#include "src/cli/command_line.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <charconv>
#include <memory>

#include <fmt/format.h>

#include "sim/base/units.h"
#include "sim/network/division.h"
#include "src/cli/exit_status.h"
#include "src/cli/new_options.h"
#include "src/cli/quiz_options.h"
#include "src/cli/trace_options.h"
#include "src/topology/suggest.h"

namespace natsim {
namespace {

constexpr std::string_view kCommands[] = {"run",   "check", "trace", "matrix",
                                          "rules", "new",   "quiz"};

constexpr const char* kExamples = R"(Examples:
  natsim run home-nat.yaml              what happens to every packet, tables, captures
  natsim run home-nat.yaml --no-capture | less
  natsim check topologies/*.yaml        only whether the expectations are met
  natsim trace home-nat.yaml laptop tcp web:80   which rule let it pass or dropped it, and why
  natsim matrix home-nat.yaml           who may speak to whom
  natsim quiz home-nat.yaml             asks what packets will do
  natsim new                            files to start from, and lessons
  natsim rules home-nat.yaml router     its firewall and NAT, in the words of iptables or nft

'natsim COMMAND --help' tells more. Exit status: 0 all is well, 1 an expectation is not met,
2 the input is wrong, 3 a file could not be used.)";

constexpr const char* kRunExamples = R"(Examples:
  natsim run home-nat.yaml                          events, tables, captures in out/home-nat
  natsim run home-nat.yaml -o /tmp/nat --filter 'udp port 67'
  natsim run home-nat.yaml --until 5s --quiet       no more than one line
  natsim run home-nat.yaml --json --no-capture | jq 'select(.outcome == "dropped")')";

constexpr const char* kCheckExamples = R"(Examples:
  natsim check home-nat.yaml
  natsim check --lint --coverage home-nat.yaml       rules that cannot match, or that nothing tries
  natsim check --against teacher.yaml submissions/*.yaml
  natsim check --against teacher.yaml --take router submissions/*.yaml
  natsim check --junit topologies/*.yaml > results.xml
  natsim check --against teacher.yaml --csv submissions/*.yaml > grades.csv
  natsim check --json submissions/*.yaml | jq -r 'select(.passed | not).file')";

constexpr const char* kMatrixExamples = R"(Examples:
  natsim matrix office-dmz.yaml
  natsim matrix before.yaml --diff after.yaml        flows whose verdict is another one
  natsim matrix office-dmz.yaml --json | jq -r '.cells[] | select(.passes) | .arrived'

Each cell is a probe in a fresh network without the file's traffic, sent after 10 s: nothing that
one probe does is seen by another. A zone's first host speaks for it. Exit status: 0; with --diff 1
if there are differences.)";

constexpr const char* kRulesExamples = R"(Examples:
  natsim rules home-nat.yaml                         as iptables -L -n -v lists them
  natsim rules home-nat.yaml router --as iptables | iptables-restore --test
  natsim rules home-nat.yaml router --as nft | nft -c -f -

What the chosen words cannot say is told on stderr and left out; the exit status is 1 then.)";

Message wrong(std::string text, const std::string& command) {
  const std::string help = command.empty() ? "natsim --help" : "natsim " + command + " --help";
  return {fmt::format("natsim: {}\nTry '{}'.\n", text, help), kExitWrongInput};
}

/// What CLI11 fills in before it is looked at more closely.
struct Raw {
  RunOptions run;
  CheckOptions check;
  RulesOptions rules;
  RawTrace trace;
  MatrixOptions matrix;
  NewOptions new_file;
  QuizOptions quiz;
  bool csv = false, junit = false;
  std::string until, seed, threads = "1", colour = "auto", as = "list";
  bool no_capture = false;
};

/// CLI11's help, without remarks that only repeat what the error message would say.
class HelpFormatter final : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App* app, std::string) const override {
    if (app->get_parent() == nullptr) return "Usage: natsim COMMAND …\n";
    const std::string name = app->get_name();
    if (name == "new") return "Usage: natsim new [NAME] [OPTIONS]\n";
    const char* const more = name == "check"   ? "…"
                             : name == "rules" ? " [NODE]"
                             : name == "trace" ? " FROM PROTO TO[:PORT]"
                                               : "";
    return fmt::format("Usage: natsim {} FILE{} [OPTIONS]\n", name, more);
  }
  std::string make_option_opts(const CLI::Option* option) const override {
    const std::string type = option->get_type_name();
    return type.empty() ? type : " " + type;
  }
};

void add_colour(CLI::App& command, Raw& raw) {
  command
      .add_option("--color", raw.colour,
                  "auto (on a terminal, unless NO_COLOR is set), always, never")
      ->type_name("WHEN");
}

void add_seed(CLI::App& command, Raw& raw) {
  command.add_option("--seed", raw.seed, "of the random numbers, instead of the file's")
      ->type_name("N");
}

void add_threads(CLI::App& command, Raw& raw) {
  command
      .add_option("--threads", raw.threads,
                  "run parts of the network side by side; nothing else changes (default: 1)")
      ->type_name("N");
}

CLI::App& add_run(CLI::App& app, Raw& raw) {
  CLI::App& run =
      *app.add_subcommand("run", "Run the scenario of a topology file and tell what happens");
  run.add_option("FILE", raw.run.file, "the topology file")->required()->type_name("");
  auto* const folder =
      run.add_option("-o,--output", raw.run.folder, "where captures go (default: out/NAME)")
          ->type_name("DIR");
  run.add_option("--until", raw.until, "end at this simulated time, such as 2s or 500ms")
      ->type_name("T");
  add_seed(run, raw);
  add_threads(run, raw);
  auto* const filter =
      run.add_option("--filter", raw.run.filter, "capture only what matches, in tcpdump's language")
          ->type_name("BPF");
  run.add_flag("--no-capture", raw.no_capture, "write no files")
      ->excludes(folder)
      ->excludes(filter);
  auto* const quiet =
      run.add_flag("-q,--quiet", raw.run.quiet, "only failed checks and one line at the end");
  run.add_flag("--json", raw.run.json, "one JSON object a line instead of text");
  run.add_flag("-v,--verbose", raw.run.verbose, "every step of every packet, switches too")
      ->excludes(quiet);
  add_colour(run, raw);
  run.footer(kRunExamples);
  return run;
}

CLI::App& add_check(CLI::App& app, Raw& raw) {
  CLI::App& check =
      *app.add_subcommand("check", "Run scenarios and tell whether their expectations are met");
  check.add_option("FILE", raw.check.files, "topology files")->required()->type_name("");
  add_seed(check, raw);
  add_threads(check, raw);
  auto* const json =
      check.add_flag("--json", raw.check.json, "one JSON object a file instead of text");
  auto* const against =
      check
          .add_option("--against", raw.check.against,
                      "grade the files by this one's expectations, with points and hints")
          ->type_name("TEACHER");
  check
      .add_option("--take", raw.check.take,
                  "with --against: take this node from submissions, and all else from TEACHER")
      ->type_name("NODE")
      ->allow_extra_args(false)
      ->needs(against);
  check.add_flag("--csv", raw.csv, "with --against: a table for a spreadsheet")
      ->needs(against)
      ->excludes(json);
  check.add_flag("--junit", raw.junit, "JUnit's XML instead of text")->excludes(json);
  check.add_flag("--coverage", raw.check.coverage, "tell of rules that nothing has exercised")
      ->excludes(against);
  check.add_flag("--lint", raw.check.lint, "tell of rules that can never match, and the like")
      ->excludes(against);
  add_colour(check, raw);
  check.footer(kCheckExamples);
  return check;
}

CLI::App& add_matrix(CLI::App& app, Raw& raw) {
  CLI::App& matrix = *app.add_subcommand("matrix", "Tell who may speak to whom: zones by services");
  matrix.add_option("FILE", raw.matrix.file, "the topology file")->required()->type_name("");
  matrix.add_option("--diff", raw.matrix.other, "only what is another verdict in this file")
      ->type_name("OTHER");
  matrix.add_flag("--json", raw.matrix.json, "one JSON object instead of text");
  add_colour(matrix, raw);
  matrix.footer(kMatrixExamples);
  return matrix;
}

CLI::App& add_rules(CLI::App& app, Raw& raw) {
  CLI::App& rules = *app.add_subcommand("rules", "Print the firewall and NAT rules of routers");
  rules.add_option("FILE", raw.rules.file, "the topology file")->required()->type_name("");
  rules.add_option("NODE", raw.rules.node, "one of its nodes (default: all that have rules)")
      ->type_name("");
  rules.add_option("--as", raw.as, "list (default), iptables, nft")->type_name("WORDS");
  rules.footer(kRulesExamples);
  return rules;
}

std::string unknown_word(std::string_view what, std::string_view word,
                         const std::vector<std::string_view>& known) {
  const std::string_view near = topology::nearest(word, known);
  std::string text = fmt::format("unknown {} '{}'", what, word);
  return near.empty() ? text : text + fmt::format(", did you mean '{}'?", near);
}

/// The options of a command as they are written.
std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

std::string explain(const CLI::ParseError& error, CLI::App& command) {
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    const std::vector<std::string> extras = command.remaining(true);
    if (!extras.empty()) {
      const std::string word = extras.front().substr(0, extras.front().find('='));
      const std::vector<std::string> names = option_names(command);
      if (word.starts_with("-")) return unknown_word("option", word, {names.begin(), names.end()});
      return fmt::format("one FILE at a time: '{}' is too much", word);
    }
  }
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    for (const CLI::Option* option : command.get_options())
      if (option->get_required() && option->count() == 0)
        return fmt::format("no {} given", option->get_name());
  }
  return error.what();
}

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

/// CLI11 would take -1 for a large number.
bool read_seed(const std::string& text, std::optional<std::uint64_t>& seed) {
  if (text.empty()) return true;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return false;
  seed = number;
  return true;
}

bool read_threads(const std::string& text, std::uint32_t& threads) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), threads);
  return error == std::errc() && end == text.data() + text.size() && threads >= 1 &&
         threads <= kThreadsMax;
}

std::optional<ColourChoice> read_colour(const std::string& text) {
  if (text == "auto") return ColourChoice::automatic;
  if (text == "always") return ColourChoice::always;
  if (text == "never") return ColourChoice::never;
  return std::nullopt;
}

std::optional<RulesFormat> read_format(const std::string& text) {
  if (text == "list") return RulesFormat::list;
  if (text == "iptables") return RulesFormat::iptables;
  if (text == "nft") return RulesFormat::nft;
  return std::nullopt;
}

CommandLine finish_rules(Raw& raw) {
  const auto format = read_format(raw.as);
  if (!format)
    return wrong(fmt::format("--as is list, iptables or nft, not '{}'", raw.as), "rules");
  raw.rules.as = *format;
  return std::move(raw.rules);
}

CommandLine finish(Raw& raw, const std::string& command) {
  if (command == "rules") return finish_rules(raw);
  const auto colour = read_colour(raw.colour);
  if (!colour)
    return wrong(fmt::format("--color is auto, always or never, not '{}'", raw.colour), command);
  if (!read_seed(raw.seed, raw.run.seed))
    return wrong(fmt::format("--seed '{}' is no whole number from 0 to 2^64-1", raw.seed), command);
  if (command == "new") {
    raw.new_file.seed = raw.run.seed;
    return std::move(raw.new_file);
  }
  if (command == "quiz") {
    raw.quiz.seed = raw.run.seed;
    raw.quiz.colour = *colour;
    return std::move(raw.quiz);
  }
  if (command == "matrix") {
    raw.matrix.colour = *colour;
    return std::move(raw.matrix);
  }
  if (command == "trace") {
    raw.trace.options.colour = *colour;
    raw.trace.options.seed = raw.run.seed;
    if (const auto problem = finish_trace(raw.trace)) return wrong(*problem, command);
    return std::move(raw.trace.options);
  }
  if (const auto problem = read_until(raw.until, raw.run.until)) return wrong(*problem, command);
  raw.check.seed = raw.run.seed;
  if (!read_threads(raw.threads, raw.run.threads))
    return wrong(
        fmt::format("--threads '{}' is no whole number from 1 to {}", raw.threads, kThreadsMax),
        command);
  raw.check.threads = raw.run.threads;
  raw.run.colour = raw.check.colour = *colour;
  raw.run.capture = !raw.no_capture;
  raw.check.format = raw.csv          ? GradeFormat::csv
                     : raw.junit      ? GradeFormat::junit
                     : raw.check.json ? GradeFormat::json
                                      : GradeFormat::text;
  if (command == "check") return std::move(raw.check);
  return std::move(raw.run);
}

}  // namespace

CommandLine parse_command_line(int argc, const char* const* argv) {
  Raw raw;
  CLI::App app(
      "Simulates a network of hosts, switches, NAT routers and firewalls, packet by packet.",
      "natsim");
  app.formatter(std::make_shared<HelpFormatter>());
  app.get_formatter()->column_width(22);
  app.get_formatter()->label("Positionals", "Arguments");
  app.set_help_flag("-h,--help", "what you are reading");
  app.set_version_flag("--version", "natsim " NATSIM_VERSION, "which version this is");
  app.footer(kExamples);
  app.option_defaults()->always_capture_default(false);
  CLI::App& trace = add_trace(app, raw.trace);
  add_seed(trace, raw);
  add_colour(trace, raw);
  CLI::App& new_file = add_new(app, raw.new_file);
  add_seed(new_file, raw);
  CLI::App& quiz = add_quiz(app, raw.quiz);
  add_seed(quiz, raw);
  add_colour(quiz, raw);
  CLI::App* const commands[] = {&add_run(app, raw),
                                &add_check(app, raw),
                                &trace,
                                &add_matrix(app, raw),
                                &add_rules(app, raw),
                                &new_file,
                                &quiz};

  if (argc < 2) return Message{app.help(), kExitWrongInput};
  const std::string command = argv[1];
  CLI::App* chosen = nullptr;
  for (CLI::App* const one : commands)
    if (one->group("Commands")->get_name() == command) chosen = one;
  if (!command.starts_with("-") && chosen == nullptr)
    return wrong(unknown_word("command", command, {std::begin(kCommands), std::end(kCommands)}),
                 "");
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return Message{chosen == nullptr ? app.help() : chosen->help(), kExitDone};
  } catch (const CLI::CallForVersion&) {
    return Message{"natsim " NATSIM_VERSION "\n", kExitDone};
  } catch (const CLI::ParseError& error) {
    return wrong(explain(error, chosen == nullptr ? app : *chosen),
                 chosen == nullptr ? "" : command);
  }
  if (chosen == nullptr) return wrong("no command given", "");
  return finish(raw, command);
}

}  // namespace natsim
