// Goal: traceroutes and port scans find what is there, through routers, NAT and firewalls, and what
// they find can be expected.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "src/report/probing_text.h"
#include "tests/scenario/program.h"
#include "tests/scenario/simulation.h"

namespace natsim::scenario {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A client behind NAT, two routers, a server. `rules` are the second router's.
std::string behind_nat(const std::string& rules, const std::string& rest) {
  return fmt::format(R"(
name: behind-nat
networks: {{home: {{delay: 1ms}}, core: {{delay: 5ms}}, far: {{delay: 10ms}}}}
nodes:
  client:
    type: host
    interfaces: {{eth0: {{network: home, addresses: [192.168.1.10/24]}}}}
    routes: [{{to: default, via: 192.168.1.1}}]
  router:
    type: router
    interfaces:
      lan: {{network: home, addresses: [192.168.1.1/24]}}
      wan: {{network: core, addresses: [203.0.113.2/24]}}
    routes: [{{to: default, via: 203.0.113.1}}]
    nat: [{{masquerade: {{out: wan}}}}]
  isp:
    type: router
    interfaces:
      down: {{network: core, addresses: [203.0.113.1/24]}}
      up: {{network: far, addresses: [198.51.100.1/24]}}
    firewall: {{rules: {}}}
  web:
    type: host
    interfaces: {{eth0: {{network: far, addresses: [198.51.100.80/24]}}}}
    routes: [{{to: default, via: 198.51.100.1}}]
    listen: [{{proto: tcp, port: 80, app: http}}, {{proto: udp, port: 7, app: echo}}]
{})",
                     rules, rest);
}

std::vector<std::string> unmet(const std::string& rules, const std::string& rest) {
  Simulation run("behind-nat", behind_nat(rules, rest));
  if (!run.built()) return {run.problems()};
  run.run();
  return run.unmet();
}

std::string traced(const std::string& rules, const std::string& traceroute) {
  Simulation run(
      "behind-nat",
      behind_nat(rules, "traffic: [{at: 1s, from: client, traceroute: " + traceroute + "}]"));
  if (!run.built()) return run.problems();
  run.run();
  const auto& route = run.scenario().traffic().front().findings.route;
  return route ? traceroute_text(*route, {}) : run.scenario().traffic().front().summary;
}

// ICMP-13, through NAT: hop k's error comes back to the client that sent the probe.
TEST(Traceroutes, FindEveryHopByAllThreeMethods) {
  for (const char* by : {"udp", "icmp", "tcp"})
    EXPECT_THAT(unmet("[]", fmt::format("expect: [{{from: client, traceroute: {{to: web, by: {}}}, "
                                        "hops: [router, 203.0.113.1, web], reached: true}}]",
                                        by)),
                IsEmpty())
        << by;
}

// The shape of traceroute -n 2.1.2, the spaces included.
TEST(Traceroutes, LookLikeTheRealOne) {
  EXPECT_EQ(traced("[]", "{to: web, by: icmp, parallel: 1}"),
            "traceroute to 198.51.100.80 (198.51.100.80), 30 hops max, 60 byte packets\n"
            " 1  192.168.1.1  4.004 ms  2.002 ms  2.002 ms\n"
            " 2  203.0.113.1  22.007 ms  12.005 ms  12.005 ms\n"
            " 3  198.51.100.80  52.009 ms  32.007 ms  32.007 ms\n");
}

TEST(Traceroutes, SayWhyNobodyGetsThere) {
  EXPECT_THAT(traced("[]", "{to: 10.9.9.9, by: icmp, probes: 2}"), HasSubstr(" 2  203.0.113.1"));
  EXPECT_THAT(traced("[]", "{to: 10.9.9.9, by: icmp, probes: 2}"), HasSubstr(" ms !N"));
  EXPECT_THAT(traced("[]", "{to: 198.51.100.99, probes: 1}"), HasSubstr(" ms !H"));
  const char* const prohibited =
      "[{chain: forward, proto: udp, action: reject, reject_with: icmp-admin-prohibited}]";
  EXPECT_THAT(traced(prohibited, "{to: web, probes: 1}"), HasSubstr(" ms !X\n"));
}

// ICMP-14: a DROP in FORWARD hides what is behind the router, not the router.
TEST(Traceroutes, AForwardRuleDoesNotHideTheRouter) {
  EXPECT_THAT(unmet("[{chain: forward, proto: udp, action: drop}]",
                    "expect: [{from: client, traceroute: {to: web, max_hops: 4, timeout: 1s}, "
                    "hops: [router, isp, \"*\", \"*\"], reached: false}]"),
              IsEmpty());
  EXPECT_THAT(unmet("[{chain: output, proto: icmp, action: drop}]",
                    "expect: [{from: client, traceroute: {to: web}, hops: [router, \"*\", web]}]"),
              IsEmpty());
}

TEST(Traceroutes, AreJudgedByTheirHops) {
  EXPECT_THAT(unmet("[]", "expect: [{from: client, traceroute: web, hops: [isp, web]}]"),
              ElementsAre(HasSubstr("found router, isp, web; reached")));
  EXPECT_THAT(unmet("[]", "expect: [{from: client, traceroute: web, reached: false}]"),
              ElementsAre(HasSubstr("expected not reached")));
}

const char* const kRules =
    "[{chain: forward, proto: tcp, dport: 23, action: drop}, "
    "{chain: forward, proto: tcp, dport: 25, action: reject}, "
    "{chain: forward, proto: tcp, dport: 26, action: reject, reject_with: tcp-reset}, "
    "{chain: forward, proto: udp, dport: 53, action: drop}]";

TEST(Scans, TellOpenFromClosedFromFiltered) {
  EXPECT_THAT(unmet(kRules,
                    "expect:\n"
                    "  - {from: client, scan: {to: web, ports: [22-26, 80]}, open: 80,"
                    " closed: [22, 24, 26], filtered: [23, 25]}\n"
                    "  - {from: client, scan: {to: web, ports: [22-26, 80], by: connect}, open: 80,"
                    " closed: [22, 24-26], filtered: 23}\n"
                    "  - {from: client, scan: {to: web, ports: [7, 9, 53], by: udp}, open: 7,"
                    " closed: 9, open_filtered: 53}\n"),
              IsEmpty());
}

// ICMP-09: a host says "port unreachable" six times, then once a second. Who asks too fast takes
// closed ports for open ones.
TEST(Scans, OfDatagramsHaveToBeSlow) {
  const char* const format =
      "expect: [{{from: client, scan: {{to: web, ports: [1000-1019], by: udp, rate: {}}}, "
      "closed: 1000-1019, open_filtered: []}}]";
  EXPECT_THAT(unmet("[]", fmt::format(fmt::runtime(format), "100/s")),
              ElementsAre(HasSubstr("; open|filtered 13 ports")));
  EXPECT_THAT(unmet("[]", fmt::format(fmt::runtime(format), "1/s")), IsEmpty());
}

TEST(Scans, OfAllPortsAreDone) {
  for (const char* by : {"syn", "connect"})
    EXPECT_THAT(unmet("[]", fmt::format("expect: [{{from: client, scan: {{to: web, by: {}, "
                                        "ports: 1-65535, rate: unlimited}}, open: 80, "
                                        "closed: [1-79, 81-65535]}}]",
                                        by)),
                IsEmpty())
        << by;
}

TEST(Scans, FindNothingWhereNobodyIs) {
  EXPECT_THAT(unmet("[]",
                    "expect: [{from: client, scan: {to: 198.51.100.99, ports: [22, 80]}, "
                    "open: [], filtered: [22, 80]}]"),
              IsEmpty());
}

// Time is that of the program's result, not when somebody looked.
TEST(Expectations, MayHaveToBeMetInTime) {
  EXPECT_THAT(
      unmet("[]",
            "expect:\n"
            "  - {from: client, to: web, result: delivered, within: 65ms}\n"
            "  - {from: client, to: \"web:80\", proto: tcp, result: delivered, within: 33ms}\n"
            "  - {from: client, to: \"web:7\", proto: udp, result: delivered, within: 17ms}\n"
            "  - {from: client, http: \"GET http://web/\", status: 200, within: 65ms}\n"),
      IsEmpty());
  EXPECT_THAT(unmet("[]",
                    "expect:\n"
                    "  - {from: client, to: web, result: delivered, within: 31ms}\n"
                    "  - {from: client, http: \"GET http://web/\", within: 31ms}\n"),
              ElementsAre(HasSubstr("within 31 ms, found delivered at web in "),
                          HasSubstr("within 31 ms, found 200 OK, 46 bytes in ")));
}

TEST(Expectations, CountTheBytesOfAPage) {
  EXPECT_THAT(unmet("[]", "expect: [{from: client, http: \"GET http://web/\", bytes: 46}]"),
              IsEmpty());
  EXPECT_THAT(unmet("[]", "expect: [{from: client, http: \"GET http://web/\", bytes: 45}]"),
              ElementsAre(HasSubstr("expected 45 bytes, found 200 OK, 46 bytes")));
}

TEST(Names, NeedSomebodyToAsk) {
  const auto problems = [](const std::string& rest) {
    return Simulation("behind-nat", behind_nat("[]", rest)).problems();
  };
  const std::string nobody = "warning: client is to look up www.example.com, but has no nameserver";
  const std::string traffic =
      problems("traffic:\n  - {at: 1s, from: client, ping: www.example.com}");
  EXPECT_THAT(traffic, HasSubstr(nobody));
  EXPECT_THAT(traffic, HasSubstr("\n      |                                  ^~~~~~~~~~~~~~~\n"));
  for (const char* item :
       {"traffic: [{at: 1s, from: client, dns: www.example.com}]",
        "traffic: [{at: 1s, from: client, http: \"GET http://www.example.com/\"}]",
        "expect: [{from: client, http: \"GET http://www.example.com/\", status: 200}]",
        "expect: [{from: client, resolves: {www.example.com: 10.0.0.1}}]",
        "expect: [{from: client, to: \"www.example.com\", result: delivered}]"})
    EXPECT_THAT(problems(item), HasSubstr(nobody)) << item;
  EXPECT_EQ(problems("traffic: [{at: 1s, from: client, http: \"GET http://10.0.0.1/\"}]"), "");
}

// Refused and timed out are results like others.
TEST(Expectations, ProgramsMayFailAsExpected) {
  EXPECT_THAT(unmet("[{chain: forward, proto: tcp, dport: 81, action: drop}]",
                    "expect:\n"
                    "  - {from: client, http: \"GET http://web:82/\", error: refused}\n"
                    "  - {from: client, http: \"GET http://web:81/\", error: timed_out}\n"
                    "  - {from: client, tls: \"web:82\", error: refused}\n"
                    "  - {from: client, http: \"GET http://10.9.9.9/\", error: unreachable}\n"),
              IsEmpty());
}

}  // namespace
}  // namespace natsim::scenario
