#include "src/rules/extension.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace natsim::rules {
namespace {

using topology::quoted;

bool remembers(const Match& match) {
  return std::holds_alternative<LimitMatch>(match) ||
         std::holds_alternative<HashlimitMatch>(match) ||
         std::holds_alternative<RecentMatch>(match) ||
         std::holds_alternative<StatisticMatch>(match) ||
         std::holds_alternative<ConnlimitMatch>(match);
}

using Tables = std::vector<std::span<const ExtensionSyntax>>;

const Tables& all_matches() {
  static const Tables tables = {packet_matches(), header_matches(), connection_matches(),
                                remembering_matches(), surrounding_matches()};
  return tables;
}

const Tables& all_targets() {
  static const Tables tables = {filter_targets(), mangle_targets(), nat_targets()};
  return tables;
}

std::unique_ptr<Extension> make(const Tables& tables, std::string_view name) {
  for (const auto& table : tables)
    for (const ExtensionSyntax& syntax : table)
      if (syntax.name == name) return syntax.make();
  return nullptr;
}

std::vector<std::string_view> names(const Tables& tables) {
  std::vector<std::string_view> all;
  for (const auto& table : tables)
    for (const ExtensionSyntax& syntax : table) all.push_back(syntax.name);
  return all;
}

}  // namespace

void RuleDraft::add(Match match) {
  ordered = ordered || remembers(match);
  rule.matches.push_back(std::move(match));
}

void RuleDraft::add_ports(MultiportMatch::End end, PortRange ports, bool negated) {
  if (ports == PortRange{} && !negated) return;  // asks for nothing
  PortMatch& own = end == MultiportMatch::End::source ? rule.source_port : rule.destination_port;
  if (!ordered && !own.ports) {
    own = {ports, negated};
    return;
  }
  add(MultiportMatch{end, {ports}, negated});
}

void RuleDraft::add_states(StateMask states, bool negated) {
  if (!ordered && rule.state.states == 0) {
    rule.state = {states, negated};
    return;
  }
  ConntrackMatch match;
  match.states = Negatable<StateMask>{states, negated};
  add(match);
}

void Extension::use(const OptionUse& use, const OptionSyntax& syntax, Complaints& complaints) {
  if (used_[use.id])
    return complaints.error(use.option, fmt::format("{} is there twice", quoted(use.option.text)),
                            fmt::format("each '-m {}' takes it once", name_));
  used_.set(use.id);
  if (use.negated && !syntax.negatable)
    return complaints.error(use.option,
                            fmt::format("{} cannot be negated", quoted(use.option.text)));
  take(use, complaints);
}

std::unique_ptr<Extension> make_match(std::string_view name) { return make(all_matches(), name); }
std::unique_ptr<Extension> make_target(std::string_view name) { return make(all_targets(), name); }
std::vector<std::string_view> match_names() { return names(all_matches()); }
std::vector<std::string_view> target_names() { return names(all_targets()); }

bool is_unmodelled_match(std::string_view name) {
  static constexpr std::array kNames = {
      "ah",       "bpf",     "cgroup", "cluster", "connbytes", "connlabel", "cpu",    "dccp",
      "devgroup", "ecn",     "esp",    "helper",  "ipvs",      "l2tp",      "nfacct", "osf",
      "owner",    "physdev", "policy", "quota",   "rateest",   "realm",     "sctp",   "rpfilter",
      "socket",   "string",  "tcpmss", "u32",     "unclean"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

bool is_unmodelled_target(std::string_view name) {
  static constexpr std::array kNames = {
      "AUDIT",   "CHECKSUM", "CLASSIFY",  "CLUSTERIP", "CONNSECMARK", "ECN",
      "HMARK",   "LED",      "IDLETIMER", "NFLOG",     "NFQUEUE",     "RATEEST",
      "SECMARK", "SET",      "TEE",       "SYNPROXY",  "TCPOPTSTRIP", "TOS",
      "TPROXY",  "TRACE",    "ULOG",      "QUEUE"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

std::string matches_with_option(std::string_view name) {
  std::string found;
  for (const std::string_view match : match_names()) {
    const auto extension = make_match(match);
    for (const OptionSyntax& option : extension->options()) {
      if (option.name != name) continue;
      if (!found.empty()) found += " or -m ";
      found += match;
      break;
    }
  }
  return found;
}

}  // namespace natsim::rules
