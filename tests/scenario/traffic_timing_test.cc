// Goal: traffic begins when its item says: at a rate, in bursts, at random and not after its end;
// and random times depend on the seed and the item alone, whatever else the file holds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include <fmt/format.h>

#include "tests/scenario/simulation.h"

namespace natsim::scenario {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kHead = R"(
name: timing
networks: {lan: {delay: 1us}}
nodes:
  a: {type: host, interfaces: {eth0: {network: lan, addresses: [10.0.0.1/24]}}}
  b:
    type: host
    interfaces: {eth0: {network: lan, addresses: [10.0.0.2/24]}}
    listen:
      - {proto: udp, port: 9, app: discard}
      - {proto: tcp, port: 7, app: echo}
      - {proto: tcp, port: 80, app: http}
      - {proto: udp, port: 123, app: ntp}
traffic:
)";

struct Ran {
  std::vector<std::int64_t> sent_ms;  ///< UDP datagrams to port 9 that b received, since 1 s
  std::vector<std::string> summaries;
};

Ran run(const std::string& items, std::uint64_t seed = 1) {
  Simulation simulation("timing", kHead + items, seed);
  EXPECT_EQ(simulation.problems(), "");
  Ran ran;
  if (!simulation.built()) return ran;
  simulation.run();
  for (const SeenFrame& frame : simulation.record().frames())
    if (frame.node.value == 1 && frame.direction == Direction::received &&
        frame.bytes.size() > 42 && frame.bytes[23] == 17 && load_be16(&frame.bytes[36]) == 9)
      ran.sent_ms.push_back((frame.when.ns() - 1'000'000'000) / 1'000'000);
  for (const TrafficResult& result : simulation.scenario().traffic())
    ran.summaries.push_back(result.summary);
  EXPECT_THAT(simulation.unfinished(), IsEmpty());
  return ran;
}

TEST(TrafficTiming, ARateIsThatOfThePayload) {
  const Ran ran = run("  - {at: 1s, from: a, udp: \"b:9\", rate: 1Mbit/s, size: 1000, for: 1s}\n");
  EXPECT_EQ(ran.sent_ms.size(), 125u);
  EXPECT_EQ(ran.sent_ms.back(), 992);
  EXPECT_THAT(ran.summaries.at(0), HasSubstr("125 sent"));
}

TEST(TrafficTiming, BurstsAndSilence) {
  const Ran ran =
      run("  - {at: 1s, from: a, udp: \"b:9\", text: x, interval: 10ms, on: 20ms, off: 100ms, "
          "until: 1250ms}\n");
  EXPECT_THAT(ran.sent_ms, testing::ElementsAre(0, 10, 120, 130, 240));
}

TEST(TrafficTiming, RandomTimesAreTheItemsOwn) {
  const std::string item =
      "  - {at: 1s, from: a, udp: \"b:9\", text: x, interval: exponential 10ms, for: 1s}\n";
  const Ran ran = run(item);
  EXPECT_NEAR(double(ran.sent_ms.size()), 100, 40);
  EXPECT_EQ(run(item).sent_ms, ran.sent_ms);
  EXPECT_NE(run(item, 2).sent_ms, ran.sent_ms);
  const Ran with_more =
      run("  - {at: 500ms, from: a, ping: b, interval: exponential 10ms, for: 1s}\n" + item +
          "  - {at: 1s, from: b, ping: a, count: 20, interval: 7ms}\n");
  EXPECT_EQ(with_more.sent_ms, ran.sent_ms) << "others do not move it";
  std::vector<std::int64_t> doubled;
  for (const std::int64_t time : ran.sent_ms) doubled.insert(doubled.end(), 2, time);
  EXPECT_NE(run(item + item).sent_ms, doubled) << "two items are two streams";
}

TEST(TrafficTiming, EveryKindTakesIt) {
  const char* const kinds[] = {"from: a, ping: b",
                               "from: a, tcp: \"b:7\"",
                               "from: a, tcp: \"b:7\", send: hello",
                               "from: a, http: \"GET http://b/\"",
                               "from: a, ntp: b",
                               "from: a, syslog: b, text: x",
                               "from: \"a:eth0\", frame: \"ffffffffffff 020000000001 88b5 00\""};
  std::string items;
  for (const char* const kind : kinds)
    items += fmt::format("  - {{at: 1s, {}, interval: exponential 20ms, for: 200ms}}\n", kind);
  const Ran ran = run(items);
  ASSERT_EQ(ran.summaries.size(), 7u);
  for (const std::string& summary : ran.summaries) {
    const int count = std::atoi(summary.c_str());
    EXPECT_GE(count, 2) << summary;
    EXPECT_LE(count, 40) << summary;
  }
  EXPECT_THAT(ran.summaries[3], HasSubstr("went well; 200 OK"));
  EXPECT_THAT(ran.summaries[5], HasSubstr("port unreachable")) << "nobody collects there";
}

TEST(TrafficTiming, WhatIsSaidOverTcpComesBack) {
  const Ran ran = run(R"(
  - {at: 1s, from: a, tcp: "b:7", send: hello}
  - {at: 1s, from: a, tcp: "b:7", size: 60000}
  - {at: 1s, from: a, tcp: "b:8", send: hello}
)");
  EXPECT_EQ(ran.summaries.at(0), "5 bytes sent, 5 came back: \"hello\"");
  EXPECT_EQ(ran.summaries.at(1), "60000 bytes sent, 60000 came back");
  EXPECT_THAT(ran.summaries.at(2), HasSubstr("refused"));
}

}  // namespace
}  // namespace natsim::scenario
