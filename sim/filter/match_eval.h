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
  std::span<const AddressSet> sets;
  std::int64_t epoch_s;  ///< the wall clock at time 0
  Instant now;
};

/// What a match says. Some cannot judge a packet that is cut short, and have it dropped: Linux's
/// hotdrop.
enum class Held : std::uint8_t { no, yes, drop };

/// The common part of `rule`. `states` is the packet's state_mask(). Most rules do not match, each
/// for another reason: the parts are compared without branches, a bit for each that differs.
inline bool common_matches(const RuleProgram& program, const CompiledRule& rule,
                           const Traversal& packet, StateMask states) {
  using R = CompiledRule;
  const auto bit_if = [](bool differs, std::uint32_t part) {
    return std::uint32_t(differs) * part;
  };
  const auto outside = [](std::uint16_t port, std::uint16_t first, std::uint16_t last) {
    return std::uint16_t(port - first) > std::uint16_t(last - first);
  };
  std::uint32_t differs =
      bit_if(((packet.source.value ^ rule.source) & rule.source_mask) != 0, R::kSource) |
      bit_if(((packet.destination.value ^ rule.destination) & rule.destination_mask) != 0,
             R::kDestination) |
      bit_if(std::uint8_t(packet.protocol) != rule.protocol, R::kProtocol) |
      bit_if((states & rule.states) == 0, R::kState) |
      bit_if(outside(packet.source_port, rule.source_port_first, rule.source_port_last),
             R::kSourcePort) |
      bit_if(
          outside(packet.destination_port, rule.destination_port_first, rule.destination_port_last),
          R::kDestinationPort);
  differs = (differs ^ rule.inverted) & rule.compared;
  if (differs != 0) return false;
  if ((rule.asked & R::kSpecial) == 0) [[likely]]
    return true;
  if (rule.asked & (R::kSourcePort | R::kDestinationPort) && !packet.has_ports) return false;
  if (rule.asked & R::kIn && !program.interface_set(rule.in_set).holds(packet.in)) return false;
  if (rule.asked & R::kOut && !program.interface_set(rule.out_set).holds(packet.out)) return false;
  if (rule.asked & R::kLaterFragments && packet.fragment_offset == 0) return false;
  return !(rule.asked & R::kNotLaterFragments) || packet.fragment_offset == 0;
}
inline bool common_matches(const RuleProgram& program, const CompiledRule& rule,
                           const Traversal& packet) {
  return common_matches(program, rule, packet, state_mask(packet));
}

/// One of the further matches.
Held match_holds(const CompiledMatch& match, const Traversal& packet, const MatchContext& context);

/// What of a rule's common part does not hold.
struct FailedCommon {
  const char* first = nullptr;  ///< "source", "dport", "in-interface", …: static text; null: none
  std::uint8_t count = 0;
};
FailedCommon failed_common(const RuleProgram& program, const CompiledRule& rule,
                           const Traversal& packet);
/// What a further match is called: "multiport", "icmp", … Static text.
const char* match_name(const Match& match);

}  // namespace natsim
