#include "src/rules/nft_writer.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "src/rules/iptables_writer.h"
#include "src/rules/plain_rules.h"
#include "src/rules/spelling.h"

namespace natsim::rules {
namespace {

const char* unless(bool negated) { return negated ? "!= " : ""; }

std::string hook_line(Table table, Hook hook, bool accept) {
  std::string name = chain_name(hook);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return char(std::tolower(c)); });
  const bool before = hook == Hook::prerouting || hook == Hook::output;
  const int priority = table == Table::raw      ? -300
                       : table == Table::mangle ? -150
                       : table == Table::nat    ? (before ? -100 : 100)
                                                : 0;
  const char* const type = table == Table::nat                              ? "nat"
                           : table == Table::mangle && hook == Hook::output ? "route"
                                                                            : "filter";
  return fmt::format("    type {} hook {} priority {}; policy {};\n", type, name, priority,
                     accept ? "accept" : "drop");
}

class RuleText {
 public:
  explicit RuleText(const Rule& rule) : rule_(rule) {}

  /// nullopt: missing() says what nft has no words for.
  std::optional<std::string> write();
  const std::string& missing() const { return missing_; }

 private:
  void add(const std::string& part) {
    if (part.empty()) return;
    if (!text_.empty()) text_ += ' ';
    text_ += part;
  }
  void add_or_miss(const std::string& part, const std::string& in_iptables) {
    if (part.empty()) missing_ = in_iptables;
    add(part);
  }
  void add_common();
  void add_interface(const char* name, const InterfaceMatch& match);
  void add_ports(const char* name, const PortMatch& match);

  const Rule& rule_;
  std::string transport_, text_, missing_;
};

void RuleText::add_interface(const char* name, const InterfaceMatch& match) {
  if (match.patterns.empty()) return;
  std::string pattern = match.patterns.front();
  if (!pattern.empty() && pattern.back() == '+') pattern.back() = '*';
  if (pattern == "*" && !match.negated) return;
  add(fmt::format("{} {}\"{}\"", name, unless(match.negated), pattern));
}

void RuleText::add_ports(const char* name, const PortMatch& match) {
  if (!match.ports) return;
  add(fmt::format("{} {} {}{}", transport_, name, unless(match.negated),
                  ports_text(*match.ports, '-')));
}

void RuleText::add_common() {
  const auto address = [&](const char* name, const AddressMatch& match) {
    if (match.prefix.length == 0 && !match.negated) return;
    if (match.prefix.length == 0) missing_ = "an address that is none";
    add(fmt::format("ip {} {}{}", name, unless(match.negated), match.prefix.network().to_string()));
  };
  add_interface("iifname", rule_.in);
  add_interface("oifname", rule_.out);
  address("saddr", rule_.source);
  address("daddr", rule_.destination);
  if (rule_.fragment != FragmentMatch::any)
    add(fmt::format("ip frag-off & 0x1fff {} 0",
                    rule_.fragment == FragmentMatch::later_fragments ? "!=" : "=="));
  if (rule_.protocol.protocol)
    add(fmt::format("meta l4proto {}{}", unless(rule_.protocol.negated),
                    int(*rule_.protocol.protocol)));
  add_ports("sport", rule_.source_port);
  add_ports("dport", rule_.destination_port);
  if (rule_.state.states != 0)
    add_or_miss(nft_states(rule_.state.states, rule_.state.negated),
                "states and translations in one match");
}

std::optional<std::string> RuleText::write() {
  transport_ = "th";
  if (!rule_.protocol.negated && rule_.protocol.protocol == Protocol::tcp) transport_ = "tcp";
  if (!rule_.protocol.negated && rule_.protocol.protocol == Protocol::udp) transport_ = "udp";
  add_common();
  for (const Match& match : rule_.matches)
    add_or_miss(nft_match(match, transport_), write_match(match));
  add("counter");
  const auto target = nft_target(rule_.target);
  if (!target) missing_ = write_target(rule_.target);
  if (!missing_.empty()) return std::nullopt;
  add(*target);
  if (!rule_.comment.empty()) {
    constexpr std::size_t kCommentMax = 127;
    std::string comment = rule_.comment.substr(0, kCommentMax);
    std::replace(comment.begin(), comment.end(), '"', '\'');
    add(fmt::format("comment \"{}\"", comment));
  }
  return text_;
}

void write_chain(const TableRules& table, const Chain& chain,
                 const std::vector<InterfaceInfo>& interfaces, NftText& out) {
  out.text += fmt::format("  chain {} {{\n", nft_chain(chain.name));
  const auto hook = base_chain_hook(chain.name);
  if (hook && table_has_hook(table.table, *hook))
    out.text += hook_line(table.table, *hook, chain.accept);
  for (const Rule& rule : chain.rules) {
    for (const Rule& plain : plain_rules(rule, interfaces)) {
      RuleText text(plain);
      if (const auto line = text.write())
        out.text += "    " + *line + "\n";
      else
        out.missing.push_back({rule.label, text.missing()});
    }
  }
  out.text += "  }\n";
}

}  // namespace

NftText write_nft(const Ruleset& ruleset, const std::vector<InterfaceInfo>& interfaces) {
  NftText out;
  for (const Table table : {Table::raw, Table::mangle, Table::nat, Table::filter}) {
    const TableRules* rules = ruleset.find(table);
    if (rules == nullptr) continue;
    out.text += fmt::format("table ip {} {{\n", to_string(table));
    // A chain is known to nft from its declaration on: rules may jump forward.
    for (const Chain& chain : rules->chains)
      if (!base_chain_hook(chain.name))
        out.text += fmt::format("  chain {} {{ }}\n", nft_chain(chain.name));
    for (const Chain& chain : rules->chains) write_chain(*rules, chain, interfaces, out);
    out.text += "}\n";
  }
  return out;
}

}  // namespace natsim::rules
