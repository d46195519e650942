#include "src/rules/list_writer.h"

#include <fmt/format.h>

#include "src/rules/iptables_writer.h"
#include "src/rules/plain_rules.h"
#include "src/rules/spelling.h"
#include "src/rules/values.h"

namespace natsim::rules {
namespace {

/// At most five characters: "99999", "288K", "9012K", "10M".
std::string counter_text(std::uint64_t number) {
  constexpr std::uint64_t kExactMax = 99'999, kWithUnitMax = 9'999;
  if (number <= kExactMax) return std::to_string(number);
  for (const char unit : {'K', 'M', 'G'}) {
    number = (number + 500) / 1000;
    if (number <= kWithUnitMax) return fmt::format("{}{}", number, unit);
  }
  return fmt::format("{}T", (number + 500) / 1000);
}

const char* no(bool negated) { return negated ? "!" : ""; }

std::string address_column(const AddressMatch& match) {
  const Prefix network = match.prefix.network();
  const std::string length = network.length == 32 ? "" : fmt::format("/{}", network.length);
  return fmt::format("{}{:<19}", match.negated ? "!" : " ", network.address.to_string() + length);
}

std::string interface_column(const InterfaceMatch& match) {
  return match.patterns.empty() ? "*" : no(match.negated) + match.patterns.front();
}

std::string protocol_column(const ProtocolMatch& match) {
  if (!match.protocol) return " all";
  return (match.negated ? "!" : " ") + protocol_name(*match.protocol);
}

std::string ports(const char* what, const PortMatch& match) {
  if (!match.ports) return {};
  const bool many = match.ports->first != match.ports->last;
  return fmt::format(" {}{}:{}{}", what, many ? "s" : "", no(match.negated),
                     ports_text(*match.ports, ':'));
}

/// "-j LOG --log-prefix …" without its name; "-m limit --limit …" without "-m ".
std::string rest_of(const std::string& text, std::size_t words) {
  std::size_t at = 0;
  for (; words > 0 && at != std::string::npos; --words) at = text.find(' ', at == 0 ? 0 : at + 1);
  return at == std::string::npos ? "" : text.substr(at);
}

std::string target_column(const Target& target) {
  const std::string text = write_target(target);
  if (text.empty()) return {};
  const std::size_t end = text.find(' ', 3);
  return text.substr(3, end == std::string::npos ? end : end - 3);
}

std::string details(const Rule& rule) {
  std::string text;
  if (rule.source_port.ports || rule.destination_port.ports)
    text += " " + to_string(rule.protocol.protocol.value_or(Protocol::tcp)) +
            ports("spt", rule.source_port) + ports("dpt", rule.destination_port);
  if (rule.state.states != 0)
    text += fmt::format(" {}ctstate {}", rule.state.negated ? "! " : "",
                        states_text(rule.state.states));
  for (const Match& match : rule.matches) text += rest_of(write_match(match), 1);
  if (!rule.comment.empty()) text += " /* " + rule.comment + " */";
  if (std::holds_alternative<GotoTarget>(rule.target)) text += " [goto]";
  return text + rest_of(write_target(rule.target), 2);
}

std::string rule_line(const Rule& rule) {
  const char* const fragment = rule.fragment == FragmentMatch::any               ? "--"
                               : rule.fragment == FragmentMatch::later_fragments ? "-f"
                                                                                 : "!f";
  return fmt::format("{:>5} {:>5} {:<9} {:<5} {}  {:<6} {:<6} {} {} {}\n",
                     counter_text(rule.counters.packets), counter_text(rule.counters.bytes),
                     target_column(rule.target), protocol_column(rule.protocol), fragment,
                     interface_column(rule.in), interface_column(rule.out),
                     address_column(rule.source), address_column(rule.destination), details(rule));
}

std::size_t references(const TableRules& table, const std::string& name) {
  std::size_t count = 0;
  for (const Chain& chain : table.chains) {
    for (const Rule& rule : chain.rules) {
      const auto* jump = std::get_if<JumpTarget>(&rule.target);
      const auto* go = std::get_if<GotoTarget>(&rule.target);
      count += (jump != nullptr && jump->chain == name) || (go != nullptr && go->chain == name);
    }
  }
  return count;
}

std::string chain_heading(const TableRules& table, const Chain& chain) {
  const auto hook = base_chain_hook(chain.name);
  if (hook && table_has_hook(table.table, *hook))
    return fmt::format(
        "Chain {} (policy {} {} packets, {} bytes)\n", chain.name, chain.accept ? "ACCEPT" : "DROP",
        counter_text(chain.policy_counters.packets), counter_text(chain.policy_counters.bytes));
  return fmt::format("Chain {} ({} references)\n", chain.name, references(table, chain.name));
}

}  // namespace

std::string write_list(const Ruleset& ruleset, const std::vector<InterfaceInfo>& interfaces) {
  std::string text;
  for (const Table table : {Table::raw, Table::mangle, Table::nat, Table::filter}) {
    const TableRules* rules = ruleset.find(table);
    if (rules == nullptr) continue;
    text += fmt::format("{}Table: {}\n", text.empty() ? "" : "\n", to_string(table));
    for (const Chain& chain : rules->chains) {
      text += "\n" + chain_heading(*rules, chain);
      text +=
          " pkts bytes target     prot opt in     out     source               destination         "
          "\n";
      for (const Rule& rule : chain.rules)
        for (const Rule& plain : plain_rules(rule, interfaces)) text += rule_line(plain);
    }
  }
  return text;
}

}  // namespace natsim::rules
