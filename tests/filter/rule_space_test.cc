// Goal: what is proved about two rules as sets of packets is true of every packet that the real
// evaluator is asked about: containment, disjointness and emptiness never claim too much.
#include "src/rules/rule_space.h"

#include <gtest/gtest.h>

#include "tests/filter/bench.h"
#include "tests/support/dice.h"

namespace natsim::test {
namespace {

using rules::RuleSpace;

using lab::Dice;

Prefix some_prefix(Dice& dice) {
  return *Prefix::parse(
      dice.any<const char*>({"10.0.0.0/24", "10.0.0.2/32", "10.0.0.3/32", "203.0.113.0/24",
                             "203.0.113.10/32", "0.0.0.0/0", "203.0.113.8/29"}));
}

PortMatch some_ports(Dice& dice) {
  const auto first = std::uint16_t(dice.below(6)), last = std::uint16_t(first + dice.below(4));
  return {PortRange{first, last}, dice.one_in(4)};
}

Rule some_rule(Dice& dice, const char* name) {
  Rule rule;
  rule.label.name = name;
  if (dice.one_in(3)) rule.source = {some_prefix(dice), dice.one_in(4)};
  if (dice.one_in(3)) rule.destination = {some_prefix(dice), dice.one_in(4)};
  if (dice.one_in(4)) rule.in = {{dice.any<const char*>({"in0", "out0", "in+"})}, dice.one_in(3)};
  if (dice.one_in(4)) rule.out = {{dice.any<const char*>({"out0", "dmz0", "+"})}, dice.one_in(3)};
  if (dice.one_in(3)) {
    rule.protocol.protocol = dice.any({Protocol::tcp, Protocol::udp});
    if (dice.one_in(2)) rule.destination_port = some_ports(dice);
    if (dice.one_in(3)) rule.source_port = some_ports(dice);
    if (dice.one_in(4)) {
      MultiportMatch match;
      match.ports = {*some_ports(dice).ports, *some_ports(dice).ports};
      match.negated = dice.one_in(4);
      rule.matches.emplace_back(match);
    }
  } else if (dice.one_in(6)) {
    rule.protocol = {Protocol::udp, true};
  }
  if (dice.one_in(4))
    rule.state = {dice.any<StateMask>({kStateNew, kStateEstablished, kStateNew | kStateInvalid}),
                  dice.one_in(4)};
  if (dice.one_in(6)) rule.matches.emplace_back(LengthMatch{0, 40, false});
  return rule;
}

/// Each rule alone, before a policy that drops.
Bench alone(Rule rule) {
  rule.target = AcceptTarget{};
  return Bench(
      Rules().add(Table::filter, "FORWARD", std::move(rule)).policy("FORWARD", false).idle_nat());
}

Bytes some_packet(Dice& dice) {
  const auto a = dice.any({kC, kC3}), b = dice.any({kS, kS11});
  const auto from = std::uint16_t(dice.below(9)), to = std::uint16_t(dice.below(9));
  return dice.one_in(2) ? udp(a, from, b, to) : tcp(a, from, b, to, {.flags = "S"});
}

TEST(RuleSpace, ProvesNothingThatAPacketDisproves) {
  const InterfaceTable interfaces({{"in0", {}}, {"out0", {}}, {"dmz0", {}}});
  int contained = 0, apart = 0, empty = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    Dice dice(seed, "rule-space");
    const Rule a = some_rule(dice, "a"), b = some_rule(dice, "b");
    const RuleSpace space_a(a, interfaces), space_b(b, interfaces);
    const bool covers = space_a.covers(space_b), is_apart = space_a.is_apart_from(space_b);
    contained += covers;
    apart += is_apart;
    empty += space_b.is_empty();
    if (!covers && !is_apart && !space_b.is_empty()) continue;
    for (int i = 0; i < 8; ++i) {
      const Bytes packet = some_packet(dice);
      Bench only_a = alone(a), only_b = alone(b);
      const bool by_a = only_a.arrive(kIn0, packet).starts_with("out0");
      const bool by_b = only_b.arrive(kIn0, packet).starts_with("out0");
      ASSERT_FALSE(covers && by_b && !by_a) << "seed " << seed << ": a should hold b";
      ASSERT_FALSE(is_apart && by_a && by_b) << "seed " << seed << ": they should be apart";
      ASSERT_FALSE(space_b.is_empty() && by_b) << "seed " << seed << ": b should match nothing";
    }
  }
  EXPECT_GE(contained, 20);
  EXPECT_GE(apart, 30);
  EXPECT_GE(empty, 1);
}

TEST(RuleSpace, HoldsWhatIsNarrower) {
  const InterfaceTable interfaces({{"in0", {}}, {"out0", {}}});
  Rule wide = rule("wide", DropTarget{}), narrow = rule("narrow", AcceptTarget{});
  wide.protocol.protocol = narrow.protocol.protocol = Protocol::tcp;
  wide.destination_port.ports = {1, 1023};
  MultiportMatch web;
  web.ports = {{80, 80}, {443, 443}};
  narrow.matches.emplace_back(web);
  EXPECT_TRUE(RuleSpace(wide, interfaces).covers({narrow, interfaces}));
  EXPECT_FALSE(RuleSpace(narrow, interfaces).covers({wide, interfaces}));
  wide.matches.emplace_back(LimitMatch{});  // takes some of them, not all
  EXPECT_FALSE(RuleSpace(wide, interfaces).covers({narrow, interfaces}));
}

}  // namespace
}  // namespace natsim::test
