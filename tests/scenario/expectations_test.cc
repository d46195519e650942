// What became of a probe is judged by the probe's own way, and by the answer's where there has to
// be one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "tests/scenario/simulation.h"

namespace natsim::scenario {
namespace {

using testing::ElementsAre;

struct Between {
  const char* delay = "50us";                                       ///< of each LAN
  const char* policy = "accept";                                    ///< of what the router forwards
  const char* rules = "[]";                                         ///< of the router
  const char* way_back = "routes: [{to: default, via: 10.2.0.1}]";  ///< bob's
};

/// A client, a router with a firewall, a server; and what `expectation` came to.
std::vector<std::string> found(const Between& between, const std::string& expectation) {
  const std::string text =
      fmt::format(R"(
name: between
networks: {{red: {{delay: {0}}}, blue: {{delay: {0}}}}}
nodes:
  alice:
    type: host
    interfaces: {{eth0: {{network: red, addresses: [10.1.0.10/24]}}}}
    routes: [{{to: default, via: 10.1.0.1}}]
  router:
    type: router
    interfaces:
      red: {{network: red, addresses: [10.1.0.1/24], zone: red}}
      blue: {{network: blue, addresses: [10.2.0.1/24], zone: blue}}
    firewall:
      policy: {{forward: {1}}}
      rules: {2}
  bob:
    type: host
    interfaces: {{eth0: {{network: blue, addresses: [10.2.0.10/24]}}}}
    {3}
    listen: [{{proto: tcp, port: 22}}, {{proto: udp, port: 7, app: echo}}]
expect:
  - {4}
)",
                  between.delay, between.policy, between.rules, between.way_back, expectation);
  Simulation run("between", text);
  if (!run.built()) return {run.problems()};
  run.run();
  return run.found();
}

const char* const kPing = "{from: alice, to: bob, proto: icmp, result: delivered}";
const char* const kTcp = "{from: alice, to: \"bob:22\", proto: tcp, result: delivered}";
const char* const kUdp = "{from: alice, to: \"bob:7\", proto: udp, result: delivered}";
const char* const kNoReplies = "[{name: out, chain: forward, from: red, action: accept}]";

TEST(Fate, ProbesArriveWhereNothingIsInTheirWay) {
  for (const char* probe : {kPing, kTcp, kUdp})
    EXPECT_THAT(found({}, probe), ElementsAre("delivered at bob")) << probe;
}

TEST(Fate, PingAndTcpNeedTheirAnswer) {
  const Between replies_dropped = {.policy = "drop", .rules = kNoReplies};
  for (const char* probe : {kPing, kTcp})
    EXPECT_THAT(found(replies_dropped, probe),
                ElementsAre("dropped at router by policy (the answer, on its way back)"))
        << probe;
}

// Whatever becomes of an answer, and however soon.
TEST(Fate, DatagramNeedsNone) {
  for (const char* delay : {"1us", "50us", "20ms"})
    EXPECT_THAT(found({.delay = delay, .policy = "drop", .rules = kNoReplies}, kUdp),
                ElementsAre("delivered at bob"))
        << delay;
}

// A program sends from the port on which it listens, and twice from the same one.
TEST(Fate, DatagramMayComeFromAPortThatIsTaken) {
  EXPECT_THAT(found({},
                    "{from: bob, to: \"alice:9\", proto: udp, sport: 7, result: rejected}\n"
                    "  - {from: alice, to: \"bob:7\", proto: udp, sport: 5, result: lost}\n"
                    "  - {from: alice, to: \"bob:9\", proto: udp, sport: 5, result: lost}"),
              ElementsAre("rejected at alice: nothing listens on this port", "delivered at bob",
                          "rejected at bob: nothing listens on this port"));
}

// As with Linux, where a provider's gateway is in nobody's subnet: a route makes it a neighbour.
TEST(Fate, GatewayMayBeANeighbourByAnotherRoute) {
  Between between;
  between.way_back = "routes: [{to: default, via: 10.1.0.1}, {to: 10.1.0.1/32, interface: eth0}]";
  EXPECT_THAT(found(between, kPing), ElementsAre("delivered at bob"));
}

TEST(Fate, AnswerThatFindsNoWayOutEndsWhereItWasMade) {
  for (const char* probe : {kPing, kTcp})
    EXPECT_THAT(found({.way_back = ""}, probe),
                ElementsAre("no_route at bob: no route to the destination (the answer, on its way "
                            "back)"))
        << probe;
  EXPECT_THAT(found({.way_back = ""}, kUdp), ElementsAre("delivered at bob"));
}

TEST(Timed, ProbeWaitsThoughNothingHappensUntilThen) {
  Simulation run("pair",
                 "name: pair\n"
                 "networks: {lan: {}}\n"
                 "nodes:\n"
                 "  a: {type: host, interfaces: {eth0: {network: lan, addresses: [10.0.0.1/24]}}}\n"
                 "  b: {type: host, interfaces: {eth0: {network: lan, addresses: [10.0.0.2/24]}}}\n"
                 "expect:\n"
                 "  - {from: a, to: b, result: delivered, at: 30s}\n");
  ASSERT_TRUE(run.built()) << run.problems();
  run.run();
  EXPECT_THAT(run.found(), ElementsAre("delivered at b"));
  EXPECT_EQ(run.record().frames().front().when, Instant() + Duration::seconds(30));
}

}  // namespace
}  // namespace natsim::scenario
