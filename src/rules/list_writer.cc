#include "src/rules/list_writer.h"

#include <fmt/format.h>

#include "src/rules/iptables_writer.h"
#include "src/rules/list_words.h"
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
  return no(match.negated) + network.address.to_string() + length;
}

std::string interface_column(const InterfaceMatch& match) {
  if (match.patterns.empty()) return "*";
  return no(match.negated) + fmt::format("{}", fmt::join(match.patterns, ","));
}

std::string protocol_column(const ProtocolMatch& match) {
  return match.protocol ? no(match.negated) + protocol_name(*match.protocol) : "all";
}

/// A sign of negation stands in the blank before its column.
std::string signed_column(const std::string& text) {
  return text.starts_with('!') ? text : " " + text;
}

std::string ports(const char* what, const PortMatch& match) {
  if (!match.ports) return {};
  const bool many = match.ports->first != match.ports->last;
  return fmt::format(" {}{}:{}{}", what, many ? "s" : "", no(match.negated),
                     ports_text(*match.ports, ':'));
}

std::string target_column(const Target& target) {
  const std::string text = write_target(target);
  if (text.empty()) return {};
  const std::size_t end = text.find(' ', 3);
  return text.substr(3, end == std::string::npos ? end : end - 3);
}

std::string details(const Rule& rule) {
  std::string text;
  const auto add = [&text](const std::string& words) {
    if (!words.empty()) text += (text.empty() ? "" : " ") + words;
  };
  const bool has_ports = rule.source_port.ports || rule.destination_port.ports;
  if (has_ports)
    add(to_string(rule.protocol.protocol.value_or(Protocol::tcp)) + ports("spt", rule.source_port) +
        ports("dpt", rule.destination_port));
  for (const Match& match : rule.matches)  // "tcp dpt:22 flags:0x17/0x02" is one match there
    if (std::holds_alternative<TcpFlagsMatch>(match))
      add(list_words(match).substr(has_ports ? 4 : 0));
  if (rule.state.states != 0)
    add((rule.state.negated ? "! ctstate " : "ctstate ") + states_text(rule.state.states));
  for (const Match& match : rule.matches)
    if (!std::holds_alternative<TcpFlagsMatch>(match)) add(list_words(match));
  if (!rule.comment.empty()) add("/* " + rule.comment + " */");
  if (std::holds_alternative<GotoTarget>(rule.target)) add("[goto]");
  add(list_words(rule.target));
  return text;
}

std::string rule_line(const Rule& rule) {
  const ListColumns columns = list_columns(rule, rule.counters);
  return fmt::format("{:>5} {:>5} {:<9} {:<5} {}  {:<6} {:<6} {:<20} {:<20}  {}\n", columns.packets,
                     columns.bytes, columns.target, signed_column(columns.protocol),
                     columns.fragment, columns.in, columns.out, signed_column(columns.source),
                     signed_column(columns.destination), columns.details);
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

}  // namespace

ListColumns list_columns(const Rule& rule, const RuleCounters& counters) {
  const char* const fragment = rule.fragment == FragmentMatch::any               ? "--"
                               : rule.fragment == FragmentMatch::later_fragments ? "-f"
                                                                                 : "!f";
  return {counter_text(counters.packets),
          counter_text(counters.bytes),
          target_column(rule.target),
          protocol_column(rule.protocol),
          fragment,
          interface_column(rule.in),
          interface_column(rule.out),
          address_column(rule.source),
          address_column(rule.destination),
          details(rule)};
}

std::string list_heading(const TableRules& table, const Chain& chain,
                         const RuleCounters& policy_counters) {
  const auto hook = base_chain_hook(chain.name);
  if (hook && table_has_hook(table.table, *hook))
    return fmt::format("Chain {} (policy {} {} packets, {} bytes)", chain.name,
                       chain.accept ? "ACCEPT" : "DROP", counter_text(policy_counters.packets),
                       counter_text(policy_counters.bytes));
  return fmt::format("Chain {} ({} references)", chain.name, references(table, chain.name));
}

std::string write_list(const Ruleset& ruleset, const std::vector<InterfaceInfo>& interfaces) {
  std::string text;
  for (const Table table : {Table::raw, Table::mangle, Table::nat, Table::filter}) {
    const TableRules* rules = ruleset.find(table);
    if (rules == nullptr) continue;
    text += fmt::format("{}Table: {}\n", text.empty() ? "" : "\n", to_string(table));
    for (const Chain& chain : rules->chains) {
      text += "\n" + list_heading(*rules, chain, chain.policy_counters) + "\n";
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
