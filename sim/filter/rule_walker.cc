#include "sim/filter/rule_walker.h"

#include <array>

#include "sim/filter/log_line.h"
#include "sim/filter/packet_edit.h"

namespace natsim {

namespace {

/// check() refuses rulesets that nest deeper.
constexpr std::size_t kStackMax = 17;

/// Rules tried one by one before an index is asked: the usual packet matches an early one.
constexpr int kPatience = 4;

Cause cause_of(bool policy) { return policy ? Cause::policy : Cause::rule; }

void change_connmark(const ConnmarkTarget& t, Traversal& packet) {
  if (packet.connection == nullptr) return;
  using Operation = ConnmarkTarget::Operation;
  std::uint32_t& of_connection = packet.connection->mark;
  switch (t.operation) {
    case Operation::set: of_connection = (of_connection & ~t.mask) ^ t.value; return;
    case Operation::save:
      of_connection = (of_connection & ~t.mask) ^ (packet.mark & t.packet_mask);
      return;
    case Operation::restore:
      packet.mark = (packet.mark & ~t.packet_mask) ^ (of_connection & t.mask);
      return;
  }
}

}  // namespace

[[gnu::noinline]] Held RuleWalker::further_match(const CompiledRule& rule, const Traversal& packet,
                                                 Instant now) {
  const MatchContext context{s_.interfaces,     s_.conntrack.table(), s_.memory,
                             s_.program.sets(), s_.epoch_s,           now};
  for (const CompiledMatch& match : s_.program.matches(rule)) {
    const Held held = match_holds(match, packet, context);
    if (held == Held::yes) continue;
    failed_ = match.match;
    return held;
  }
  return Held::yes;
}

inline Held RuleWalker::matches(const CompiledRule& rule, const Traversal& packet, StateMask states,
                                Instant now) {
  if (!common_matches(s_.program, rule, packet, states)) return Held::no;
  return rule.matches_count == 0 ? Held::yes : further_match(rule, packet, now);
}

template <bool kWatched>
bool RuleWalker::walk_chains(RuleProgram::Entry entry, Hook hook, Traversal& packet, Instant now) {
  std::array<std::uint32_t, kStackMax> stack;
  std::size_t depth = 0;
  std::uint32_t at = entry.first;
  StateMask states = state_mask(packet);
  int misses = 0;
  for (;;) {
    if (!kWatched && misses >= kPatience) [[unlikely]]
      at = s_.program.skip(packet, at);
    const CompiledRule& rule = s_.program.rule(at);
    if constexpr (kWatched) failed_ = nullptr;
    const Held held = matches(rule, packet, states, now);
    if constexpr (kWatched) explain(at, held == Held::yes, hook, packet);
    if (held != Held::yes) {
      if (held == Held::drop) [[unlikely]] {
        if constexpr (kWatched) conclude(at, false, hook, packet);
        return refuse(at, Action::drop, packet);
      }
      ++at;
      ++misses;
      continue;
    }
    RuleCounters& counters = s_.program.counters(at);
    counters.packets += 1;
    counters.bytes += packet.ip_size;
    switch (rule.verb) {
      case Verb::next: ++at; continue;
      case Verb::return_: at = depth == 0 ? entry.policy : stack[--depth]; continue;
      case Verb::jump: stack[depth++] = at + 1; [[fallthrough]];
      case Verb::goto_: at = rule.target; continue;
      case Verb::accept:
        if constexpr (kWatched) conclude(at, true, hook, packet);
        return true;
      case Verb::drop:
        if constexpr (kWatched) conclude(at, false, hook, packet);
        return refuse(at, Action::drop, packet);
      case Verb::action: break;
    }
    if (const auto* reject = std::get_if<RejectTarget>(&s_.program.target(at))) {
      if constexpr (kWatched) conclude(at, false, hook, packet);
      refuse(at, Action::reject, packet);
      packet.verdict.reject_with = reject->with;
      return false;
    }
    const Next next = act(at, hook, packet, now);
    states = state_mask(packet);  // NOTRACK
    if (next == Next::rule) {
      if constexpr (kWatched) look_again(packet);
      ++at;
      continue;
    }
    if constexpr (kWatched) conclude(at, next == Next::accept, hook, packet);
    if (next == Next::accept) return true;
    const Cause cause = next == Next::drop ? Cause::nat_exhausted : Cause::malformed_packet;
    return refused(packet, {Action::drop, {}, {cause, &s_.program.label(at)}});
  }
}

[[gnu::cold]] bool RuleWalker::refuse(std::uint32_t at, Action action, Traversal& packet) const {
  return refused(packet, {action, {}, {cause_of(s_.program.is_policy(at)), &s_.program.label(at)}});
}

void RuleWalker::look(Table table, Hook hook, const Traversal& packet) {
  packet.steps->push_back(TableStep{hook, to_string(table), packet.seen()});
}

/// A rule has acted: what rules see from here on, if that is something else.
void RuleWalker::look_again(const Traversal& packet) {
  std::vector<Step>& steps = *packet.steps;
  for (std::size_t i = steps.size(); i-- > 0;) {
    const auto* last = std::get_if<TableStep>(&steps[i]);
    if (last == nullptr) continue;
    if (last->packet != packet.seen())
      steps.push_back(TableStep{last->hook, last->table, packet.seen()});
    return;
  }
}

void RuleWalker::explain(std::uint32_t at, bool matched, Hook hook, Traversal& packet) {
  if (!s_.program.is_rule(at)) return;
  RuleStep step{hook, &s_.program.label(at), matched, nullptr, &s_.program.body(at)};
  if (!matched && failed_ != nullptr) {
    step.failed_match = match_name(*failed_);
    step.failed_further = std::int32_t(failed_ - step.body->matches.data());
  } else if (!matched) {
    const FailedCommon failed = failed_common(s_.program, s_.program.rule(at), packet);
    step.failed_match = failed.first;
    step.failed_count = failed.count;
  }
  packet.steps->push_back(step);
}

void RuleWalker::conclude(std::uint32_t at, bool accepted, Hook hook, Traversal& packet) {
  packet.steps->push_back(VerdictStep{hook, &s_.program.label(at), accepted});
}

RuleWalker::Next RuleWalker::act(std::uint32_t at, Hook hook, Traversal& packet, Instant now) {
  const Target& target = s_.program.target(at);
  if (const auto* t = std::get_if<LogTarget>(&target)) {
    if (s_.log != nullptr || packet.steps != nullptr) log(*t, at, hook, packet, now);
  } else if (const auto* mark = std::get_if<MarkTarget>(&target)) {
    packet.mark = (packet.mark & ~mark->mask) ^ mark->value;
  } else if (const auto* connmark = std::get_if<ConnmarkTarget>(&target)) {
    change_connmark(*connmark, packet);
  } else if (std::holds_alternative<NotrackTarget>(target)) {
    if (packet.connection == nullptr) packet.state = ConnectionState::untracked;
  } else if (const auto* ttl = std::get_if<TtlTarget>(&target)) {
    change_ttl(packet, *ttl);
  } else if (const auto* dscp = std::get_if<DscpTarget>(&target)) {
    change_dscp(packet, dscp->dscp);
  } else if (const auto* mss = std::get_if<TcpMssTarget>(&target)) {
    if (!change_mss(packet, *mss, s_.path_mtus, now)) return Next::drop_malformed;
  } else {
    return translate(at, hook, packet, now);
  }
  return Next::rule;
}

void RuleWalker::log(const LogTarget& target, std::uint32_t at, Hook hook, const Traversal& packet,
                     Instant now) const {
  const RuleLabel& rule = s_.program.label(at);
  std::string line = log_line(target, packet, s_.interfaces);
  if (s_.log != nullptr) s_.log->on_log(rule, line, now);
  if (packet.steps != nullptr) packet.steps->push_back(LogStep{hook, &rule, std::move(line)});
}

RuleWalker::Next RuleWalker::translate(std::uint32_t at, Hook hook, Traversal& packet,
                                       Instant now) {
  const Target& target = s_.program.target(at);
  packet.nat_rule = &s_.program.label(at);
  bool possible = true;
  if (const auto* masquerade = std::get_if<MasqueradeTarget>(&target))
    possible = s_.nat.masquerade(packet, masquerade->range, now);
  else if (const auto* snat = std::get_if<SnatTarget>(&target))
    s_.nat.decide(hook, packet, snat->range, now);
  else if (const auto* dnat = std::get_if<DnatTarget>(&target))
    s_.nat.decide(hook, packet, dnat->range, now);
  else if (const auto* redirect = std::get_if<RedirectTarget>(&target))
    possible = s_.nat.redirect(hook, packet, redirect->range, now);
  else if (const auto* netmap = std::get_if<NetmapTarget>(&target))
    s_.nat.netmap(hook, packet, netmap->to, now);
  return possible ? Next::accept : Next::drop;
}

template bool RuleWalker::walk_chains<true>(RuleProgram::Entry, Hook, Traversal&, Instant);
template bool RuleWalker::walk_chains<false>(RuleProgram::Entry, Hook, Traversal&, Instant);

}  // namespace natsim
