// Does a packet fulfil a rule? The common part first, then the further matches in their order.
#pragma once

#include "sim/filter/match_memory.h"
#include "sim/filter/rule_program.h"
#include "sim/filter/traversal.h"

namespace natsim {

/// --ctstate's bits of a packet.
inline StateMask state_mask(const Traversal& packet) {
  static constexpr StateMask kByState[] = {kStateUntracked, kStateInvalid, kStateNew,
                                           kStateEstablished, kStateRelated};
  StateMask mask = kByState[int(packet.state)];
  if (packet.connection != nullptr) {
    if (packet.connection->has(kSourceNat)) mask |= kStateSnat;
    if (packet.connection->has(kDestinationNat)) mask |= kStateDnat;
  }
  return mask;
}

/// What matches may look at beside the packet.
struct MatchContext {
  const InterfaceTable& interfaces;
  ConnectionTable& connections;
  MatchMemory& memory;
  Instant now;
};

/// The common part of `rule`.
inline bool common_matches(const RuleProgram& program, const CompiledRule& rule,
                           const Traversal& packet) {
  using R = CompiledRule;
  if ((((packet.source.value ^ rule.source) & rule.source_mask) != 0) !=
      ((rule.inverted & R::kSource) != 0))
    return false;
  if ((((packet.destination.value ^ rule.destination) & rule.destination_mask) != 0) !=
      ((rule.inverted & R::kDestination) != 0))
    return false;
  if (rule.asked == 0) return true;
  if (rule.asked & R::kProtocol &&
      (std::uint8_t(packet.protocol) == rule.protocol) == ((rule.inverted & R::kProtocol) != 0))
    return false;
  if (rule.asked & R::kState &&
      ((state_mask(packet) & rule.states) != 0) == ((rule.inverted & R::kState) != 0))
    return false;
  if (rule.asked & R::kIn && !program.interface_set(rule.in_set).holds(packet.in)) return false;
  if (rule.asked & R::kOut && !program.interface_set(rule.out_set).holds(packet.out)) return false;
  if (rule.asked & (R::kSourcePort | R::kDestinationPort)) {
    if (!packet.has_ports) return false;
    if (rule.asked & R::kSourcePort &&
        (packet.source_port >= rule.source_port_first &&
         packet.source_port <= rule.source_port_last) == ((rule.inverted & R::kSourcePort) != 0))
      return false;
    if (rule.asked & R::kDestinationPort &&
        (packet.destination_port >= rule.destination_port_first &&
         packet.destination_port <= rule.destination_port_last) ==
            ((rule.inverted & R::kDestinationPort) != 0))
      return false;
  }
  if (rule.asked & R::kLaterFragments && packet.fragment_offset == 0) return false;
  if (rule.asked & R::kNotLaterFragments && packet.fragment_offset != 0) return false;
  return true;
}

/// One of the further matches.
bool match_holds(const CompiledMatch& match, const Traversal& packet, const MatchContext& context);

/// Which part of the common part does not hold: "source", "dport", "in-interface", … nullptr if all
/// do. Static text.
const char* failed_common(const RuleProgram& program, const CompiledRule& rule,
                          const Traversal& packet);
/// What a further match is called: "multiport", "icmp", … Static text.
const char* match_name(const Match& match);

}  // namespace natsim
