// vlan-office: three VLANs on two switches and a router on a stick, told by its captures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/simulation.h"
#include "tests/scenario/story.h"
#include "tests/scenario/topologies.h"

namespace natsim::scenario {
namespace {

using namespace natsim::lab;  // NOLINT: its words are made to be read like this
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

const char* const kName = "vlan-office";
const std::vector<std::string> kAccessPorts = {"pc1-eth0",     "pc2-eth0", "pc3-eth0", "pc4-eth0",
                                               "printer-eth0", "sw1-p1",   "sw1-p2",   "sw2-p1",
                                               "sw2-p2",       "sw2-p3"};
const std::vector<std::string> kTrunks = {"sw1-up", "sw2-up", "sw1-router", "router-eth0"};

TEST(VlanOffice, EveryPortIsAnAccessPortOrATrunk) {
  std::vector<std::string> known = kAccessPorts;
  known.insert(known.end(), kTrunks.begin(), kTrunks.end());
  EXPECT_THAT(story_of(kName).captures(), testing::UnorderedElementsAreArray(known));
}

// VLAN-02
TEST(VlanOffice, NoFrameOnAnAccessPortBearsATag) {
  for (const std::string& port : kAccessPorts) {
    EXPECT_THAT(tagged_frames(story_of(kName), port), IsEmpty());
    EXPECT_THAT(story_of(kName).at(port), Not(IsEmpty())) << port;
  }
}

// VLAN-03
TEST(VlanOffice, EveryFrameOnATrunkBearsTheTagOfAVlan) {
  const Story& story = story_of(kName);
  for (const std::string& trunk : kTrunks) {
    EXPECT_THAT(untagged_frames(story, trunk), IsEmpty());
    const std::size_t tagged_frames = story.count(trunk, tagged(VlanTag{.id = 10})) +
                                      story.count(trunk, tagged(VlanTag{.id = 20})) +
                                      story.count(trunk, tagged(VlanTag{.id = 30}));
    EXPECT_EQ(tagged_frames, story.at(trunk).size()) << trunk;
    EXPECT_GE(story.count(trunk, tagged(10)), 5u) << trunk;
    EXPECT_GE(story.count(trunk, tagged(20)), 4u) << trunk;
    EXPECT_GE(story.count(trunk, tagged(30)), 5u) << trunk;
  }
}

// VLAN-03: the tag is all that is added, where the frame is long enough to need no padding.
TEST(VlanOffice, TagMakesTheFrameFourOctetsLonger) {
  const Story& story = story_of(kName);
  const Check request = all({icmp(8, 0), src("10.0.10.11"), dst("10.0.10.13")});
  const Sightings before = story.seen("sw1-p1", {request});
  const Sightings on_trunk = story.seen("sw1-up", {request});
  const Sightings after = story.seen("sw2-p1", {request});
  ASSERT_EQ(before.size(), 2u);  // the traffic's and the expectation's
  ASSERT_EQ(on_trunk.size(), before.size());
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    const Bytes& untagged_frame = before[i].bytes;
    Bytes expected(untagged_frame.begin(), untagged_frame.begin() + 12);
    expected.insert(expected.end(), {0x81, 0x00, 0x00, 10});
    expected.insert(expected.end(), untagged_frame.begin() + 12, untagged_frame.end());
    EXPECT_EQ(on_trunk[i].bytes, expected);
    EXPECT_EQ(after[i].bytes, untagged_frame);
  }
}

// The controls: a trunk that sends a VLAN untagged, and an end device that tags.
TEST(VlanOffice, NativeVlanIsFoundUntaggedOnTheTrunk) {
  const std::string text = topology_text(kName);
  const std::string sw1 = edited(text, "      up: {trunk: [10, 20, 30]}\n      router:",
                                 "      up: {trunk: [20, 30], native: 10}\n      router:");
  const Story story(kName, edited(sw1, "      up: {trunk: [10, 20, 30]}\n  router:",
                                  "      up: {trunk: [20, 30], native: 10}\n  router:"));
  EXPECT_EQ(story.finished().status, 0) << "both ends agree: everything works as before";
  EXPECT_THAT(untagged_frames(story, "sw1-up"), Not(IsEmpty()));
  EXPECT_THAT(untagged_frames(story, "sw1-router"), IsEmpty());
}

TEST(VlanOffice, TrunkToAnEndDeviceIsFoundTagged) {
  const Story story(
      kName, edited(topology_text(kName), "      p3: {access: 30}", "      p3: {trunk: [30]}"));
  EXPECT_THAT(tagged_frames(story, "printer-eth0"), Not(IsEmpty()));
  EXPECT_EQ(story.finished().status, 1) << "the printer knows nothing of tags";
}

// --- who meets whom -----------------------------------------------------------------------------

std::size_t between(const Story& story, const std::string& cable, MacAddress a, MacAddress b) {
  return story.count(cable, from(a), to(b)) + story.count(cable, from(b), to(a));
}

TEST(VlanOffice, Pc1AndPc3MeetWithoutTheRouter) {
  const Story& story = story_of(kName);
  const MacAddress pc1 = mac_of(story, "pc1-eth0", "10.0.10.11");
  const MacAddress pc3 = mac_of(story, "pc3-eth0", "10.0.10.13");
  EXPECT_EQ(between(story, "router-eth0", pc1, pc3), 0u);
  EXPECT_GE(between(story, "sw1-up", pc1, pc3), 5u) << "two pings and an ARP reply";
  EXPECT_EQ(story.count("router-eth0", icmp(8, 0), src("10.0.10.11"), dst("10.0.10.13")), 0u);
  EXPECT_EQ(story.count("pc3-eth0", icmp(8, 0), src("10.0.10.11"), from(pc1), ttl(64)), 2u);
}

// The control: switches that forget at once flood, and then the router sees it all.
TEST(VlanOffice, ForgetfulSwitchesShowTheRouterWhatItIsNotToSee) {
  const Story story(kName, edited(topology_text(kName), "  sw1:\n    type: switch\n",
                                  "  sw1:\n    type: switch\n    ageing: 1ns\n"));
  const MacAddress pc1 = mac_of(story, "pc1-eth0", "10.0.10.11");
  const MacAddress pc3 = mac_of(story, "pc3-eth0", "10.0.10.13");
  EXPECT_GE(between(story, "router-eth0", pc1, pc3), 4u);
}

// VLAN-19
TEST(VlanOffice, Pc1AndThePrinterMeetOnlyThroughTheRouter) {
  const Story& story = story_of(kName);
  const MacAddress pc1 = mac_of(story, "pc1-eth0", "10.0.10.11");
  const MacAddress printer = mac_of(story, "printer-eth0", "10.0.30.9");
  const MacAddress router = mac_of(story, "router-eth0", "10.0.10.1");
  for (const std::string& cable : story.captures())
    EXPECT_EQ(between(story, cable, pc1, printer), 0u) << cable;

  const auto print = [](std::uint16_t vlan, std::uint8_t left) {
    return all({tcp(flags(kTcpSyn)), src("10.0.10.11"), dst("10.0.30.9"), dst_port(9100),
                tagged(vlan), ttl(left), valid_checksums()});
  };
  EXPECT_EQ(story.count("router-eth0", print(10, 64), from(pc1), to(router)), 2u);
  EXPECT_EQ(story.count("router-eth0", print(30, 63), from(router), to(printer)), 2u);
  EXPECT_THAT(handshakes(story, "pc1-eth0"), ElementsAre("10.0.10.11 > 10.0.30.9:9100"));
  EXPECT_THAT(handshakes(story, "printer-eth0"), ElementsAre("10.0.10.11 > 10.0.30.9:9100"));
}

TEST(VlanOffice, GuestsAreToldThatTheyMayNotSpy) {
  const Story& story = story_of(kName);
  EXPECT_EQ(story.count("pc2-eth0", icmp(3, 3, quotes(dst("10.0.10.13"))), src("10.0.20.1")), 2u);
  EXPECT_EQ(story.count("sw2-p1", about("10.0.20.12")), 0u) << "nothing of it came to pc3";
  EXPECT_EQ(story.count("printer-eth0", about("10.0.20.12")), 0u);
}

// VLAN-10: not even their broadcasts.
TEST(VlanOffice, BroadcastsStayInTheirVlan) {
  const Story& story = story_of(kName);
  const auto asks = [](const char* who) { return arp(ArpOperation::request, sender(who)); };
  EXPECT_GE(story.count("pc1-eth0", asks("10.0.10.11")), 2u);
  EXPECT_GE(story.count("pc3-eth0", asks("10.0.10.11")), 2u);
  for (const char* elsewhere : {"pc2-eth0", "pc4-eth0", "printer-eth0"})
    EXPECT_EQ(story.count(elsewhere, asks("10.0.10.11")), 0u) << elsewhere;
}

// The controls: what the file promises does not hold in a network that is wired otherwise.
TEST(VlanOffice, PortInAnotherVlanBreaksThePromise) {
  Simulation run(kName, edited(topology_text(kName),
                               "      p1: {access: 10}\n      p2: {access: "
                               "20}\n      p3",
                               "      p1: {access: 20}\n      p2: {access: 20}\n      p3"));
  ASSERT_TRUE(run.built()) << run.problems();
  run.run();
  EXPECT_THAT(run.unmet(), Not(IsEmpty()));
  EXPECT_THAT(run.unmet().front(), testing::StartsWith("pc1 → pc3 icmp: expected delivered"));
}

TEST(VlanOffice, RuleThatLetsGuestsPrintBreaksThePromise) {
  Simulation run(kName, edited(topology_text(kName), "from: staff, to: devices, proto",
                               "from: [staff, guests], to: devices, proto"));
  ASSERT_TRUE(run.built()) << run.problems();
  run.run();
  EXPECT_THAT(run.unmet(), ElementsAre("pc2 → printer:9100 tcp: expected dropped at router by "
                                       "policy, found delivered at printer"));
}

TEST(VlanOffice, ChecksumsAreRightEverywhere) {
  const Story& story = story_of(kName);
  for (const std::string& cable : story.captures())
    EXPECT_THAT(bad_checksums(story, cable), IsEmpty());
}

}  // namespace
}  // namespace natsim::scenario
