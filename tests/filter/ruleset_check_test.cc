// What is refused before anything is built, as the kernel and iptables refuse it.
#include <gtest/gtest.h>

#include "tests/filter/bench.h"

namespace natsim::test {
namespace {

std::vector<std::string> complaints(const Ruleset& ruleset) {
  std::vector<std::string> messages;
  for (const Problem& problem : check(ruleset)) messages.push_back(problem.message);
  return messages;
}

using Messages = std::vector<std::string>;

Rule tcp_only(Rule rule) {
  rule.protocol.protocol = Protocol::tcp;
  return rule;
}

// FW-M04
TEST(RulesetCheck, RefusesLoopsThatABaseChainReaches) {
  Rules rules;
  rules.add(Table::filter, "FORWARD", rule("", JumpTarget{"A"}))
      .add(Table::filter, "A", rule("", JumpTarget{"B"}))
      .add(Table::filter, "B", rule("", GotoTarget{"A"}));
  EXPECT_EQ(complaints(rules), Messages{"chain A leads back to itself"});
  Rules itself;
  itself.add(Table::filter, "FORWARD", rule("", JumpTarget{"A"}))
      .add(Table::filter, "A", rule("", JumpTarget{"A"}));
  EXPECT_EQ(complaints(itself), Messages{"chain A leads back to itself"});
}

TEST(RulesetCheck, AllowsAChainToBeCalledTwice) {
  Rules rules;
  rules.add(Table::filter, "FORWARD", rule("", JumpTarget{"A"}))
      .add(Table::filter, "FORWARD", rule("", JumpTarget{"A"}))
      .add(Table::filter, "A", rule("", AcceptTarget{}));
  EXPECT_EQ(complaints(rules), Messages{});
}

TEST(RulesetCheck, RefusesCallsDeeperThanSixteen) {
  const auto nested = [](int depth) {
    Rules rules;
    rules.add(Table::filter, "FORWARD", rule("", JumpTarget{"C1"}));
    for (int i = 1; i < depth; ++i)
      rules.add(Table::filter, "C" + std::to_string(i),
                rule("", JumpTarget{"C" + std::to_string(i + 1)}));
    return rules.add(Table::filter, "C" + std::to_string(depth), rule("end", DropTarget{}));
  };
  EXPECT_EQ(complaints(nested(16)), Messages{});
  Bench bench(nested(16));
  EXPECT_EQ(bench.arrive(kIn0, udp(kC, 1, kS, 2)), "dropped rule end");
  EXPECT_EQ(complaints(nested(17)), Messages{"chains call chains more than 16 deep at C17"});
}

TEST(RulesetCheck, RefusesUnknownAndBuiltInChainsAsTargets) {
  EXPECT_EQ(complaints(Rules().add(Table::filter, "FORWARD", rule("", JumpTarget{"A"}))),
            Messages{"there is no chain A"});
  Rules rules;
  rules.policy("INPUT", true).add(Table::filter, "FORWARD", rule("", JumpTarget{"INPUT"}));
  EXPECT_EQ(complaints(rules), Messages{"the built-in chain INPUT cannot be called"});
}

TEST(RulesetCheck, RefusesBaseChainsThatATableDoesNotHave) {
  EXPECT_EQ(complaints(Rules().add(Table::nat, "FORWARD", rule("", AcceptTarget{}))),
            Messages{"table nat has no chain FORWARD"});
}

// FW-M23, FW-M09
TEST(RulesetCheck, KnowsWhereTargetsBelong) {
  struct Case {
    Table table;
    const char* chain;
    Target target;
    const char* message;
  };
  for (const Case& c :
       {Case{Table::nat, "POSTROUTING", DnatTarget{}, "DNAT cannot be used in chain POSTROUTING"},
        {Table::nat, "PREROUTING", SnatTarget{}, "SNAT cannot be used in chain PREROUTING"},
        {Table::nat, "INPUT", MasqueradeTarget{}, "MASQUERADE cannot be used in chain INPUT"},
        {Table::nat, "POSTROUTING", RedirectTarget{},
         "REDIRECT cannot be used in chain POSTROUTING"},
        {Table::filter, "FORWARD", MasqueradeTarget{}, "MASQUERADE belongs into table nat"},
        {Table::nat, "PREROUTING", DropTarget{}, "DROP cannot be used in table nat"},
        {Table::mangle, "FORWARD", RejectTarget{}, "REJECT belongs into table filter"},
        {Table::filter, "FORWARD", NotrackTarget{}, "NOTRACK belongs into table raw"},
        {Table::filter, "FORWARD", TtlTarget{}, "TTL belongs into table mangle"}})
    EXPECT_EQ(complaints(Rules().add(c.table, c.chain, rule("", c.target))), Messages{c.message});
  for (const char* chain : {"POSTROUTING", "INPUT"})
    EXPECT_EQ(complaints(Rules().add(Table::nat, chain, rule("", SnatTarget{}))), Messages{});
  for (const char* chain : {"PREROUTING", "OUTPUT"})
    EXPECT_EQ(complaints(Rules().add(Table::nat, chain, rule("", DnatTarget{}))), Messages{});
}

TEST(RulesetCheck, LooksAtTheHooksThatReachAUserChain) {
  Rules rules;
  rules.add(Table::nat, "POSTROUTING", rule("", JumpTarget{"A"}))
      .add(Table::nat, "A", rule("", RedirectTarget{}));
  EXPECT_EQ(complaints(rules), Messages{"REDIRECT cannot be used in chain A"});
}

// FW-M11, FW-M21
TEST(RulesetCheck, KnowsWhereInterfacesAndMacsAreThere) {
  Rule in = rule("", AcceptTarget{}), out = in, mac = in;
  in.in.patterns = {"in0"};
  out.out.patterns = {"out0"};
  mac.matches.emplace_back(MacMatch{});
  for (const char* chain : {"OUTPUT", "POSTROUTING"}) {
    EXPECT_EQ(complaints(Rules().add(Table::mangle, chain, in)),
              Messages{"-i cannot be used in OUTPUT and POSTROUTING"});
    EXPECT_EQ(complaints(Rules().add(Table::mangle, chain, mac)),
              Messages{"--mac-source cannot be used in OUTPUT and POSTROUTING"});
  }
  for (const char* chain : {"PREROUTING", "INPUT"})
    EXPECT_EQ(complaints(Rules().add(Table::mangle, chain, out)),
              Messages{"-o cannot be used in PREROUTING and INPUT"});
  EXPECT_EQ(
      complaints(Rules().add(Table::filter, "FORWARD", in).add(Table::filter, "FORWARD", out)),
      Messages{});
}

// FW-M11: a user chain may ask for an interface that a packet does not have. Its name is empty.
TEST(RulesetCheck, UserChainsMayAskForEitherInterface) {
  struct Case {
    const char* pattern;
    bool negated;
    bool matches;
  };
  for (const Case& c : {Case{"out0", false, false},
                        {"out0", true, true},
                        {"out+", false, false},
                        {"+", false, true},
                        {"+", true, false}}) {
    Rule out = rule("out", DropTarget{});
    out.out.patterns = {c.pattern};
    out.out.negated = c.negated;
    Rules rules;
    rules.add(Table::mangle, "PREROUTING", rule("", JumpTarget{"A"})).add(Table::mangle, "A", out);
    EXPECT_EQ(complaints(rules), Messages{});
    Bench bench(rules);
    EXPECT_EQ(bench.arrive(kIn0, udp(kC, 1, kS, 2)) == "dropped rule out", c.matches) << c.pattern;
  }
}

// FW-M08
TEST(RulesetCheck, PortsAndResetsNeedTheirProtocol) {
  Rule ports = rule("", AcceptTarget{});
  ports.destination_port.ports = {80, 80};
  EXPECT_EQ(complaints(Rules().add(Table::filter, "FORWARD", ports)),
            Messages{"ports need a protocol that has them"});
  EXPECT_EQ(complaints(Rules().add(Table::filter, "FORWARD", tcp_only(ports))), Messages{});
  const Rule reset = rule("", RejectTarget{RejectWith::tcp_reset});
  EXPECT_EQ(complaints(Rules().add(Table::filter, "FORWARD", reset)),
            Messages{"tcp-reset needs -p tcp"});
  EXPECT_EQ(complaints(Rules().add(Table::filter, "FORWARD", tcp_only(reset))), Messages{});
  Rule forward = dnat("203.0.113.1", Protocol::tcp, 80, "10.0.0.2:8080");
  forward.protocol = {};
  forward.destination_port = {};
  EXPECT_EQ(complaints(Rules().add(Table::nat, "PREROUTING", forward)),
            Messages{"a translation's ports need a protocol that has them"});
}

}  // namespace
}  // namespace natsim::test
