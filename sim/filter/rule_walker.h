// Walks a packet through the chains of a table: the first rule that matches and decides wins.
#pragma once

#include "sim/filter/log_sink.h"
#include "sim/filter/match_eval.h"
#include "sim/filter/nat.h"
#include "sim/filter/path_mtu_source.h"
#include "sim/filter/rule_program.h"

namespace natsim {

/// What rules look at and work on beside the packet. None is owned; all outlive the walker.
struct RuleSurroundings {
  RuleProgram& program;
  const InterfaceTable& interfaces;
  Conntrack& conntrack;
  Nat& nat;
  MatchMemory& memory;
  std::int64_t epoch_s;  ///< the wall clock at time 0
  LogSink*& log;         ///< null while nobody wants log lines
  const PathMtuSource*& path_mtus;
};

class RuleWalker {
 public:
  explicit RuleWalker(const RuleSurroundings& surroundings) : s_(surroundings) {}

  /// True: accepted, as where the table has nothing at this hook. False: packet.verdict.
  bool walk(Table table, Hook hook, Traversal& packet, Instant now) {
    const RuleProgram::Entry entry = s_.program.entry(table, hook);
    if (entry.first == RuleProgram::kNone) return true;
    if (packet.steps != nullptr) [[unlikely]] {
      look(table, hook, packet);
      return walk_chains<true>(entry, hook, packet, now);
    }
    return walk_chains<false>(entry, hook, packet, now);
  }

 private:
  enum class Next : std::uint8_t { rule, accept, drop, drop_malformed };

  template <bool kWatched>
  bool walk_chains(RuleProgram::Entry entry, Hook hook, Traversal& packet, Instant now);
  Held matches(const CompiledRule& rule, const Traversal& packet, StateMask states, Instant now);
  Held further_match(const CompiledRule& rule, const Traversal& packet, Instant now);
  static void look(Table table, Hook hook, const Traversal& packet);
  static void look_again(const Traversal& packet);
  void explain(std::uint32_t at, bool matched, Hook hook, Traversal& packet);
  void conclude(std::uint32_t at, bool accepted, Hook hook, Traversal& packet);
  bool refuse(std::uint32_t at, Action action, Traversal& packet) const;
  /// Does what a target that is no verdict says.
  Next act(std::uint32_t at, Hook hook, Traversal& packet, Instant now);
  void log(const LogTarget& target, std::uint32_t at, Hook hook, const Traversal& packet,
           Instant now) const;
  Next translate(std::uint32_t at, Hook hook, Traversal& packet, Instant now);

  RuleSurroundings s_;
  const Match* failed_ = nullptr;  // of the last rule, if it failed beyond its common part
};

}  // namespace natsim
