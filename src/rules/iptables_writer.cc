#include "src/rules/iptables_writer.h"

#include <algorithm>

#include <fmt/format.h>

#include "src/rules/plain_rules.h"
#include "src/rules/spelling.h"
#include "src/rules/values.h"

namespace natsim::rules {
namespace {

const char* no(bool negated) { return negated ? "! " : ""; }

std::string address_text(const char* option, const AddressMatch& match) {
  if (match.prefix.length == 0 && !match.negated) return {};
  return fmt::format("{}-{} {}/{}", no(match.negated), option,
                     match.prefix.network().address.to_string(), match.prefix.length);
}

std::string interface_text(const char* option, const InterfaceMatch& match) {
  if (match.patterns.empty()) return {};
  return fmt::format("{}-{} {}", no(match.negated), option, match.patterns.front());
}

std::string protocol_text(const ProtocolMatch& match) {
  if (!match.protocol) return {};
  return fmt::format("{}-p {}", no(match.negated), protocol_name(*match.protocol));
}

/// "-m tcp --sport … --dport … --tcp-flags …".
std::string ports_text(const Rule& rule, const TcpFlagsMatch* flags) {
  if (!rule.source_port.ports && !rule.destination_port.ports && flags == nullptr) return {};
  std::string out = "-m " + to_string(rule.protocol.protocol.value_or(Protocol::tcp));
  const auto add = [&](const char* option, const PortMatch& match) {
    if (match.ports)
      out += fmt::format(" {}--{} {}", no(match.negated), option,
                         natsim::rules::ports_text(*match.ports, ':'));
  };
  add("sport", rule.source_port);
  add("dport", rule.destination_port);
  return flags != nullptr ? out + tcp_flags_option(*flags) : out;
}

void append(std::string& line, const std::string& part) {
  if (!part.empty()) line += ' ' + part;
}

/// REQUIRES: one of plain_rules().
std::string line_text(const Rule& rule, const std::string& chain) {
  std::string text = "-A " + chain;
  append(text, address_text("s", rule.source));
  append(text, address_text("d", rule.destination));
  append(text, interface_text("i", rule.in));
  append(text, interface_text("o", rule.out));
  append(text, protocol_text(rule.protocol));
  if (rule.fragment != FragmentMatch::any)
    append(text, rule.fragment == FragmentMatch::later_fragments ? "-f" : "! -f");
  std::size_t first = 0;
  const TcpFlagsMatch* flags =
      rule.matches.empty() ? nullptr : std::get_if<TcpFlagsMatch>(&rule.matches[0]);
  if (flags != nullptr) first = 1;
  append(text, ports_text(rule, flags));
  if (rule.state.states != 0)
    append(text, fmt::format("-m conntrack {}--ctstate {}", no(rule.state.negated),
                             states_text(rule.state.states)));
  for (std::size_t i = first; i < rule.matches.size(); ++i)
    append(text, write_match(rule.matches[i]));
  if (!rule.comment.empty()) append(text, "-m comment --comment " + word_text(rule.comment));
  append(text, write_target(rule.target));
  return text;
}

}  // namespace

std::vector<std::string> write_rule(const Rule& rule, const std::string& chain,
                                    const std::vector<InterfaceInfo>& interfaces) {
  std::vector<std::string> texts;
  for (const Rule& plain : plain_rules(rule, interfaces)) texts.push_back(line_text(plain, chain));
  return texts;
}

std::string write_iptables(const Ruleset& ruleset, const WriteOptions& options) {
  std::string text;
  const auto counters = [](const RuleCounters& c) {
    return fmt::format("[{}:{}]", c.packets, c.bytes);
  };
  for (const Table table : {Table::raw, Table::mangle, Table::nat, Table::filter}) {
    const TableRules* rules = ruleset.find(table);
    if (rules == nullptr) continue;
    text += fmt::format("*{}\n", to_string(table));
    for (const Chain& chain : rules->chains) {
      const bool base = base_chain_hook(chain.name).has_value();
      text += fmt::format(":{} {} {}\n", chain.name,
                          !base          ? "-"
                          : chain.accept ? "ACCEPT"
                                         : "DROP",
                          counters(options.counters ? chain.policy_counters : RuleCounters{}));
    }
    for (const Chain& chain : rules->chains)
      for (const Rule& rule : chain.rules)
        for (const std::string& line : write_rule(rule, chain.name, options.interfaces))
          text += (options.counters ? counters(rule.counters) + " " : "") + line + "\n";
    text += "COMMIT\n";
  }
  return text;
}

}  // namespace natsim::rules
