// Goal: NAT in sight of the network around it: two routers that translate behind one another, and a
// forwarded port whose host is not there.
#include <gtest/gtest.h>

#include "tests/node/border.h"

namespace natsim::lab {
namespace {

Ruleset translating(const char* chain, const char* out, Target target) {
  Ruleset rules;
  Rule rule;
  rule.label = {"nat", chain, "nat", {}};
  if (out != nullptr) rule.out.patterns = {out};
  rule.target = std::move(target);
  rules.table(Table::nat).chain(chain).rules.push_back(std::move(rule));
  return rules;
}

Rule forward_to(const char* address) {
  Rule rule;
  rule.label = {"nat", "PREROUTING", "forward", {}};
  rule.in.patterns = {"eth1"};
  rule.protocol.protocol = Protocol::udp;
  DnatTarget target;
  target.range.addresses = {ip(address), ip(address)};
  rule.target = target;
  return rule;
}

/// a 10.0.0.2 ── r1 ── 192.168.1.0/24 ── r2 ── z 203.0.113.10; both translate what leaves.
struct DoubleNat {
  explicit DoubleNat(Duration inner = 30_s, Duration outer = 30_s) {
    lab.route(r1, "0.0.0.0/0", "192.168.1.1", 1);
    lab.cable(a, r1);
    lab.cable(r1.port(IfIndex{1}), r2.port(IfIndex{0}));
    lab.cable(r2, z);
    NetfilterOptions options;
    options.timeouts.udp = inner;
    lab.filter(r1, translating("POSTROUTING", "eth1", MasqueradeTarget{}), options);
    options.timeouts.udp = outer;
    lab.filter(r2, translating("POSTROUTING", "eth1", MasqueradeTarget{}), options);
  }
  void ask(std::uint8_t ttl = 64) {
    a.sends(0_ms, udp({.src = "10.0.0.2:1000", .dst = "203.0.113.10:53", .ttl = ttl}));
    lab.run(500_ms);
  }
  /// z answers r2's port 1000.
  void answer() {
    z.sends(0_ms, udp({.src = "203.0.113.10:53", .dst = "203.0.113.1:1000"}));
    lab.run(500_ms);
  }
  Lab lab;
  FarEnd& a = lab.far("a", "10.0.0.2");
  IpNode& r1 = lab.router("r1", {"10.0.0.1/24", "192.168.1.2/24"});
  IpNode& r2 = lab.router("r2", {"192.168.1.1/24", "203.0.113.1/24"});
  FarEnd& z = lab.far("z", "203.0.113.10");
};

TEST(DoubleNat, NAT_T05_EachMappingEndsByItself) {
  for (const bool inner_first : {true, false}) {
    DoubleNat n(inner_first ? 10_s : 60_s, inner_first ? 60_s : 10_s);
    n.ask();
    EXPECT_FRAME(n.z.next(), ipv4(src("203.0.113.1")));
    n.lab.run(20_s);
    n.answer();
    EXPECT_SILENCE(n.a);
    // Who has forgotten it takes it for a packet to itself; the inner router's refusal is
    // translated by the outer one.
    EXPECT_FRAME(n.z.next(), icmp(3, 3), ipv4(src("203.0.113.1")));
    EXPECT_EQ(n.r1.stack().filter()->connection_count(n.lab.now()), inner_first ? 1u : 1u);
  }
}

TEST(DoubleNat, NAT_T05_TracerouteShowsBothRouters) {
  DoubleNat n;
  const char* const hops[] = {"10.0.0.1", "192.168.1.1"};
  for (std::uint8_t hop = 1; hop <= 2; ++hop) {
    n.ask(hop);
    EXPECT_FRAME(n.a.next(), icmp(11, 0, quotes(src("10.0.0.2"))), ipv4(src(hops[hop - 1])));
  }
}

TEST(DoubleNat, NAT_T05_InboundNeedsAForwardOnEach) {
  for (const bool inner_too : {false, true}) {
    DoubleNat n;
    Ruleset outer = n.r2.stack().filter()->ruleset();
    outer.table(Table::nat).chain("PREROUTING").rules = {forward_to("192.168.1.2")};
    n.lab.filter(n.r2, outer);
    Ruleset inner = n.r1.stack().filter()->ruleset();
    if (inner_too) inner.table(Table::nat).chain("PREROUTING").rules = {forward_to("10.0.0.2")};
    n.lab.filter(n.r1, inner);
    n.z.sends(0_ms, udp({.src = "203.0.113.10:7", .dst = "203.0.113.1:5000"}));
    n.lab.run(1_s);
    if (inner_too) {
      EXPECT_FRAME(n.a.next(), ipv4(src("203.0.113.10")), udp(dst_port(5000)));
    } else {
      EXPECT_SILENCE(n.a);
      EXPECT_FRAME(n.z.next(), icmp(3, 3), ipv4(src("203.0.113.1")));
    }
  }
}

TEST(PortForward, NAT_S07_OfAHostThatIsNotThereIsUnreachable) {
  Border b;
  Ruleset rules;
  rules.table(Table::nat).chain("PREROUTING").rules = {forward_to("10.0.0.9")};
  b.lab.filter(b.r, rules);
  b.s.sends(0_ms, udp({.src = "203.0.113.10:7", .dst = "203.0.113.1:5000"}));
  b.lab.run(10_s);
  const Sighting answer = b.s.next();
  EXPECT_FRAME(answer, ipv4(src("203.0.113.1")), icmp(3, 1, quotes(dst("203.0.113.1"))));
  EXPECT_GE(answer.when, Instant() + 3_s) << "after three questions by ARP";
  EXPECT_SILENCE(b.s);
}

}  // namespace
}  // namespace natsim::lab
