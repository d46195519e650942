// Native keys, compiled: does the router behave as the file says?
#include "sim/network/rules_from_spec.h"

#include <gtest/gtest.h>

#include "tests/filter/bench.h"

namespace natsim::test {
namespace {

template <class T>
spec::At<T> at(T value, std::uint32_t line = 1) {
  return {std::move(value), {0, line, 1}};
}

/// The bench's router: in0 in zone inside, out0 outside, dmz0 dmz.
spec::Node router() {
  spec::Node node;
  node.name = "router";
  node.kind = spec::NodeKind::router;
  for (const auto& [name, zone] :
       {std::pair{"in0", "inside"}, {"out0", "outside"}, {"dmz0", "dmz"}}) {
    spec::Interface interface;
    interface.name = name;
    interface.zone = at(std::string(zone));
    node.interfaces.push_back(interface);
  }
  return node;
}

spec::FirewallRule forward_rule(spec::RuleAction action = spec::RuleAction::accept) {
  spec::FirewallRule rule;
  rule.chain = at(spec::Chain::forward);
  rule.action = action;
  return rule;
}

spec::Node with_nat(decltype(spec::NatRule::what) what, std::string name = "") {
  spec::Node node = router();
  node.nat.push_back({{0, 7, 3}, std::move(name), std::move(what)});
  return node;
}

spec::Node with_rules(std::vector<spec::FirewallRule> rules,
                      spec::RuleAction policy = spec::RuleAction::drop) {
  spec::Node node = router();
  node.firewall.emplace();
  node.firewall->forward = at(policy, 20);
  node.firewall->rules = std::move(rules);
  return node;
}

Ruleset compiled(const spec::Node& node) {
  Problems problems;
  Ruleset rules = rules_from_spec(node, problems);
  for (const Problem& problem : problems) ADD_FAILURE() << problem.message;
  return rules;
}

std::vector<std::string> complaints(const spec::Node& node) {
  Problems problems;
  rules_from_spec(node, problems);
  std::vector<std::string> messages;
  for (const Problem& problem : problems) messages.push_back(problem.message);
  return messages;
}

TEST(NativeRules, OfANodeWithoutAnyAreEmpty) {
  EXPECT_TRUE(compiled(router()).tables.empty());
  Bench bench(compiled(router()));
  EXPECT_FALSE(bench.filter().tracking());
}

TEST(NativeRules, ZonesStandForTheirInterfaces) {
  spec::FirewallRule out = forward_rule();
  out.name = "outbound";
  out.from = {at(std::string("inside")), at(std::string("dmz"))};
  out.to = {at(std::string("outside"))};
  spec::FirewallRule replies = forward_rule();
  replies.states = spec::kStateEstablished | spec::kStateRelated;
  Bench bench(compiled(with_rules({replies, out})));
  play(bench, {inside(udp(kC, 1, kS, 2), "out0 udp 10.0.0.2:1 → 203.0.113.10:2 NEW"),
               outside(udp(kS, 2, kC, 1), "in0 udp 203.0.113.10:2 → 10.0.0.2:1 ESTABLISHED"),
               outside(udp(kS, 3, kC, 1), "dropped policy FORWARD"),
               inside(udp(kC, 1, Ipv4Address::of(172, 16, 5, 10), 2), "dropped policy FORWARD"),
               dmz(udp(Ipv4Address::of(172, 16, 5, 10), 1, kS, 2),
                   "out0 udp 172.16.5.10:1 → 203.0.113.10:2 NEW")});
}

TEST(NativeRules, ListsMultiplyOut) {
  spec::FirewallRule rule = forward_rule();
  rule.name = "web";
  rule.source = {at(*Prefix::parse("10.0.0.2")), at(*Prefix::parse("10.0.0.3"))};
  rule.destination = {at(*Prefix::parse("203.0.113.10")), at(*Prefix::parse("203.0.113.11"))};
  rule.protocol = Protocol::tcp;
  rule.destination_ports = {{80, 80}, {8000, 8010}};
  Bench bench(compiled(with_rules({rule})));
  const auto passes = [&](Ipv4Address from, Ipv4Address to, std::uint16_t port) {
    return bench.arrive(kIn0, tcp(from, 1, to, port, {"S"})).starts_with("out0");
  };
  EXPECT_TRUE(passes(kC, kS, 80));
  EXPECT_TRUE(passes(kC3, kS11, 8005));
  EXPECT_FALSE(passes(kC, kS12, 80));
  EXPECT_FALSE(passes(kG, kS, 80));
  EXPECT_FALSE(passes(kC, kS, 81));
  EXPECT_EQ(bench.hits("web"), 2u);
}

TEST(NativeRules, LabelsCarryNamesAndPlaces) {
  spec::FirewallRule named = forward_rule(), unnamed = forward_rule();
  named.name = "mine";
  named.place = {0, 31, 5};
  unnamed.place = {0, 32, 5};
  const Ruleset rules = compiled(with_rules({named, unnamed}));
  const Chain& chain = *rules.find(Table::filter)->find("FORWARD");
  EXPECT_EQ(chain.rules[0].label.name, "mine");
  EXPECT_EQ(chain.rules[0].label.place.line, 31u);
  EXPECT_EQ(chain.rules[1].label.name, "rule 2");
  EXPECT_EQ(chain.policy_label.name, "policy");
  EXPECT_EQ(chain.policy_label.place.line, 20u);
}

TEST(NativeRules, RejectsByRuleAndByPolicy) {
  spec::FirewallRule reset = forward_rule(spec::RuleAction::reject);
  reset.protocol = Protocol::tcp;
  reset.reject_with = "tcp-reset";
  Bench bench(compiled(with_rules({reset}, spec::RuleAction::reject)));
  EXPECT_EQ(bench.arrive(kIn0, tcp(kC, 1, kS, 2, {"S"})), "rejected rule 1 tcp-reset");
  EXPECT_EQ(bench.arrive(kIn0, udp(kC, 1, kS, 2)), "rejected FORWARD icmp-port-unreachable");
}

TEST(NativeRules, MatchIcmpTypesAndMacs) {
  spec::FirewallRule echo = forward_rule();
  echo.icmp_type = 8;
  spec::FirewallRule mac = forward_rule();
  mac.mac = MacAddress::parse("02:00:00:00:00:07");
  mac.protocol = Protocol::udp;
  Bench bench(compiled(with_rules({echo, mac})));
  EXPECT_TRUE(bench.arrive(kIn0, ping(kC, kS, 1)).starts_with("out0"));
  EXPECT_TRUE(bench.arrive(kIn0, udp(kC, 1, kS, 2)).starts_with("out0"));
  EXPECT_EQ(bench.arrive(kIn0, pong(kC, kS, 1)), "dropped policy FORWARD");
}

TEST(NativeRules, LogBeforeTheyDecide) {
  spec::FirewallRule rule = forward_rule(spec::RuleAction::drop);
  rule.name = "secret";
  rule.log = true;
  struct Collector final : LogSink {
    std::string lines;
    void on_log(const RuleLabel&, std::string_view line, Instant) override { lines += line; }
  } log;
  Bench bench(compiled(with_rules({rule})));
  bench.filter().set_log_sink(&log);
  EXPECT_EQ(bench.arrive(kIn0, udp(kC, 1, kS, 2)), "dropped rule secret");
  EXPECT_TRUE(log.lines.starts_with("secret: IN=in0 OUT=out0 "));
}

TEST(NativeNat, Masquerade) {
  Bench bench(compiled(with_nat(spec::Masquerade{at(std::string("out0")), {}, false})));
  EXPECT_EQ(bench.arrive(kIn0, udp(kC, 1, kS, 2)), "out0 udp 203.0.113.1:1 → 203.0.113.10:2 NEW");
  Bench some(compiled(with_nat(
      spec::Masquerade{at(std::string("out0")), at(*Prefix::parse("10.0.0.3/32")), false})));
  EXPECT_EQ(some.arrive(kIn0, udp(kC, 1, kS, 2)), "out0 udp 10.0.0.2:1 → 203.0.113.10:2 NEW");
  Bench random(compiled(with_nat(spec::Masquerade{at(std::string("out0")), {}, true})));
  random.arrive(kIn0, udp(kC, 1, kS, 2));
  EXPECT_NE(random.last_source_port(), 1);
}

TEST(NativeNat, SnatAndDnat) {
  Bench out(compiled(with_nat(
      spec::SourceNat{at(std::string("out0")), {}, at(*IpAddress::parse("203.0.113.2"))})));
  EXPECT_EQ(out.arrive(kIn0, udp(kC, 1, kS, 2)), "out0 udp 203.0.113.2:1 → 203.0.113.10:2 NEW");
  spec::DestinationNat dnat;
  dnat.in = at(std::string("out0"));
  dnat.destination = at(*Prefix::parse("203.0.113.2"));
  dnat.protocol = Protocol::udp;
  dnat.ports = {{1000, 1999}};
  dnat.to = at(*IpAddress::parse("10.0.0.2"));
  dnat.to_port = 53;
  Bench in(compiled(with_nat(dnat)));
  const Ipv4Address second = Ipv4Address::of(203, 0, 113, 2);
  EXPECT_EQ(in.arrive(kOut0, udp(kS, 1, second, 1500)), "in0 udp 203.0.113.10:1 → 10.0.0.2:53 NEW");
  EXPECT_EQ(in.arrive(kOut0, udp(kS, 1, second, 2000)),
            "local udp 203.0.113.10:1 → 203.0.113.2:2000 NEW");
}

spec::PortForward port_forward(bool hairpin, spec::PortRange ports = {8080, 8080}) {
  return {at(std::string("out0")), Protocol::tcp, ports, at(*Endpoint::parse("10.0.0.3:80")),
          hairpin};
}

// NAT-S01, NAT-S03
TEST(NativeNat, APortForwardIsForTheOutsideOnly) {
  Bench bench(compiled(with_nat(port_forward(false), "web")));
  play(bench, {outside(tcp(kS, 9, kX, 8080, {"S"}), "in0 tcp 203.0.113.10:9 → 10.0.0.3:80 NEW"),
               outside(tcp(kS, 10, Ipv4Address::of(203, 0, 113, 2), 8080, {"S"}),
                       "in0 tcp 203.0.113.10:10 → 10.0.0.3:80 NEW"),
               // Through the router, not to it.
               outside(tcp(kS, 9, kC, 8080, {"S"}), "in0 tcp 203.0.113.10:9 → 10.0.0.2:8080 NEW"),
               inside(tcp(kC, 9, kX, 8080, {"S"}), "local tcp 10.0.0.2:9 → 203.0.113.1:8080 NEW")});
}

// NAT-S05, NAT-U10, NAT-C07
TEST(NativeNat, WithHairpinInsideHostsUseItToo) {
  Bench bench(compiled(with_nat(port_forward(true))));
  play(bench,
       {outside(tcp(kS, 9, kX, 8080, {"S"}), "in0 tcp 203.0.113.10:9 → 10.0.0.3:80 NEW"),
        inside(tcp(kC, 9, kX, 8080, {"S"}), "in0 tcp 10.0.0.1:9 → 10.0.0.3:80 NEW"),
        inside(tcp(kC3, 80, kG, 9, {"SA", 1, 1}),
               "in0 tcp 203.0.113.1:8080 → 10.0.0.2:9 ESTABLISHED"),
        // From another inside network no masquerade is needed: the answer comes by here anyhow.
        dmz(tcp(Ipv4Address::of(172, 16, 5, 10), 9, kX, 8080, {"S"}),
            "in0 tcp 172.16.5.10:9 → 10.0.0.3:80 NEW"),
        // Direct inside traffic is none of its business.
        inside(tcp(kC, 10, kC3, 80, {"S"}), "in0 tcp 10.0.0.2:10 → 10.0.0.3:80 NEW")});
}

TEST(NativeNat, APortForwardFollowsTheInterfacesAddress) {
  Bench bench(compiled(with_nat(port_forward(false))));
  bench.filter().set_addresses(kOut0, {*Prefix::parse("203.0.113.2/24")}, bench.now());
  EXPECT_EQ(bench.arrive(kOut0, tcp(kS, 9, kX, 8080, {"S"})),
            "local tcp 203.0.113.10:9 → 203.0.113.1:8080 NEW");
}

TEST(NativeNat, ARangeOfPortsKeepsItsOrder) {
  Bench bench(compiled(with_nat(port_forward(false, {8080, 8083}))));
  for (std::uint16_t i = 0; i < 4; ++i)
    EXPECT_EQ(bench.arrive(kOut0, tcp(kS, 9, kX, std::uint16_t(8080 + i), {"S"})),
              "in0 tcp 203.0.113.10:9 → 10.0.0.3:" + std::to_string(80 + i) + " NEW");
}

TEST(NativeNat, NamesStandInReasons) {
  const Ruleset named = compiled(with_nat(port_forward(true), "web"));
  for (const char* chain : {"PREROUTING", "POSTROUTING"})
    for (const Rule& rule : named.find(Table::nat)->find(chain)->rules) {
      EXPECT_EQ(rule.label.name, "web");
      EXPECT_EQ(rule.label.place.line, 7u);
    }
  const Ruleset unnamed = compiled(with_nat(port_forward(false)));
  EXPECT_EQ(unnamed.find(Table::nat)->find("PREROUTING")->rules[0].label.name, "nat rule 1");
}

TEST(NativeRules, WrongOnesAreToldWithTheirPlace) {
  using Messages = std::vector<std::string>;
  spec::FirewallRule zone = forward_rule();
  zone.from = {at(std::string("insde"), 33)};
  Problems problems;
  rules_from_spec(with_rules({zone}), problems);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].message, "no interface of router is in zone insde");
  EXPECT_EQ(problems[0].place.line, 33u);

  EXPECT_EQ(complaints(with_nat(spec::Masquerade{at(std::string("wan")), {}, false})),
            Messages{"router has no interface wan"});
  spec::FirewallRule ports = forward_rule();
  ports.destination_ports = {{80, 80}};
  EXPECT_EQ(complaints(with_rules({ports})), Messages{"ports need a protocol that has them"});
  spec::FirewallRule type = forward_rule();
  type.icmp_type = 8;
  type.protocol = Protocol::udp;
  EXPECT_EQ(complaints(with_rules({type})), Messages{"an ICMP type needs proto: icmp"});
  spec::FirewallRule reset = forward_rule(spec::RuleAction::reject);
  reset.reject_with = "tcp-reset";
  EXPECT_EQ(complaints(with_rules({reset})), Messages{"tcp-reset needs proto: tcp"});
  reset.reject_with = "politely";
  EXPECT_EQ(complaints(with_rules({reset})), Messages{"there is no way to reject called politely"});
  spec::FirewallRule output = forward_rule();
  output.chain = at(spec::Chain::output);
  output.from = {at(std::string("inside"))};
  EXPECT_EQ(complaints(with_rules({output})),
            Messages{"in the output chain packets come from no interface"});
  spec::PortForward icmp = port_forward(false);
  icmp.protocol = Protocol::icmp;
  EXPECT_EQ(complaints(with_nat(icmp)), Messages{"a port forward needs a protocol with ports"});
}

}  // namespace
}  // namespace natsim::test
