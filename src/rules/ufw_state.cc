#include "src/rules/ufw_state.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "src/rules/ufw_profiles.h"

namespace natsim::rules {
namespace {

/// What the rules of one profile's command have in common.
auto profile_key(const UfwMatch& match) {
  const auto ports = [](const UfwEnd& end) {
    return end.profile.empty() ? ufw_ports_text(end.ports) : std::string();
  };
  const bool has_interface = !match.in.empty() || !match.out.empty();
  return std::tuple(match.destination.profile, ports(match.destination), match.destination.address,
                    match.source.profile, ports(match.source), match.source.address, match.in,
                    match.out, !has_interface && match.outgoing);
}

/// Calls `each` with the rules that count, and their numbers from 1.
template <class Each>
void for_each_counted(const std::vector<UfwRule>& rules, Each&& each) {
  std::set<decltype(profile_key(UfwMatch()))> seen;
  std::size_t number = 0;
  for (const UfwRule& rule : rules)
    if (!rule.match.has_profile() || seen.insert(profile_key(rule.match)).second)
      each(rule, ++number);
}

/// Neighbours of which one must not come between the other's rules.
bool same_profile_run(const UfwRule& a, const UfwRule& b) {
  const auto key = [](const UfwRule& rule) {
    return std::tie(rule.match.destination.address, rule.match.source.address,
                    rule.match.destination.profile, rule.match.source.profile);
  };
  return a.match.has_profile() && b.match.has_profile() && key(a) == key(b);
}

UfwRule with(UfwRule rule, const UfwProfilePorts& ports, bool source) {
  std::vector<PortRange>& made = (source ? rule.match.source : rule.match.destination).ports;
  made = ports.ports;
  sort_ufw_ports(made);
  if (ports.protocol != "any") rule.match.protocol = ports.protocol;
  return rule;
}

/// One rule for each part of its profiles.
std::vector<UfwRule> profile_rules(const UfwRule& rule) {
  const UfwProfile* to = find_ufw_profile(rule.match.destination.profile);
  const UfwProfile* from = find_ufw_profile(rule.match.source.profile);
  std::vector<UfwRule> rules;
  if (to == nullptr || from == nullptr) {
    for (const UfwProfilePorts& ports : ufw_profile_ports(to != nullptr ? *to : *from))
      rules.push_back(with(rule, ports, to == nullptr));
    return rules;
  }
  for (const UfwProfilePorts& ports : ufw_profile_ports(*to)) {
    const UfwRule made = with(rule, ports, false);
    if (to == from) {
      rules.push_back(with(made, ports, true));
      continue;
    }
    for (const UfwProfilePorts& others : ufw_profile_ports(*from))
      rules.push_back(with(made, others, true));
  }
  return rules;
}

bool changed(UfwOutcome outcome) { return outcome <= UfwOutcome::deleted; }

/// Of what became of the two lists' rules: a change, if there was one.
UfwOutcome stronger(UfwOutcome a, UfwOutcome b) {
  if (a == UfwOutcome::bad_position || b == UfwOutcome::bad_position)
    return UfwOutcome::bad_position;
  return changed(a) || !changed(b) ? a : b;
}

}  // namespace

void UfwState::clear() {
  v4_.clear();
  v6_.clear();
}

std::size_t UfwState::count(bool v6) const {
  std::size_t count = 0;
  for_each_counted(v6 ? v6_ : v4_, [&](const UfwRule&, std::size_t number) { count = number; });
  return count;
}

UfwOutcome UfwState::apply(const UfwRequest& request) {
  if (request.number != 0) return remove_number(std::size_t(request.number));
  std::vector<UfwRule> rules = expanded(request);
  if (rules.empty()) return UfwOutcome::absent;
  // What is put before others is put there last first.
  if (request.position != UfwRequest::kAppend) std::reverse(rules.begin(), rules.end());
  UfwOutcome outcome = apply_one(request, rules[0], 0);
  for (std::size_t nth = 1; nth < rules.size() && outcome != UfwOutcome::bad_position; ++nth)
    outcome = stronger(outcome, apply_one(request, rules[nth], nth));
  return outcome;
}

std::vector<UfwRule> UfwState::expanded(const UfwRequest& request) const {
  if (!request.rule.match.has_profile()) return {request.rule};
  if (!request.remove) return profile_rules(request.rule);
  // What to delete is asked of the rules that are there.
  std::vector<UfwRule> found;
  const auto key = profile_key(request.rule.match);
  for (const UfwRule& rule : request.family == UfwFamily::v6 ? v6_ : v4_) {
    if (!rule.match.has_profile() || profile_key(rule.match) != key) continue;
    UfwRule& made = found.emplace_back(request.rule);
    made.match = rule.match;
    made.comment = rule.comment;
  }
  return found;
}

UfwOutcome UfwState::remove_number(std::size_t number) {
  const std::size_t count_v4 = count(false);
  UfwRequest request;
  request.remove = true;
  bool found = false;
  const bool v6 = number > count_v4;
  for_each_counted(list(v6), [&](const UfwRule& rule, std::size_t at) {
    if (at + (v6 ? count_v4 : 0) != number) return;
    request.rule = rule;
    found = true;
  });
  request.family = v6 ? UfwFamily::v6 : UfwFamily::v4;
  return found ? apply(request) : UfwOutcome::bad_position;
}

/// The place in the other list of the rule that is the same there; 0: there is none.
std::size_t UfwState::other_position(std::size_t position, bool v6) const {
  const UfwRule* sought = nullptr;
  for_each_counted(v6 ? v6_ : v4_, [&](const UfwRule& rule, std::size_t number) {
    if (number == position) sought = &rule;
  });
  if (sought == nullptr) return 0;
  UfwMatch twin = sought->match;
  twin.v6 = !v6;
  const std::vector<UfwRule>& others = v6 ? v4_ : v6_;
  for (std::size_t i = 0; i < others.size(); ++i)
    if (others[i].match == twin && others[i].action == sought->action &&
        others[i].log == sought->log && others[i].comment == sought->comment)
      return i + 1;
  return 0;
}

/// A position counts through both lists; a rule of both is put beside its neighbour's twin.
UfwOutcome UfwState::apply_one(const UfwRequest& request, const UfwRule& rule, std::size_t nth) {
  if (request.position == UfwRequest::kAppend || request.remove) {
    if (request.family != UfwFamily::both)
      return set(rule, request.family == UfwFamily::v6, request.remove, 0);
    const UfwOutcome v4 = set(rule, false, request.remove, 0);
    return stronger(v4, set(rule, true, request.remove, 0));
  }
  const std::size_t count_v4 = count(false), count_v6 = count(true);
  if (request.position == UfwRequest::kPrepend) {
    const auto first = [](std::size_t count) { return std::size_t(count == 0 ? 0 : 1); };
    if (request.family == UfwFamily::v4) return set(rule, false, false, first(count_v4));
    if (request.family == UfwFamily::v6) return set(rule, true, false, first(count_v6));
    const UfwOutcome v4 = set(rule, false, false, first(count_v4));
    return stronger(v4, set(rule, true, false, first(count_v6)));
  }
  const auto position = std::size_t(request.position);
  if (position > count_v4 + count_v6) return UfwOutcome::bad_position;
  if (request.family == UfwFamily::v4)
    return position > count_v4 ? UfwOutcome::bad_position : set(rule, false, false, position);
  if (request.family == UfwFamily::v6)
    return position <= count_v4 ? UfwOutcome::bad_position
                                : set(rule, true, false, position - count_v4);
  const bool among_v6 = position > count_v4;
  const std::size_t place = among_v6 ? other_position(position - count_v4 + nth, true) : position;
  const UfwOutcome v4 = set(rule, false, false, place);
  // The IPv4 list has become longer: what was at `position` is one further.
  const std::size_t next = position + 1, now_v4 = count(false);
  if (next > now_v4) return stronger(v4, set(rule, true, false, next - now_v4));
  const std::size_t twin = other_position(next, false);
  return stronger(v4, set(rule, true, false, twin > nth ? twin - nth : 0));
}

/// Position 0: at the end, unless it is there.
UfwOutcome UfwState::set(UfwRule rule, bool v6, bool remove, std::size_t position) {
  std::vector<UfwRule>& rules = list(v6);
  rule.match.v6 = v6;
  if (position > rules.size()) return UfwOutcome::bad_position;
  if (position > 0) return insert(rules, std::move(rule), position);
  const auto at = std::find_if(rules.begin(), rules.end(),
                               [&](const UfwRule& other) { return other.match == rule.match; });
  if (at == rules.end()) {
    if (remove) return UfwOutcome::absent;
    rules.push_back(std::move(rule));
    return UfwOutcome::added;
  }
  const bool same = at->action == rule.action && at->log == rule.log;
  if (remove) {
    if (!same || (!rule.comment.empty() && rule.comment != at->comment)) return UfwOutcome::absent;
    rules.erase(at);
    return UfwOutcome::deleted;
  }
  if (same && at->comment == rule.comment) return UfwOutcome::skipped;
  *at = std::move(rule);
  return UfwOutcome::updated;
}

/// Never between the rules of one profile.
UfwOutcome UfwState::insert(std::vector<UfwRule>& rules, UfwRule rule, std::size_t position) {
  const bool v6 = rule.match.v6;
  std::size_t at = position - 1;
  while (at > 0 && at < rules.size() && same_profile_run(rules[at - 1], rules[at])) ++at;
  if (at == rules.size()) return set(std::move(rule), v6, false, 0);
  for (const UfwRule& other : rules)
    if (other.match == rule.match) return UfwOutcome::skipped;
  rules.insert(rules.begin() + std::ptrdiff_t(at), std::move(rule));
  return UfwOutcome::inserted;
}

}  // namespace natsim::rules
