// Goal: a switch takes frames where their stations are, as a transparent bridge of IEEE 802.1D
// does and as Linux's was measured to. Method: a far end at each port sends, the others listen.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/link/switch_bench.h"

namespace natsim::lab {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const MacAddress kStranger = mac("02:00:00:00:00:99");
const MacAddress kGroup = mac("01:00:5e:00:00:fb");

TEST(Switch, ETH_01_UnknownUnicastIsFlooded) {
  SwitchBench bench(4);
  const Frame frame = raw("anybody there?").to(kStranger);
  EXPECT_EQ(bench.reach_of(2, frame), "p1 p3 p4");
  EXPECT_FRAME(bench.p(1).next(), at(2_ms), from(bench.mac(2)), to(kStranger), carries(frame));
}

TEST(Switch, ETH_02_AFrameGoesWhereItsDestinationWasHeard) {
  SwitchBench bench(4);
  bench.introduce(3);
  EXPECT_EQ(bench.reach_of(1, raw().to(bench.mac(3))), "p3");
  // The answer taught it p1 too.
  EXPECT_EQ(bench.reach_of(3, raw().to(bench.mac(1))), "p1");
}

TEST(Switch, ETH_03_AFrameForItsOwnPortIsDiscarded) {
  SwitchBench bench(3);
  bench.reach_of(1, raw().from(kStranger).to_all());
  (void)bench.lab.drops();
  EXPECT_EQ(bench.reach_of(1, raw().to(kStranger)), "nobody");
  EXPECT_THAT(bench.lab.drops(), ElementsAre("sw: same_port"));
}

TEST(Switch, ETH_04_AStationThatMovesIsFollowedAtOnce) {
  SwitchBench bench(3);
  bench.introduce(1);
  bench.reach_of(2, raw().from(bench.mac(1)).to_all());
  EXPECT_EQ(bench.reach_of(3, raw().to(bench.mac(1))), "p2");
}

TEST(Switch, ETH_05_OnlySendingKeepsAnEntryAlive) {
  SwitchBench bench(3, 1500, 300_s);
  bench.introduce(1);  // at 0 s
  bench.lab.run(290_s);
  EXPECT_EQ(bench.reach_of(2, raw().to(bench.mac(1))), "p1") << "younger than 300 s";
  bench.lab.run(15_s);
  EXPECT_EQ(bench.reach_of(2, raw().to(bench.mac(1))), "p1 p3")
      << "being spoken to at 290 s does not count";
  bench.introduce(1);
  bench.lab.run(290_s);
  bench.introduce(1);
  bench.lab.run(290_s);
  EXPECT_EQ(bench.reach_of(2, raw().to(bench.mac(1))), "p1") << "it spoke 290 s ago";
}

TEST(Switch, ETH_05_TheDefaultAgeIs300Seconds) {
  EXPECT_EQ(Switch::kAgeingDefault, 300_s);
  SwitchBench bench(2);
  bench.introduce(1);
  bench.lab.run(299_s);
  EXPECT_EQ(bench.bridge.entries().size(), 1u);
  bench.lab.run(2_s);
  EXPECT_THAT(bench.bridge.entries(), IsEmpty());
}

TEST(Switch, ETH_06_APulledCableForgetsItsPort) {
  SwitchBench bench(4);
  bench.introduce(1);
  bench.introduce(2);
  bench.bridge.flush(IfIndex{0});
  EXPECT_EQ(bench.reach_of(3, raw().to(bench.mac(1))), "p1 p2 p4");
  EXPECT_EQ(bench.reach_of(3, raw().to(bench.mac(2))), "p2");
}

TEST(Switch, ETH_07_BroadcastAndMulticastAreFlooded) {
  SwitchBench bench(3);
  EXPECT_EQ(bench.reach_of(1, raw().to_all()), "p2 p3");
  EXPECT_EQ(bench.reach_of(1, raw().to(kGroup)), "p2 p3");
}

TEST(Switch, ETH_08_AGroupOrNobodyCannotBeASource) {
  SwitchBench bench(3);
  for (const MacAddress source : {kGroup, MacAddress::broadcast(), MacAddress()}) {
    EXPECT_EQ(bench.reach_of(1, raw().from(source).to_all()), "nobody") << source.to_string();
    EXPECT_THAT(bench.lab.drops(), ElementsAre("sw: group_source"));
  }
  EXPECT_THAT(bench.bridge.entries(), IsEmpty());
}

TEST(Switch, ETH_09_FramesForBridgesThemselvesStop) {
  SwitchBench bench(3);
  for (const char* group : {"01:80:c2:00:00:01", "01:80:c2:00:00:02", "01:80:c2:00:00:0f"}) {
    EXPECT_EQ(bench.reach_of(1, raw().to(mac(group))), "nobody") << group;
    EXPECT_THAT(bench.lab.drops(), ElementsAre("sw: reserved_group"));
  }
  EXPECT_EQ(bench.reach_of(1, raw().to(mac("01:80:c2:00:00:10"))), "p2 p3") << "the next block";
}

TEST(Switch, ETH_10_WithoutSpanningTreeItsGroupIsLikeAnyOther) {
  SwitchBench bench(3);
  EXPECT_EQ(bench.reach_of(1, raw().to(mac("01:80:c2:00:00:00"))), "p2 p3");
}

TEST(Switch, ETH_12_TypesBelow0600AreLengthsOrNonsense) {
  struct Row {
    std::uint16_t type_or_length;
    const char* reach;
  };
  const Row rows[] = {
      {5, "p2"},           // an 802.3 frame: five octets of LLC follow
      {1500, "p2"},        // the longest of them
      {1501, "nobody"},    // neither length …
      {0x05ff, "nobody"},  // … nor type
      {0x0600, "p2"},      // the first EtherType
      {0xffff, "p2"},
  };
  SwitchBench bench(2);
  for (const Row& row : rows)
    EXPECT_EQ(bench.reach_of(1, raw("hello", row.type_or_length).to_all()), row.reach)
        << row.type_or_length;
  EXPECT_THAT(bench.lab.drops(), ElementsAre("sw: malformed_frame", "sw: malformed_frame"));
}

TEST(Switch, ETH_17_APortWithASmallerMtuLosesItsCopyOnly) {
  Lab lab;
  Switch& bridge = lab.bridge("sw");
  FarEnd& a = lab.far("a");
  FarEnd& narrow = lab.far("narrow");
  FarEnd& wide = lab.far("wide");
  lab.cable({bridge, {}, 9000}, a);
  lab.cable({bridge, {}, 1400}, narrow);
  lab.cable({bridge, {}, 9000}, wide);
  const Frame frame(0x88b5, counting(1401));
  a.sends(0_ms, frame.to_all());
  lab.run(10_ms);
  EXPECT_FRAME(wide.next(), carries(frame));
  EXPECT_SILENCE(narrow);
  EXPECT_SILENCE(a);  // a bridge says nothing
  EXPECT_THAT(lab.drops(), ElementsAre("sw: frame_too_long"));

  narrow.sends(0_ms, raw().to_all());
  lab.run(10_ms);
  (void)a.next();
  a.sends(0_ms, frame.to(narrow.mac()));
  lab.run(10_ms);
  EXPECT_SILENCE(narrow);
  EXPECT_THAT(lab.drops(), ElementsAre("sw: frame_too_long")) << "to a known station";
}

TEST(Switch, ETH_18_1514OctetsPassAndNoMore) {
  SwitchBench bench(2, 1500);
  EXPECT_EQ(bench.reach_of(1, Frame(0x88b5, counting(1500)).to_all()), "p2");
  EXPECT_FRAME(bench.p(2).next(), frame_length(1514));
  EXPECT_EQ(bench.reach_of(1, Frame(0x88b5, counting(1501)).to_all()), "nobody");
  EXPECT_THAT(bench.lab.drops(), ElementsAre("sw: frame_too_long"));
}

TEST(Switch, ETH_19_AStaticEntryNeitherAgesNorMoves) {
  SwitchBench bench(3);
  bench.bridge.add_static(0, kStranger, IfIndex{0});
  bench.reach_of(2, raw().from(kStranger).to_all());  // seen elsewhere
  bench.lab.run(1000_s);
  EXPECT_EQ(bench.reach_of(3, raw().to(kStranger)), "p1");
}

TEST(Switch, ETH_20_OneAddressLivesOnDifferentPortsInDifferentVlans) {
  SwitchBench bench({access(10), access(10), access(20), access(20)});
  bench.reach_of(1, raw().from(kStranger).to_all());
  bench.reach_of(3, raw().from(kStranger).to_all());
  EXPECT_EQ(bench.reach_of(2, raw().to(kStranger)), "p1");
  EXPECT_EQ(bench.reach_of(4, raw().to(kStranger)), "p3");
  const auto entries = bench.bridge.entries();
  ASSERT_EQ(entries.size(), 4u);
  EXPECT_EQ(entries.front().vlan, 10);
  EXPECT_EQ(entries.back().vlan, 20);
}

TEST(Switch, ETH_21_ALoopIsAStormThatEnds) {
  Lab lab;
  Switch& one = lab.bridge("one");
  Switch& other = lab.bridge("other");
  FarEnd& a = lab.far("a");
  FarEnd& b = lab.far("b");
  lab.cable(a, one);
  lab.cable(b, other);
  lab.cable(one, other, 10_us);
  lab.cable(one, other, 10_us);
  one.guard_against_storms();
  other.guard_against_storms();
  a.sends(0_ms, raw("who is there?").to_all());
  lab.run(10_s);
  EXPECT_EQ(lab.network().lane().simulator.events_pending(), 0u) << "nothing circulates";
  EXPECT_GE(b.waiting(), 2u) << "both cables brought it, more than once";
  EXPECT_LE(b.waiting(), std::size_t{Switch::kVisitsMax});
  std::size_t storms = 0;
  for (const std::string& drop : lab.drops()) storms += drop.find("storm") != std::string::npos;
  EXPECT_GE(storms, 1u) << lab.story();

  a.sends(0_ms, raw("and now?").to(b.mac()));
  lab.run(1_s);
  EXPECT_EQ(lab.network().lane().simulator.events_pending(), 0u) << "unicast circulates no more";
}

TEST(Switch, ETH_22_FramesKeepTheirOrder) {
  SwitchBench bench(3);
  bench.introduce(2);
  bench.p(2).skip();
  for (int i = 0; i < 100; ++i)
    bench.p(1).sends(i < 50 ? 0_ms : 1_ms, raw("frame " + std::to_string(i)).to(bench.mac(2)));
  bench.lab.run(1_s);
  for (int i = 0; i < 100; ++i)
    EXPECT_FRAME(bench.p(2).next(), carries(raw("frame " + std::to_string(i))));
  EXPECT_SILENCE(bench.p(2));
}

TEST(Switch, AFrameShorterThanItsHeaderIsDropped) {
  Lab lab;
  Switch& bridge = lab.bridge("sw");
  FarEnd& listener = lab.far("listener");
  lab.cable(bridge, listener);
  Packet packet = lab.network().lane().pool.copy(Bytes(13));
  bridge.on_frame(bridge.port(IfIndex{0}), std::move(packet));
  lab.run(1_s);
  EXPECT_SILENCE(listener);
  EXPECT_THAT(lab.drops(), ElementsAre("sw: malformed_frame"));
}

TEST(Switch, SaysWhatItDidToWhoWatches) {
  SwitchBench bench(3);
  bench.introduce(2);
  bench.reach_of(1, raw().to(bench.mac(2)));
  const auto& visits = bench.lab.record().visits();
  ASSERT_EQ(visits.size(), 2u);
  const auto& flooded = std::get<SwitchStep>(visits[0].steps.at(0));
  EXPECT_TRUE(flooded.flooded && flooded.learned);
  EXPECT_EQ(visits[0].out, kNoInterface);
  const auto& known = std::get<SwitchStep>(visits[1].steps.at(0));
  EXPECT_TRUE(!known.flooded && known.learned);
  EXPECT_EQ(visits[1].out, IfIndex{1});
  EXPECT_EQ(visits[1].outcome, Outcome::forwarded);
}

}  // namespace
}  // namespace natsim::lab
