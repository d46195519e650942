// A ring of switches without spanning tree: the storm ends, and is reported. ETH-21
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/link/switch.h"
#include "sim/observe/reason.h"
#include "tests/scenario/simulation.h"
#include "tests/scenario/story.h"
#include "tests/scenario/topologies.h"

namespace natsim::scenario {
namespace {

using namespace natsim::lab;  // NOLINT: its words are made to be read like this
using testing::HasSubstr;
using testing::Not;

/// The ring opened: the control of all tests here.
std::string without_loop() {
  return without_line(data_text("storm.yaml"), "[\"sw2:p3\", \"sw3:p2\"]");
}

Check pc1_asks() { return all({arp(ArpOperation::request, sender("10.0.0.1")), to_all()}); }

TEST(Storm, IsForeseen) {
  const Simulation ring("storm", data_text("storm.yaml")), line("storm", without_loop());
  EXPECT_TRUE(ring.built()) << "whoever wants to see one shall see it";
  EXPECT_THAT(ring.problems(), HasSubstr("warning"));
  EXPECT_THAT(ring.problems(), HasSubstr("form a loop without STP"));
  EXPECT_EQ(line.problems(), "");
}

TEST(Storm, RagesAndEnds) {
  const Story story("storm", data_text("storm.yaml"));
  const std::size_t copies = story.count("pc2-eth0", pc1_asks());
  EXPECT_GE(copies, 10u);
  EXPECT_LE(copies, 10u * Switch::kVisitsMax);
  EXPECT_GE(story.count("pc1-eth0", pc1_asks()), 5u) << "its own question comes back to it";
  EXPECT_EQ(story.finished().status, 0) << story.finished().err;
}

TEST(Storm, IsReported) {
  const Story story("storm", data_text("storm.yaml"));
  EXPECT_THAT(story.finished().out, HasSubstr(describe(Cause::storm)));
}

TEST(Storm, DoesNotComeWithoutALoop) {
  const Story story("storm", without_loop());
  EXPECT_EQ(story.count("pc2-eth0", pc1_asks()), 1u);
  EXPECT_EQ(story.count("pc1-eth0", pc1_asks()), 1u);
  EXPECT_THAT(story.finished().out, Not(HasSubstr(describe(Cause::storm))));
  EXPECT_THAT(story.finished().out, HasSubstr("1 sent, 1 received"));
}

/// Every broadcast of many is a storm of its own.
TEST(Storm, EndsHoweverOftenItBegins) {
  const std::string question = hex(arp_request({.sender = "10.0.0.1", .target = "10.0.0.77"})
                                       .bytes(mac("02:00:00:00:00:01"), MacAddress::broadcast()));
  const auto frames_of = [&](const std::string& count) {
    Simulation run("storm", up_to_key(data_text("storm.yaml"), "traffic") +
                                "traffic:\n  - {at: 1s, from: \"pc1:eth0\", count: " + count +
                                ", interval: 10us, frame: \"" + question + "\"}\n");
    EXPECT_TRUE(run.built()) << run.problems();
    run.run();
    return run.record().frames().size();
  };
  const std::size_t one = frames_of("1"), many = frames_of("100");
  EXPECT_GE(one, 50u);
  EXPECT_GE(many, 50 * one);
  EXPECT_LE(many, 100 * one);
}

}  // namespace
}  // namespace natsim::scenario
