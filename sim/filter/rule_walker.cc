#include "sim/filter/rule_walker.h"

#include <array>

#include "sim/filter/log_line.h"
#include "sim/filter/packet_edit.h"

namespace natsim {

namespace {

/// check() refuses rulesets that nest deeper.
constexpr std::size_t kStackMax = 17;

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

inline bool RuleWalker::matches(const CompiledRule& rule, const Traversal& packet,
                                const MatchContext& context) {
  failed_ = nullptr;
  if (!common_matches(program_, rule, packet)) return false;
  for (const CompiledMatch& match : program_.matches(rule)) {
    if (match_holds(match, packet, context)) continue;
    failed_ = match.match;
    return false;
  }
  return true;
}

template <bool kWatched>
Verdict RuleWalker::walk_chains(RuleProgram::Entry entry, Hook hook, Traversal& packet,
                                Instant now) {
  const MatchContext context{interfaces_, conntrack_.table(), memory_, now};
  std::array<std::uint32_t, kStackMax> stack;
  std::size_t depth = 0;
  std::uint32_t at = entry.first;
  for (;;) {
    const CompiledRule& rule = program_.rule(at);
    const bool matched = matches(rule, packet, context);
    if constexpr (kWatched) explain(at, matched, hook, packet);
    if (!matched) {
      ++at;
      continue;
    }
    RuleCounters& counters = program_.counters(at);
    counters.packets += 1;
    counters.bytes += packet.ip_size;
    switch (rule.verb) {
      case Verb::next: ++at; continue;
      case Verb::return_: at = depth == 0 ? entry.policy : stack[--depth]; continue;
      case Verb::jump: stack[depth++] = at + 1; [[fallthrough]];
      case Verb::goto_: at = rule.target; continue;
      case Verb::accept:
        if constexpr (kWatched) conclude(at, true, hook, packet);
        return {};
      case Verb::drop:
        if constexpr (kWatched) conclude(at, false, hook, packet);
        return decided(at, Action::drop);
      case Verb::action: break;
    }
    if (const auto* reject = std::get_if<RejectTarget>(&program_.target(at))) {
      if constexpr (kWatched) conclude(at, false, hook, packet);
      Verdict verdict = decided(at, Action::reject);
      verdict.reject_with = reject->with;
      return verdict;
    }
    const Next next = act(at, hook, packet, now);
    if (next == Next::rule) {
      ++at;
      continue;
    }
    if constexpr (kWatched) conclude(at, next == Next::accept, hook, packet);
    if (next == Next::accept) return {};
    return {Action::drop, {}, {Cause::nat_exhausted, &program_.label(at)}};
  }
}

Verdict RuleWalker::decided(std::uint32_t at, Action action) const {
  return {action, {}, {cause_of(program_.is_policy(at)), &program_.label(at)}};
}

void RuleWalker::explain(std::uint32_t at, bool matched, Hook hook, Traversal& packet) {
  if (!program_.is_rule(at)) return;
  const char* failed = nullptr;
  if (!matched)
    failed = failed_ != nullptr ? match_name(*failed_)
                                : failed_common(program_, program_.rule(at), packet);
  packet.steps->push_back(RuleStep{hook, &program_.label(at), matched, failed});
}

void RuleWalker::conclude(std::uint32_t at, bool accepted, Hook hook, Traversal& packet) {
  packet.steps->push_back(VerdictStep{hook, &program_.label(at), accepted});
}

RuleWalker::Next RuleWalker::act(std::uint32_t at, Hook hook, Traversal& packet, Instant now) {
  const Target& target = program_.target(at);
  if (const auto* t = std::get_if<LogTarget>(&target)) {
    if (log_ != nullptr)
      log_->on_log(program_.label(at), log_line(t->prefix, packet, interfaces_), now);
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
    clamp_mss(packet, *mss, interfaces_);
  } else {
    return translate(at, hook, packet, now);
  }
  return Next::rule;
}

RuleWalker::Next RuleWalker::translate(std::uint32_t at, Hook hook, Traversal& packet,
                                       Instant now) {
  const Target& target = program_.target(at);
  packet.nat_rule = &program_.label(at);
  bool possible = true;
  if (const auto* masquerade = std::get_if<MasqueradeTarget>(&target))
    possible = nat_.masquerade(packet, masquerade->range, now);
  else if (const auto* snat = std::get_if<SnatTarget>(&target))
    nat_.decide(hook, packet, snat->range, now);
  else if (const auto* dnat = std::get_if<DnatTarget>(&target))
    nat_.decide(hook, packet, dnat->range, now);
  else if (const auto* redirect = std::get_if<RedirectTarget>(&target))
    possible = nat_.redirect(hook, packet, redirect->range, now);
  else if (const auto* netmap = std::get_if<NetmapTarget>(&target))
    nat_.netmap(hook, packet, netmap->to, now);
  return possible ? Next::accept : Next::drop;
}

template Verdict RuleWalker::walk_chains<true>(RuleProgram::Entry, Hook, Traversal&, Instant);
template Verdict RuleWalker::walk_chains<false>(RuleProgram::Entry, Hook, Traversal&, Instant);

}  // namespace natsim
