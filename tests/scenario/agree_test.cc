// Goal: whoever asks what became of a packet gets one answer: a run's expectations, a trace, a cell
// of the matrix and what observers are told name the same verdict, node and rule, for random rules
// and packets and for every drop of the gallery.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "sim/network/build.h"
#include "sim/network/flow_run.h"
#include "src/report/matrix.h"
#include "src/report/trace.h"
#include "tests/scenario/simulation.h"
#include "tests/scenario/topologies.h"
#include "tests/support/dice.h"

namespace natsim::scenario {
namespace {

/// Everything that was refused, as observers are told.
class Refusals final : public Observer {
 public:
  void on_visit(const Visit& visit) override {
    if (visit.outcome == Outcome::dropped || visit.outcome == Outcome::rejected)
      visits_.push_back(visit);
  }
  bool has(NodeId node, const Reason& reason, Instant since) const {
    return std::any_of(visits_.begin(), visits_.end(), [&](const Visit& visit) {
      return visit.node == node && visit.reason == reason && visit.when >= since;
    });
  }

 private:
  std::vector<Visit> visits_;
};

/// One answer, by the names of things.
struct Answer {
  std::string result, at, cause, by;
  bool back = false;
  bool operator==(const Answer&) const = default;
};
void PrintTo(const Answer& a, std::ostream* out) {
  *out << fmt::format("{} at '{}', {} by '{}'{}", a.result, a.at, a.cause, a.by,
                      a.back ? ", the answer" : "");
}

Answer answer_of(const Fate& fate, const Network& network) {
  const bool placed = fate.result != spec::ExpectedResult::lost || fate.reason.cause != Cause::none;
  return {to_string(fate.result), placed ? network.name(fate.node) : "",
          to_string(fate.reason.cause), fate.reason.rule != nullptr ? fate.reason.rule->name : "",
          fate.on_the_way_back};
}

Answer answer_of(const FlowVerdict& verdict) {
  return {to_string(verdict.result), verdict.at, to_string(verdict.cause),
          verdict.rule ? verdict.rule->name : "", verdict.on_the_way_back};
}

Answer answer_of(const Trace& trace) {
  std::string by = trace.by;
  if (by.starts_with("policy ")) by = "policy";
  return {trace.result, trace.at, trace.cause.empty() ? "none" : trace.cause, by,
          trace.on_the_way_back};
}

/// The rule that the last stage of the page names must be the verdict's.
void expect_page_agrees(const Trace& trace) {
  const std::vector<TraceHop>& way = trace.on_the_way_back ? trace.back : trace.there;
  if (way.empty()) {  // no route: nothing was made that could be sent
    EXPECT_EQ(trace.result, "no_route");
    return;
  }
  const TraceHop& last = way.back();
  EXPECT_EQ(last.node, trace.at);
  if (trace.by.empty() || last.stages.back().rules.empty()) return;
  const AskedRule& decided = last.stages.back().rules.back();
  EXPECT_TRUE(decided.decided);
  EXPECT_EQ(decided.name, trace.by);
  for (const AskedRule& rule : last.stages.back().rules)
    EXPECT_TRUE(rule.matched || rule.account.has_value()) << rule.name;
}

/// Asks in all ways what becomes of the probe; a fresh network for each.
Answer agreed(const spec::Topology& topology, const spec::Expectation& probe) {
  spec::Topology one = without_scenario(topology);
  one.expect = {probe};
  one.expect.front().at = Instant() + Duration::seconds(10);
  Problems problems;
  Refusals refusals;
  const auto plain = build_network(one, problems, topology.seed, 1);
  if (plain == nullptr) {
    ADD_FAILURE() << (problems.empty() ? "" : problems.front().message);
    return {};
  }
  Scenario run(*plain, one, {});
  run.add_observer(refusals);
  run.run();
  const Judgement& ran = run.judgements().front();
  const Answer by_run = answer_of(*ran.fate, *plain);
  if (ran.fate->reason.cause != Cause::none) {
    EXPECT_TRUE(refusals.has(ran.fate->node, ran.fate->reason, ran.sent)) << ran.found;
  }

  const auto watched = build_network(one, problems, topology.seed, 1);
  Scenario tracing(*watched, one, {{}, {}, {}, {}, true});
  tracing.run();
  const Trace trace = trace_of(tracing.judgements().front(), one, names_of(*watched));
  EXPECT_EQ(answer_of(trace), by_run);
  EXPECT_EQ(tracing.judgements().front().found, ran.found);
  if (!by_run.at.empty()) expect_page_agrees(trace);

  const auto flow = run_flow(topology, probe);
  EXPECT_TRUE(flow.has_value());
  if (flow) {
    EXPECT_EQ(answer_of(*flow), by_run);
  }
  return by_run;
}

// --- random rules and packets --------------------------------------------------------------------

using lab::Dice;

constexpr std::uint16_t kPorts[] = {22, 53, 80, 443};

Prefix some_prefix(Dice& dice) {
  return *Prefix::parse(
      dice.any<const char*>({"10.1.0.0/24", "10.1.0.10/32", "10.2.0.0/24", "10.2.0.10/32",
                             "10.0.0.0/8", "203.0.113.0/24", "0.0.0.0/0", "203.0.113.1/32"}));
}

Rule some_rule(Dice& dice, Table table, const char* chain, int number) {
  Rule rule;
  rule.label = {to_string(table),
                chain,
                fmt::format("{}-{}", chain, number),
                {0, std::uint32_t(number + 1), 1}};
  const bool has_in =
      std::string_view(chain) != "POSTROUTING" && std::string_view(chain) != "OUTPUT";
  const bool has_out =
      std::string_view(chain) != "PREROUTING" && std::string_view(chain) != "INPUT";
  if (has_in && dice.one_in(3))
    rule.in = {{dice.any<const char*>({"a", "b", "w"})}, dice.one_in(4)};
  if (has_out && dice.one_in(3))
    rule.out = {{dice.any<const char*>({"a", "b", "w"})}, dice.one_in(4)};
  if (dice.one_in(3)) rule.source = {some_prefix(dice), dice.one_in(4)};
  if (dice.one_in(3)) rule.destination = {some_prefix(dice), dice.one_in(4)};
  if (dice.one_in(2)) {
    rule.protocol.protocol = dice.any({Protocol::tcp, Protocol::udp, Protocol::icmp});
    if (*rule.protocol.protocol != Protocol::icmp && dice.one_in(2)) {
      const std::uint16_t port = kPorts[dice.below(4)];
      rule.destination_port = {PortRange{port, port}, dice.one_in(5)};
    } else if (*rule.protocol.protocol == Protocol::icmp && dice.one_in(2)) {
      rule.matches.emplace_back(IcmpMatch{std::uint8_t(dice.any({0, 8}))});
    }
  }
  if (table != Table::nat && dice.one_in(4))
    rule.state.states =
        dice.any<StateMask>({kStateNew, kStateEstablished | kStateRelated, kStateDnat});
  if (dice.one_in(6)) rule.matches.emplace_back(TtlMatch{TtlMatch::Relation::less, 64});
  if (dice.one_in(6))
    rule.matches.emplace_back(LengthMatch{0, std::uint16_t(dice.any({40, 60, 90}))});
  return rule;
}

Target some_target(Dice& dice) {
  switch (dice.below(6)) {
    case 0: return DropTarget{};
    case 1: return RejectTarget{};
    case 2: return ContinueTarget{};
    case 3: return LogTarget{"log: "};
    default: return AcceptTarget{};
  }
}

NatRange to_address(const char* address, std::optional<PortRange> ports = {}) {
  NatRange range;
  const Ipv4Address v4 = *Ipv4Address::parse(address);
  range.addresses = {v4, v4};
  range.ports = ports;
  return range;
}

Ruleset some_rules(Dice& dice) {
  Ruleset rules;
  int number = 0;
  for (const char* name : {"INPUT", "FORWARD", "OUTPUT"}) {
    Chain& chain = rules.table(Table::filter).chain(name);
    chain.accept = dice.one_in(2);
    chain.policy_label = {"filter", name, "policy", {0, 999, 1}};
    for (std::uint32_t i = dice.below(6); i > 0; --i) {
      Rule rule = some_rule(dice, Table::filter, name, ++number);
      rule.target = some_target(dice);
      chain.rules.push_back(std::move(rule));
    }
  }
  if (dice.one_in(3)) return rules;
  Chain& before = rules.table(Table::nat).chain("PREROUTING");
  for (std::uint32_t i = dice.below(3); i > 0; --i) {
    Rule rule = some_rule(dice, Table::nat, "PREROUTING", ++number);
    const bool ports = rule.protocol.protocol && *rule.protocol.protocol != Protocol::icmp &&
                       !rule.protocol.negated;
    rule.target = DnatTarget{
        to_address(dice.any<const char*>({"10.1.0.10", "10.2.0.10", "203.0.113.10"}),
                   ports && dice.one_in(2) ? std::optional(PortRange{80, 80}) : std::nullopt)};
    before.rules.push_back(std::move(rule));
  }
  Chain& after = rules.table(Table::nat).chain("POSTROUTING");
  for (std::uint32_t i = dice.below(3); i > 0; --i) {
    Rule rule = some_rule(dice, Table::nat, "POSTROUTING", ++number);
    if (dice.one_in(2))
      rule.target = MasqueradeTarget{};
    else
      rule.target = SnatTarget{to_address("203.0.113.1")};
    after.rules.push_back(std::move(rule));
  }
  return rules;
}

/// a 10.1.0.10 ── a [router] w ── w 203.0.113.10, and b 10.2.0.10.
spec::Topology crossing() {
  Simulation simulation("crossing", R"(name: crossing
networks: {a: {}, b: {}, w: {}}
nodes:
  a:
    type: host
    interfaces: {eth0: {network: a, addresses: [10.1.0.10/24]}}
    routes: [{to: default, via: 10.1.0.1}]
    listen: [{proto: tcp, port: 80}, {proto: udp, port: 53}]
  b:
    type: host
    interfaces: {eth0: {network: b, addresses: [10.2.0.10/24]}}
    routes: [{to: default, via: 10.2.0.1}]
    listen: [{proto: tcp, port: 80}, {proto: tcp, port: 22}]
  w:
    type: host
    interfaces: {eth0: {network: w, addresses: [203.0.113.10/24]}}
    routes: [{to: 10.0.0.0/8, via: 203.0.113.1}]
    listen: [{proto: tcp, port: 443}, {proto: udp, port: 53}]
  router:
    type: router
    interfaces:
      a: {network: a, addresses: [10.1.0.1/24]}
      b: {network: b, addresses: [10.2.0.1/24]}
      w: {network: w, addresses: [203.0.113.1/24]}
)");
  EXPECT_EQ(simulation.problems(), "");
  return simulation.topology();
}

spec::Expectation some_probe(Dice& dice) {
  spec::Expectation probe;
  probe.from = dice.any<const char*>({"a", "b", "w", "router"});
  probe.to.address =
      IpAddress::parse(dice.any<const char*>({"10.1.0.10", "10.2.0.10", "203.0.113.10", "10.1.0.1",
                                              "203.0.113.1", "10.9.9.9", "10.2.0.99"}));
  probe.protocol = dice.any({Protocol::tcp, Protocol::udp, Protocol::icmp});
  if (probe.protocol != Protocol::icmp) probe.to.port = kPorts[dice.below(4)];
  probe.result.value = spec::ExpectedResult::delivered;
  return probe;
}

TEST(Agree, OnRandomRulesAndPackets) {
  const spec::Topology bare = crossing();
  std::map<std::string, int> seen;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Dice dice(seed, "agree");
    spec::Topology topology = bare;
    const auto router = std::find_if(topology.nodes.begin(), topology.nodes.end(),
                                     [](const spec::Node& node) { return node.name == "router"; });
    Ruleset rules = some_rules(dice);
    if (!check(rules).empty()) continue;  // what Linux refuses to load
    router->rules = std::make_shared<const Ruleset>(std::move(rules));
    for (int i = 0; i < 12; ++i) {
      SCOPED_TRACE(fmt::format("seed {}, probe {}", seed, i));
      ++seen[agreed(topology, some_probe(dice)).result];
      if (testing::Test::HasFailure()) return;
    }
  }
  // The property is worth nothing if all packets come to the same end.
  for (const char* result : {"delivered", "dropped", "rejected", "unreachable"})
    EXPECT_GE(seen[result], 20) << result;
}

// --- the gallery ---------------------------------------------------------------------------------

class AgreeOn : public testing::TestWithParam<std::string> {};

TEST_P(AgreeOn, EveryExpectationAndEveryCellOfTheMatrix) {
  Simulation simulation(GetParam(), topology_text(GetParam()));
  ASSERT_TRUE(simulation.built()) << simulation.problems();
  const spec::Topology& topology = simulation.topology();
  for (const spec::Expectation& probe : topology.expect) {
    if (probe.judged != spec::Judged::probe || probe.errand != nullptr) continue;
    SCOPED_TRACE(fmt::format("line {}", probe.place.line));
    agreed(topology, probe);
  }
  auto plan = plan_matrix(topology);
  ASSERT_TRUE(plan.has_value());
  const Matrix matrix = run_matrix(topology, std::move(*plan));
  int refused = 0;
  for (const MatrixCell& cell : matrix.cells) {
    if (cell.verdict.passes()) continue;
    spec::Expectation probe;
    probe.from = cell.from.node;
    probe.to.address = IpAddress(cell.to.address);
    probe.protocol = cell.service.protocol;
    if (probe.protocol != Protocol::icmp) probe.to.port = cell.service.port;
    SCOPED_TRACE(fmt::format("{} to {} {}", cell.from.node, cell.to.node, cell.service.words()));
    EXPECT_EQ(agreed(topology, probe), answer_of(cell.verdict));
    ++refused;
  }
  RecordProperty("refused", refused);
}

INSTANTIATE_TEST_SUITE_P(Gallery, AgreeOn, testing::ValuesIn(topology_names()), test_name);
INSTANTIATE_TEST_SUITE_P(Lessons, AgreeOn, testing::ValuesIn(lesson_names()), test_name);

}  // namespace
}  // namespace natsim::scenario
