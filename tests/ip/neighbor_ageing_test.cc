// Goal: entries age, are doubted and are asked again as Linux's NUD does it.
#include <gtest/gtest.h>

#include <set>

#include "tests/ip/neighbor_bench.h"

namespace natsim {
namespace {

constexpr const char* kA = NeighborBench::kMacA;

/// 10.1.0.60 has answered at 0 s.
NeighborBench& resolved(NeighborBench& bench) {
  bench.send("first", "10.1.0.60");
  bench.hear_reply(kA, "10.1.0.60");
  (void)bench.take_log();
  return bench;
}

/// When the entry is seen to turn STALE, to a millisecond.
Duration stale_after(NeighborBench& bench) {
  Duration when;
  while (bench.entry("10.1.0.60").starts_with("REACHABLE")) bench.at(when += 1_ms);
  return when;
}

// ARP-14
TEST(NeighborAgeing, ReachableTurnsStaleAfter15To45Seconds) {
  NeighborBench bench;
  const Duration when = stale_after(resolved(bench));
  EXPECT_GE(when, 15_s);
  EXPECT_LE(when, 45_s);
  EXPECT_EQ(bench.entry("10.1.0.60"), "STALE 02:aa:00:00:00:01");
  EXPECT_EQ(bench.take_log(), Log{});
}

TEST(NeighborAgeing, TheTimeIsDrawnFromTheNodesOwnStream) {
  std::set<std::int64_t> drawn;
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    PacketPool pool;
    NeighborWork work;
    NeighborTable table(seed), twin(seed);
    for (NeighborTable* each : {&table, &twin}) {
      each->hold(Instant(), IfIndex{0}, ip("10.1.0.60"), pool.allocate(20), {}, {}, work);
      const ArpHeader reply{ArpOperation::reply, mac(kA), ip("10.1.0.60"), {}, {}};
      each->on_arp(Instant(), {IfIndex{0}, reply, true}, work);
    }
    std::int64_t ms = 0;
    const auto is_fresh = [&](const NeighborTable& of) {
      return of.list(Instant() + 1_ms * ms).front().state == NeighborState::reachable;
    };
    while (is_fresh(table)) ++ms;
    EXPECT_FALSE(is_fresh(twin));
    drawn.insert(ms);
  }
  EXPECT_GT(drawn.size(), 1U);
}

// ARP-14, ARP-15
TEST(NeighborAgeing, StaleEntryIsUsedAtOnceThenDoubtedThenAskedByUnicast) {
  NeighborBench bench;
  resolved(bench).at(60_s);
  bench.send("p1", "10.1.0.60");
  EXPECT_EQ(bench.entry("10.1.0.60"), "DELAY 02:aa:00:00:00:01");
  bench.at(65_s);
  EXPECT_EQ(bench.entry("10.1.0.60"), "PROBE 02:aa:00:00:00:01");
  bench.send("p2", "10.1.0.60");
  bench.at(80_s);
  EXPECT_EQ(bench.take_log(), (Log{"60000 p1 to 02:aa:00:00:00:01",
                                   "65000 who-has 10.1.0.60 tell 0.0.0.0 to 02:aa:00:00:00:01",
                                   "65000 p2 to 02:aa:00:00:00:01",
                                   "66000 who-has 10.1.0.60 tell 0.0.0.0 to 02:aa:00:00:00:01",
                                   "67000 who-has 10.1.0.60 tell 0.0.0.0 to 02:aa:00:00:00:01"}));
  EXPECT_EQ(bench.entry("10.1.0.60"), "FAILED");
  // ARP-16
  bench.send("p3", "10.1.0.60");
  EXPECT_EQ(bench.take_log(), Log{"80000 who-has 10.1.0.60 tell 0.0.0.0 to all"});
}

TEST(NeighborAgeing, AnswerToAProbeMakesItReachableAgain) {
  NeighborBench bench;
  resolved(bench).at(60_s);
  bench.send("p1", "10.1.0.60");
  bench.at(66500_ms);
  bench.hear_reply(kA, "10.1.0.60");
  EXPECT_EQ(bench.entry("10.1.0.60"), "REACHABLE 02:aa:00:00:00:01");
  (void)bench.take_log();
  bench.at(80_s);
  EXPECT_EQ(bench.take_log(), Log{});
}

TEST(NeighborAgeing, WordFromAboveSparesTheProbe) {
  NeighborBench bench;
  resolved(bench).at(60_s);
  bench.send("p1", "10.1.0.60");
  bench.at(64_s);
  bench.table().confirm(bench.now(), bench.kEth0, ip("10.1.0.60"));
  bench.at(70_s);
  EXPECT_EQ(bench.take_log(), Log{"60000 p1 to 02:aa:00:00:00:01"});
  EXPECT_EQ(bench.entry("10.1.0.60"), "REACHABLE 02:aa:00:00:00:01");
}

TEST(NeighborAgeing, WordFromAboveTeachesNoAddress) {
  NeighborBench bench;
  bench.send("p1", "10.1.0.61");
  bench.table().confirm(bench.now(), bench.kEth0, ip("10.1.0.61"));
  bench.table().confirm(bench.now(), bench.kEth0, ip("10.1.0.62"));
  EXPECT_EQ(bench.entry("10.1.0.61"), "INCOMPLETE");
  EXPECT_EQ(bench.entry("10.1.0.62"), "none");
}

// A request from the neighbour shows that it is there, not that it hears us.
TEST(NeighborAgeing, RequestFromTheNeighborDoesNotRefreshItsEntry) {
  NeighborBench bench;
  resolved(bench).at(60_s);
  bench.send("p1", "10.1.0.60");
  bench.at(61_s);
  bench.hear_request(kA, "10.1.0.60", "10.1.0.1");
  EXPECT_EQ(bench.entry("10.1.0.60"), "DELAY 02:aa:00:00:00:01");
  bench.hear_request(NeighborBench::kMacB, "10.1.0.60", "10.1.0.1");
  EXPECT_EQ(bench.entry("10.1.0.60"), "STALE 02:aa:00:00:00:02");
  (void)bench.take_log();
  bench.at(80_s);
  EXPECT_EQ(bench.take_log(), Log{});  // the trial of the old address is over
}

TEST(NeighborAgeing, IdleEntriesNeedNoEvents) {
  NeighborBench bench;
  resolved(bench);
  EXPECT_EQ(bench.table().next_deadline(), Instant::never());
}

// ARP-17
TEST(SimpleCache, EntryIsAskedForAnewAFixedTimeAfterItWasConfirmed) {
  NeighborOptions options;
  options.lifetime = 60_s;
  NeighborBench bench(options);
  resolved(bench).at(30_s);
  bench.hear_request(kA, "10.1.0.60", "10.1.0.1");  // confirms it in this profile
  (void)bench.take_log();
  bench.at(89_s);
  bench.send("p1", "10.1.0.60");
  bench.at(90_s);
  bench.send("p2", "10.1.0.60");
  EXPECT_EQ(bench.take_log(),
            (Log{"89000 p1 to 02:aa:00:00:00:01", "90000 who-has 10.1.0.60 tell 0.0.0.0 to all"}));
}

}  // namespace
}  // namespace natsim
