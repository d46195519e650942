// Walks a packet through the chains of a table: the first rule that matches and decides wins.
#pragma once

#include "sim/filter/log_sink.h"
#include "sim/filter/match_eval.h"
#include "sim/filter/nat.h"
#include "sim/filter/rule_program.h"

namespace natsim {

class RuleWalker {
 public:
  /// None is owned; all must outlive this. `log` may be null.
  RuleWalker(RuleProgram& program, const InterfaceTable& interfaces, Conntrack& conntrack, Nat& nat,
             MatchMemory& memory, LogSink* log)
      : program_(program),
        interfaces_(interfaces),
        conntrack_(conntrack),
        nat_(nat),
        memory_(memory),
        log_(log) {}

  /// Accepted where the table has nothing at this hook.
  Verdict walk(Table table, Hook hook, Traversal& packet, Instant now) {
    const RuleProgram::Entry entry = program_.entry(table, hook);
    if (entry.first == RuleProgram::kNone) return {};
    if (packet.steps != nullptr) [[unlikely]]
      return walk_chains<true>(entry, hook, packet, now);
    return walk_chains<false>(entry, hook, packet, now);
  }

 private:
  enum class Next : std::uint8_t { rule, accept, drop };

  template <bool kWatched>
  Verdict walk_chains(RuleProgram::Entry entry, Hook hook, Traversal& packet, Instant now);
  bool matches(const CompiledRule& rule, const Traversal& packet, const MatchContext& context);
  void explain(std::uint32_t at, bool matched, Hook hook, Traversal& packet);
  void conclude(std::uint32_t at, bool accepted, Hook hook, Traversal& packet);
  Verdict decided(std::uint32_t at, Action action) const;
  /// Does what a target that is no verdict says.
  Next act(std::uint32_t at, Hook hook, Traversal& packet, Instant now);
  Next translate(std::uint32_t at, Hook hook, Traversal& packet, Instant now);

  RuleProgram& program_;
  const InterfaceTable& interfaces_;
  Conntrack& conntrack_;
  Nat& nat_;
  MatchMemory& memory_;
  LogSink* log_;
  const Match* failed_ = nullptr;  // of the last rule, if it failed beyond its common part
};

}  // namespace natsim
