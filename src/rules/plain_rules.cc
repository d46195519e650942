#include "src/rules/plain_rules.h"

#include <string>

namespace natsim::rules {
namespace {

bool is_plain(const Match& match) {
  return !std::holds_alternative<InterfaceAddressMatch>(match) &&
         !std::holds_alternative<SameInterfaceMatch>(match);
}

InterfaceMatch one(const std::string& pattern, bool negated) {
  if (pattern.empty()) return {};
  return {{pattern}, negated};
}

/// The patterns of an interface match, or one that stands for any.
std::vector<std::string> patterns_of(const InterfaceMatch& match) {
  return match.patterns.empty() ? std::vector<std::string>{""} : match.patterns;
}

std::vector<AddressMatch> destinations_of(const Rule& rule,
                                          const std::vector<InterfaceInfo>& interfaces) {
  const InterfaceAddressMatch* address = nullptr;
  for (const Match& match : rule.matches)
    if (const auto* found = std::get_if<InterfaceAddressMatch>(&match)) address = found;
  if (address == nullptr) return {rule.destination};
  std::vector<AddressMatch> destinations;
  for (const InterfaceInfo& interface : interfaces)
    if (interface.name == address->interface)
      for (const Prefix& own : interface.addresses)
        destinations.push_back({Prefix{own.address, 32}, false});
  return destinations;
}

}  // namespace

std::vector<Rule> plain_rules(const Rule& rule, const std::vector<InterfaceInfo>& interfaces) {
  bool same_interface = false;
  Rule base = rule;
  base.matches.clear();
  for (const Match& match : rule.matches) {
    same_interface = same_interface || std::holds_alternative<SameInterfaceMatch>(match);
    if (is_plain(match)) base.matches.push_back(match);
  }
  std::vector<Rule> rules;
  const auto add = [&](const AddressMatch& destination, InterfaceMatch in, InterfaceMatch out) {
    Rule& made = rules.emplace_back(base);
    made.destination = destination;
    made.in = std::move(in);
    made.out = std::move(out);
  };
  for (const AddressMatch& destination : destinations_of(rule, interfaces)) {
    if (same_interface && rule.label.chain == "POSTROUTING") {
      for (const InterfaceInfo& interface : interfaces)
        for (const Prefix& own : interface.addresses) {
          add(destination, {}, one(interface.name, false));
          if (rule.source.prefix.length == 0) rules.back().source = {own.network(), false};
        }
      continue;
    }
    if (same_interface) {
      for (const InterfaceInfo& interface : interfaces)
        add(destination, one(interface.name, false), one(interface.name, false));
      continue;
    }
    for (const std::string& in : patterns_of(rule.in))
      for (const std::string& out : patterns_of(rule.out))
        add(destination, one(in, rule.in.negated), one(out, rule.out.negated));
  }
  return rules;
}

}  // namespace natsim::rules
