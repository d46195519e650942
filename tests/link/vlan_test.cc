// Goal: a switch keeps VLANs apart, as IEEE 802.1Q-2018 6.9 and 8.6 say, and carries their tags.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/link/switch_bench.h"

namespace natsim::lab {
namespace {

using testing::ElementsAre;

const Frame kHello = raw("a frame that is long enough not to be padded, tagged or untagged");

/// p1, p2: access 10; p3: access 20; p4: trunk 10 and 20; p5: trunk 20, native 10.
SwitchBench office() {
  return SwitchBench({access(10), access(10), access(20), trunk({10, 20}), trunk({20}, 10)});
}

TEST(Vlan, VLAN_01_02_AccessPortsKnowNoTags) {
  auto bench = office();
  EXPECT_EQ(bench.reach_of(1, kHello.to_all()), "p2 p4 p5");
  EXPECT_FRAME(bench.p(2).next(), untagged(), carries(kHello), from(bench.mac(1)));
}

TEST(Vlan, VLAN_03_TrunksCarryTheVlanInATag) {
  auto bench = office();
  bench.reach_of(1, kHello.to_all());
  EXPECT_FRAME(bench.p(4).next(), tagged(VlanTag{.id = 10}), carries(kHello), from(bench.mac(1)),
               to_all(), frame_length(14 + 4 + kHello.payload().size()));
}

TEST(Vlan, VLAN_04_TheTagSaysWhereAFrameBelongs) {
  auto bench = office();
  EXPECT_EQ(bench.reach_of(4, kHello.tagged(20).to_all()), "p3 p5");
  EXPECT_FRAME(bench.p(3).next(), untagged(), carries(kHello));
  EXPECT_FRAME(bench.p(5).next(), tagged(20), carries(kHello));
}

TEST(Vlan, VLAN_05_ATagThatThePortDoesNotCarryIsDropped) {
  auto bench = office();
  EXPECT_EQ(bench.reach_of(4, kHello.tagged(30).to_all()), "nobody");
  EXPECT_THAT(bench.lab.drops(), ElementsAre("sw: vlan_not_allowed"));
  EXPECT_TRUE(bench.bridge.entries().empty()) << "and teaches nothing";
}

TEST(Vlan, VLAN_06_TheNativeVlanTravelsUntagged) {
  auto bench = office();
  EXPECT_EQ(bench.reach_of(5, kHello.to_all()), "p1 p2 p4");
  EXPECT_FRAME(bench.p(4).next(), tagged(10));
  bench.reach_of(1, kHello.to_all());
  EXPECT_FRAME(bench.p(5).next(), untagged(), carries(kHello));
}

TEST(Vlan, VLAN_07_ATrunkWithoutNativeVlanTakesTaggedFramesOnly) {
  auto bench = office();
  EXPECT_EQ(bench.reach_of(4, kHello.to_all()), "nobody");
  EXPECT_THAT(bench.lab.drops(), ElementsAre("sw: vlan_not_allowed"));
}

TEST(Vlan, VLAN_08_Vid0IsNoVlanAndVid4095NoNumber) {
  auto bench = office();
  EXPECT_EQ(bench.reach_of(1, kHello.tagged(VlanTag{.priority = 5}).to_all()), "p2 p4 p5");
  EXPECT_FRAME(bench.p(4).next(), tagged(VlanTag{.id = 10, .priority = 5}));
  EXPECT_FRAME(bench.p(2).next(), untagged(), carries(kHello));
  EXPECT_EQ(bench.reach_of(4, kHello.tagged(VlanTag{}).to_all()), "nobody") << "no native VLAN";
  EXPECT_EQ(bench.reach_of(4, kHello.tagged(4095).to_all()), "nobody");

  SwitchBench edges({trunk({1, 4094}), trunk({1, 4094})});
  EXPECT_EQ(edges.reach_of(1, kHello.tagged(1).to_all()), "p2");
  EXPECT_EQ(edges.reach_of(1, kHello.tagged(4094).to_all()), "p2");
}

TEST(Vlan, VLAN_09_AnAccessPortTakesItsOwnTagAndNoOther) {
  auto bench = office();
  EXPECT_EQ(bench.reach_of(1, kHello.tagged(10).to_all()), "p2 p4 p5");
  EXPECT_FRAME(bench.p(2).next(), untagged(), carries(kHello));
  EXPECT_EQ(bench.reach_of(1, kHello.tagged(20).to_all()), "nobody");
  EXPECT_THAT(bench.lab.drops(), ElementsAre("sw: vlan_not_allowed"));
}

TEST(Vlan, VLAN_10_ABroadcastStaysInItsVlan) {
  auto bench = office();
  EXPECT_EQ(bench.reach_of(3, kHello.to_all()), "p4 p5");
  EXPECT_FRAME(bench.p(4).next(), tagged(20));
}

TEST(Vlan, VLAN_10_AKnownStationOfAnotherVlanIsUnknownHere) {
  auto bench = office();
  bench.introduce(2);  // in 10
  EXPECT_EQ(bench.reach_of(3, kHello.to(bench.mac(2))), "p4 p5") << "flooded, in 20";
}

TEST(Vlan, VLAN_12_DifferentNativeVlansLeakFromOneIntoTheOther) {
  Lab lab;
  Switch& left = lab.bridge("left");
  Switch& right = lab.bridge("right");
  FarEnd& a = lab.far("a");
  FarEnd& b = lab.far("b");
  lab.cable({left, access(10)}, a);
  lab.cable({right, access(20)}, b);
  lab.cable(left.add_port("up", trunk({}, 10), {}, 1500),
            right.add_port("up", trunk({}, 20), {}, 1500));
  a.sends(0_ms, kHello.to_all());
  lab.run(10_ms);
  EXPECT_FRAME(b.next(), untagged(), carries(kHello));
}

TEST(Vlan, VLAN_13_ADoubleTagHopsIntoTheInnerVlan) {
  struct Row {
    std::uint16_t native;  // of the trunk between the switches
    bool arrives;
  };
  const Row rows[] = {
      {10, true},  // the attacker's own VLAN travels untagged: his inner tag is bare on the trunk
      {99,
       false},  // an unused native VLAN keeps the outer tag on, and 20 stays what it is: payload
  };
  for (const Row& row : rows) {
    Lab lab;
    Switch& one = lab.bridge("one");
    Switch& other = lab.bridge("other");
    FarEnd& attacker = lab.far("attacker");
    FarEnd& victim = lab.far("victim");
    lab.cable({one, access(10)}, attacker);
    lab.cable({other, access(20)}, victim);
    lab.cable(one.add_port("up", trunk({10, 20}, row.native), {}, 1500),
              other.add_port("up", trunk({10, 20}, row.native), {}, 1500));
    attacker.sends(0_ms, kHello.tagged(20).tagged(10).to(victim.mac()));
    lab.run(10_ms);
    if (!row.arrives) {
      EXPECT_SILENCE(victim);
      continue;
    }
    EXPECT_FRAME(victim.next(), untagged(), carries(kHello));
    victim.sends(0_ms, kHello.to(attacker.mac()));
    lab.run(10_ms);
    EXPECT_SILENCE(attacker);  // there is no way back
  }
}

TEST(Vlan, VLAN_14_OnlyTheOutermostTagIsLookedAt) {
  auto bench = office();
  EXPECT_EQ(bench.reach_of(4, kHello.tagged(4000).tagged(20).to_all()), "p3 p5");
  const Sighting inner = bench.p(3).next();
  EXPECT_FRAME(inner, tagged(4000), carries(kHello));
  EXPECT_EQ(Dissected(inner).tags.size(), 1u);
  const Sighting both = bench.p(5).next();
  EXPECT_FRAME(both, tagged(20), carries(kHello));
  EXPECT_EQ(Dissected(both).tags.size(), 2u);
}

TEST(Vlan, VLAN_14_AServiceTagIsPayload) {
  auto bench = office();
  const VlanTag service{.id = 20, .tpid = EtherType::service_vlan};
  EXPECT_EQ(bench.reach_of(1, kHello.tagged(service).to_all()), "p2 p4 p5") << "in 10, by the port";
  EXPECT_FRAME(bench.p(2).next(), tagged(service), carries(kHello));
}

TEST(Vlan, VLAN_16_PriorityGoesFromTrunkToTrunk) {
  auto bench = office();
  const VlanTag urgent{.id = 20, .priority = 6, .drop_eligible = true};
  bench.reach_of(4, kHello.tagged(urgent).to_all());
  EXPECT_FRAME(bench.p(5).next(), tagged(urgent));
  bench.reach_of(3, kHello.to_all());
  EXPECT_FRAME(bench.p(5).next(), tagged(VlanTag{.id = 20}));
}

TEST(Vlan, VLAN_17_ASwitchWithoutVlansPassesTagsOn) {
  SwitchBench bench(3);
  EXPECT_EQ(bench.reach_of(1, kHello.tagged(10).to_all()), "p2 p3");
  EXPECT_FRAME(bench.p(2).next(), tagged(10), carries(kHello));
  EXPECT_EQ(bench.reach_of(2, kHello.tagged(20).to(bench.mac(1))), "p1") << "one table for all";
}

TEST(Vlan, VLAN_18_ATagComesOnTopOfTheMtu) {
  auto bench = office();
  const Frame full(0x88b5, counting(1500));
  EXPECT_EQ(bench.reach_of(4, full.tagged(10).to_all()), "p1 p2 p5");
  EXPECT_FRAME(bench.p(1).next(), frame_length(1514), carries(full));
  EXPECT_EQ(bench.reach_of(1, full.to_all()), "p2 p4 p5");
  EXPECT_FRAME(bench.p(4).next(), frame_length(1518), tagged(10), carries(full));
  EXPECT_EQ(bench.reach_of(4, Frame(0x88b5, counting(1501)).tagged(10).to_all()), "nobody");
  EXPECT_THAT(bench.lab.drops(), ElementsAre("sw: frame_too_long"));
}

TEST(Vlan, ETH_13_AFrameThatLosesItsTagIsPaddedAgain) {
  auto bench = office();
  bench.p(4).sends(0_ms, raw("short").tagged(10).to_all());  // the cable makes 60 octets of it
  bench.lab.run(10_ms);
  EXPECT_FRAME(bench.p(1).next(), untagged(), frame_length(60), carries(raw("short")));
  EXPECT_FRAME(bench.p(2).next(), untagged(), frame_length(60), carries(raw("short")));
}

PortVlans isolated(PortVlans port) {
  port.isolated = true;
  return port;
}

TEST(PrivateVlan, VLAN_21_23_IsolatedPortsReachPromiscuousOnesOnly) {
  // p1, p2: isolated; p3, p4: promiscuous.
  SwitchBench bench({isolated(access(10)), isolated(access(10)), access(10), access(10)});
  EXPECT_EQ(bench.reach_of(1, kHello.to_all()), "p3 p4");
  EXPECT_EQ(bench.reach_of(1, kHello.to(bench.mac(2))), "p3 p4") << "an unknown station";
  EXPECT_EQ(bench.reach_of(3, kHello.to_all()), "p1 p2 p4");
  bench.introduce(2);
  (void)bench.lab.drops();
  EXPECT_EQ(bench.reach_of(1, kHello.to(bench.mac(2))), "nobody") << "a known one";
  EXPECT_THAT(bench.lab.drops(), ElementsAre("sw: vlan_not_allowed"));
  EXPECT_EQ(bench.reach_of(1, kHello.to(bench.mac(3))), "p3");
  EXPECT_EQ(bench.reach_of(3, kHello.to(bench.mac(1))), "p1");
}

TEST(PrivateVlan, VLAN_21_WorksWithoutVlansToo) {
  SwitchBench bench({isolated({}), isolated({}), {}});
  EXPECT_EQ(bench.reach_of(1, kHello.to_all()), "p3");
  EXPECT_EQ(bench.reach_of(3, kHello.to_all()), "p1 p2");
}

TEST(Vlan, NobodyElseInAVlanIsSaid) {
  SwitchBench bench({access(10), access(20)});
  EXPECT_EQ(bench.reach_of(1, kHello.to_all()), "nobody");
  EXPECT_THAT(bench.lab.drops(), ElementsAre("sw: no_member"));
}

// A table that was right once: its port has left the VLAN since, or a static entry is wrong.
TEST(Vlan, VLAN_10_AnEntryDoesNotOpenAPort) {
  auto bench = office();
  bench.bridge.add_static(10, bench.mac(3), IfIndex{2});
  EXPECT_EQ(bench.reach_of(1, kHello.to(bench.mac(3))), "nobody");
  EXPECT_THAT(bench.lab.drops(), ElementsAre("sw: vlan_not_allowed"));
}

}  // namespace
}  // namespace natsim::lab
