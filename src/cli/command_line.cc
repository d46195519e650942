#include "src/cli/command_line.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "src/cli/commands.h"
#include "src/cli/exit_status.h"
#include "src/topology/suggest.h"

namespace natsim {
namespace {

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

/// CLI11's help, without remarks that only repeat what the error message would say.
class HelpFormatter final : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App* app, std::string) const override {
    if (app->get_parent() == nullptr) return "Usage: natsim COMMAND …\n";
    std::string words;
    for (const CLI::Option* option : app->get_options()) {
      if (!option->get_positional()) continue;
      const std::string name =
          option->get_name() + (option->get_items_expected_max() > 1 ? "…" : "");
      words += option->get_required() ? " " + name : " [" + name + "]";
    }
    return fmt::format("Usage: natsim {}{} [OPTIONS]\n", app->get_name(), words);
  }
  std::string make_option_opts(const CLI::Option* option) const override {
    const std::string type = option->get_type_name();
    return type.empty() ? type : " " + type;
  }
};

int wrong(std::string_view text, const std::string& command) {
  const std::string help = command.empty() ? "natsim --help" : "natsim " + command + " --help";
  fmt::print(stderr, "natsim: {}\nTry '{}'.\n", text, help);
  return kExitWrongInput;
}

int say(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  return kExitDone;
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

/// A command, and its part of the command line.
struct Entry {
  std::unique_ptr<Command> command;
  CLI::App* app;
};

void set_up(CLI::App& app) {
  app.formatter(std::make_shared<HelpFormatter>());
  app.get_formatter()->column_width(22);
  app.get_formatter()->label("Positionals", "Arguments");
  app.set_help_flag("-h,--help", "what you are reading");
  app.set_version_flag("--version", "natsim " NATSIM_VERSION, "which version this is");
  app.footer(kExamples);
  app.option_defaults()->always_capture_default(false);
}

}  // namespace

int run_command_line(int argc, const char* const* argv) {
  CLI::App app(
      "Simulates a network of hosts, switches, NAT routers and firewalls, packet by packet.",
      "natsim");
  set_up(app);
  std::vector<Entry> entries;
  for (std::unique_ptr<Command>& command : all_commands()) {
    CLI::App& its = command->add_to(app);
    its.group("Commands");
    entries.push_back({std::move(command), &its});
  }

  if (argc < 2) {
    fmt::print(stderr, "{}", app.help());
    return kExitWrongInput;
  }
  const std::string word = argv[1];
  const Entry* chosen = nullptr;
  std::vector<std::string_view> known;
  for (const Entry& entry : entries) {
    known.push_back(entry.app->get_name());
    if (entry.app->get_name() == word) chosen = &entry;
  }
  if (!word.starts_with("-") && chosen == nullptr)
    return wrong(unknown_word("command", word, known), "");
  CLI::App& part = chosen == nullptr ? app : *chosen->app;
  const std::string name = chosen == nullptr ? "" : word;
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return say(part.help());
  } catch (const CLI::CallForVersion&) {
    return say("natsim " NATSIM_VERSION "\n");
  } catch (const CLI::ParseError& error) {
    return wrong(explain(error, part), name);
  }
  if (chosen == nullptr) return wrong("no command given", "");
  if (const auto problem = chosen->command->finish()) return wrong(*problem, name);
  return chosen->command->execute();
}

}  // namespace natsim
