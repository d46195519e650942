// two-lans-router: routing without rules, told by its captures.
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

const char* const kName = "two-lans-router";

TEST(TwoLans, RouterChangesMacAddressesAndTtlAndNothingElse) {
  const Story& story = story_of(kName);
  const MacAddress alice = mac_of(story, "alice-eth0", "10.1.0.10");
  const MacAddress bob = mac_of(story, "bob-eth0", "10.2.0.10");
  const MacAddress red = mac_of(story, "router-red", "10.1.0.1");
  const MacAddress blue = mac_of(story, "router-blue", "10.2.0.1");
  const Check request = all({icmp(8, 0), src("10.1.0.10"), dst("10.2.0.10"), valid_checksums()});
  const Sightings came = story.seen("router-red", {request, from(alice), to(red), ttl(64)});
  const Sightings left = story.seen("router-blue", {request, from(blue), to(bob), ttl(63)});
  ASSERT_EQ(came.size(), 2u);
  ASSERT_EQ(left.size(), came.size());
  for (std::size_t i = 0; i < came.size(); ++i) {
    Bytes expected = came[i].bytes, found = left[i].bytes;
    for (const std::size_t changed : {22, 24, 25})  // TTL and header checksum
      expected[changed] = found[changed];
    EXPECT_EQ(Bytes(expected.begin() + 12, expected.end()), Bytes(found.begin() + 12, found.end()));
  }
}

TEST(TwoLans, NeighboursNeedNoRouter) {
  const Story& story = story_of(kName);
  const Check request = all({icmp(8, 0), src("10.1.0.10"), dst("10.1.0.11"), ttl(64)});
  EXPECT_EQ(story.count("anna-eth0", request), 1u);
  EXPECT_EQ(story.count("router-red", request), 0u) << "the LAN had learned where anna is";
  EXPECT_EQ(story.count("router-blue", request), 0u);
}

TEST(TwoLans, MacAddressesDoNotCrossTheRouter) {
  const Story& story = story_of(kName);
  const MacAddress alice = mac_of(story, "alice-eth0", "10.1.0.10");
  const MacAddress bob = mac_of(story, "bob-eth0", "10.2.0.10");
  EXPECT_EQ(story.count("bob-eth0", from(alice)), 0u);
  EXPECT_EQ(story.count("alice-eth0", from(bob)), 0u);
  EXPECT_GE(story.count("alice-eth0", from(alice)), 10u);
  EXPECT_EQ(story.count("router-blue", arp(ArpOperation::request, sender("10.1.0.10"))), 0u);
}

TEST(TwoLans, ClosedPortsAreAnsweredByTheirOwner) {
  const Story& story = story_of(kName);
  EXPECT_THAT(handshakes(story, "alice-eth0"), ElementsAre("10.1.0.10 > 10.2.0.10:22"));
  EXPECT_EQ(story.count("alice-eth0", tcp(flags(TcpFlags(kTcpRst | kTcpAck))), src("10.2.0.10"),
                        src_port(23)),
            1u);
  EXPECT_EQ(story.count("alice-eth0", icmp(3, 3, quotes(dst("10.2.0.10"))), src("10.2.0.10")), 1u);
}

TEST(TwoLans, RouterSaysThatThereIsNoWay) {
  const Story& story = story_of(kName);
  const auto refusal = [](std::uint8_t code, const char* about) {
    return all({icmp(3, code, quotes(src("10.1.0.10"), dst(about))), src("10.1.0.1"),
                dst("10.1.0.10"), valid_checksums()});
  };
  EXPECT_EQ(story.count("alice-eth0", refusal(0, "10.3.0.1")), 1u);
  EXPECT_EQ(story.count("alice-eth0", refusal(1, "10.2.0.77")), 1u);
  // ARP-10, ARP-11: three requests, a second apart, before the router gives up.
  const Sightings asked =
      story.seen("router-blue", {arp(ArpOperation::request, target("10.2.0.77"))});
  ASSERT_EQ(asked.size(), 3u);
  EXPECT_EQ(asked[1].when - asked[0].when, Duration::seconds(1));
  EXPECT_EQ(asked[2].when - asked[1].when, Duration::seconds(1));
}

// The control: without bob's route nothing comes back.
TEST(TwoLans, NoWayBackIsNoDelivery) {
  Simulation run(kName, without_line(topology_text(kName), "{to: default, via: 10.2.0.1}"));
  ASSERT_TRUE(run.built()) << run.problems();
  run.run();
  EXPECT_THAT(run.unmet(), ElementsAre("alice → bob:22 tcp: expected delivered, found no_route at "
                                       "bob: no route to the destination (the answer, on its way "
                                       "back)"));
}

TEST(TwoLans, ChecksumsAreRightEverywhere) {
  const Story& story = story_of(kName);
  for (const std::string& cable : story.captures())
    EXPECT_THAT(bad_checksums(story, cable), IsEmpty());
}

}  // namespace
}  // namespace natsim::scenario
