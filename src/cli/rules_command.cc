#include "src/cli/rules_command.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <fmt/format.h>

namespace natsim {
namespace {

constexpr const char* kExamples = R"(Examples:
  natsim rules home-nat.yaml                         as iptables -L -n -v lists them
  natsim rules home-nat.yaml router --as iptables | iptables-restore --test
  natsim rules home-nat.yaml router --as nft | nft -c -f -

What the chosen words cannot say is told on stderr and left out; the exit status is 1 then.)";

}  // namespace

CLI::App& RulesCommand::add_to(CLI::App& app) {
  CLI::App& rules = *app.add_subcommand("rules", "Print the firewall and NAT rules of routers");
  rules.add_option("FILE", options_.file, "the topology file")->required()->type_name("");
  rules.add_option("NODE", options_.node, "one of its nodes (default: all that have rules)")
      ->type_name("");
  rules.add_option("--as", as_, "list (default), iptables, nft")->type_name("WORDS");
  rules.footer(kExamples);
  return rules;
}

std::optional<std::string> RulesCommand::finish() {
  if (as_ == "list")
    options_.as = RulesFormat::list;
  else if (as_ == "iptables")
    options_.as = RulesFormat::iptables;
  else if (as_ == "nft")
    options_.as = RulesFormat::nft;
  else
    return fmt::format("--as is list, iptables or nft, not '{}'", as_);
  return std::nullopt;
}

int RulesCommand::execute() { return print_rules(options_); }

}  // namespace natsim
