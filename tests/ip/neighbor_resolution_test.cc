// Goal: an unknown next hop is asked for as Linux does, and the packets that wait are neither
// forgotten nor reordered.
#include <gtest/gtest.h>

#include "tests/ip/neighbor_bench.h"

namespace natsim {
namespace {

// ARP-10
TEST(NeighborResolution, ThreeRequestsASecondApartThenFailure) {
  NeighborBench bench;
  bench.send("p1", "10.1.0.50", "10.1.0.1");
  bench.at(10_s);
  EXPECT_EQ(bench.take_log(), (Log{"0 who-has 10.1.0.50 tell 10.1.0.1 to all",
                                   "1000 who-has 10.1.0.50 tell 10.1.0.1 to all",
                                   "2000 who-has 10.1.0.50 tell 10.1.0.1 to all",
                                   "3000 p1 unsent: neighbor_unreachable"}));
  EXPECT_EQ(bench.entry("10.1.0.50"), "FAILED");
}

// ARP-11, ARP-12: every packet that waited comes back, for its own error.
TEST(NeighborResolution, FailureGivesBackEachPacketWithItsOrigin) {
  NeighborBench bench;
  constexpr IfIndex kEth1{1};
  bench.send("p1", "10.1.0.50", "0.0.0.0", kEth1);
  bench.at(2500_ms);
  bench.send("p2", "10.1.0.50", "10.1.0.1");
  (void)bench.take_log();
  bench.table().on_deadline(Instant() + 3_s, bench.work());
  ASSERT_EQ(bench.work().unsent.size(), 2U);
  EXPECT_EQ(bench.work().unsent[0].arrived_by, kEth1);
  EXPECT_EQ(bench.work().unsent[1].arrived_by, kNoInterface);
  EXPECT_EQ(bench.work().unsent[0].next_hop, ip("10.1.0.50"));
}

TEST(NeighborResolution, AnswerReleasesWhatWaitedInOrder) {
  NeighborBench bench;
  bench.send("p1", "10.1.0.50");
  bench.send("p2", "10.1.0.50");
  bench.send("other", "10.1.0.60");
  bench.at(20_ms);
  (void)bench.take_log();
  bench.hear_reply(bench.kMacA, "10.1.0.50");
  bench.send("p3", "10.1.0.50");
  EXPECT_EQ(bench.take_log(), (Log{"20 p1 to 02:aa:00:00:00:01", "20 p2 to 02:aa:00:00:00:01",
                                   "20 p3 to 02:aa:00:00:00:01"}));
  EXPECT_EQ(bench.entry("10.1.0.50"), "REACHABLE 02:aa:00:00:00:01");
  EXPECT_EQ(bench.entry("10.1.0.60"), "INCOMPLETE");
}

// ARP-13: measured, 400 datagrams of 3 octets: 144 … 399 arrive; 300 of 1400: 208 … 299.
TEST(NeighborResolution, FullQueueDropsTheOldestAndKeepsTheLatest) {
  const struct {
    std::size_t packet_bytes;
    int sent;
    int first_kept;
  } rows[] = {{20 + 8 + 3, 400, 144}, {20 + 8 + 1400, 300, 208}};
  for (const auto& row : rows) {
    NeighborBench bench;
    for (int i = 0; i < row.sent; ++i) {
      Packet packet = bench.pool().allocate(row.packet_bytes);
      store_be32(packet.data(), std::uint32_t(i));
      ASSERT_EQ(bench.table().resolve(bench.now(), bench.kEth0, ip("10.1.0.51")), nullptr);
      bench.table().hold(bench.now(), bench.kEth0, ip("10.1.0.51"), std::move(packet), {},
                         kNoInterface, bench.work());
    }
    const auto displaced = std::size_t(row.first_kept);
    ASSERT_EQ(bench.work().unsent.size(), displaced);
    EXPECT_EQ(load_be32(bench.work().unsent.front().packet.data()), 0U);
    EXPECT_EQ(bench.work().unsent.front().cause, Cause::neighbor_queue_full);
    bench.work().clear();
    bench.hear_reply_quietly(bench.kMacA, "10.1.0.51");
    ASSERT_EQ(bench.work().released.size(), std::size_t(row.sent) - displaced);
    for (std::size_t i = 0; i < bench.work().released.size(); ++i)
      ASSERT_EQ(load_be32(bench.work().released[i].packet.data()), displaced + i);
  }
}

TEST(NeighborResolution, OnePacketWaitsHoweverSmallTheQueue) {
  NeighborOptions options;
  options.pending_bytes_max = 1;
  NeighborBench bench(options);
  bench.send("p1", "10.1.0.51");
  bench.send("p2", "10.1.0.51");
  bench.hear_reply(bench.kMacA, "10.1.0.51");
  EXPECT_EQ(bench.take_log(),
            (Log{"0 who-has 10.1.0.51 tell 0.0.0.0 to all", "0 p1 unsent: neighbor_queue_full",
                 "0 p2 to 02:aa:00:00:00:01"}));
}

// ARP-16
TEST(NeighborResolution, NextPacketAfterAFailureStartsAnew) {
  NeighborBench bench;
  bench.send("p1", "10.1.0.50");
  bench.at(7_s);
  (void)bench.take_log();
  bench.send("p2", "10.1.0.50");
  bench.at(8500_ms);
  EXPECT_EQ(bench.take_log(), (Log{"7000 who-has 10.1.0.50 tell 0.0.0.0 to all",
                                   "8000 who-has 10.1.0.50 tell 0.0.0.0 to all"}));
}

// ARP-22: the latest packet's own source, even one of another interface.
TEST(NeighborResolution, RequestNamesTheSourceOfThePacketThatWaits) {
  NeighborBench bench;
  bench.send("p1", "10.1.0.70", "172.30.0.1");
  bench.send("p2", "10.1.0.70", "10.1.0.1");
  bench.at(1_s);
  EXPECT_EQ(bench.take_log(), (Log{"0 who-has 10.1.0.70 tell 172.30.0.1 to all",
                                   "1000 who-has 10.1.0.70 tell 10.1.0.1 to all"}));
}

TEST(NeighborResolution, SameAddressOnTwoInterfacesIsTwoNeighbors) {
  NeighborBench bench;
  bench.send("p1", "10.1.0.50");
  bench.hear_reply(bench.kMacA, "10.1.0.50");
  EXPECT_NE(bench.table().resolve(bench.now(), IfIndex{0}, ip("10.1.0.50")), nullptr);
  EXPECT_EQ(bench.table().resolve(bench.now(), IfIndex{1}, ip("10.1.0.50")), nullptr);
}

TEST(NeighborResolution, PermanentEntryIsNeverAskedForNorChanged) {
  NeighborBench bench;
  bench.table().set_permanent(bench.kEth0, ip("10.1.0.9"), mac(bench.kMacA), bench.work());
  bench.at(1_h);
  bench.send("p1", "10.1.0.9");
  bench.hear_reply(bench.kMacB, "10.1.0.9");
  bench.hear_request(bench.kMacB, "10.1.0.9", "10.1.0.9");
  bench.table().confirm(bench.now(), bench.kEth0, ip("10.1.0.9"));
  bench.at(2_h);
  bench.send("p2", "10.1.0.9");
  EXPECT_EQ(bench.take_log(),
            (Log{"3600000 p1 to 02:aa:00:00:00:01", "7200000 p2 to 02:aa:00:00:00:01"}));
  EXPECT_EQ(bench.entry("10.1.0.9"), "PERMANENT 02:aa:00:00:00:01");
}

TEST(NeighborResolution, EntryMadePermanentReleasesWhatWaited) {
  NeighborBench bench;
  bench.send("p1", "10.1.0.9");
  bench.table().set_permanent(bench.kEth0, ip("10.1.0.9"), mac(bench.kMacA), bench.work());
  bench.note();
  bench.at(10_s);
  EXPECT_EQ(bench.take_log(),
            (Log{"0 who-has 10.1.0.9 tell 0.0.0.0 to all", "0 p1 to 02:aa:00:00:00:01"}));
}

TEST(NeighborResolution, FlushedInterfaceForgetsAllButPermanentEntries) {
  NeighborBench bench;
  bench.table().set_permanent(bench.kEth0, ip("10.1.0.9"), mac(bench.kMacA), bench.work());
  bench.send("p1", "10.1.0.50");
  (void)bench.take_log();
  bench.table().flush(bench.kEth0, bench.work());
  bench.note();
  bench.at(10_s);
  EXPECT_EQ(bench.take_log(), Log{"0 p1 unsent: link_down"});
  EXPECT_EQ(bench.entry("10.1.0.50"), "none");
  EXPECT_EQ(bench.entry("10.1.0.9"), "PERMANENT 02:aa:00:00:00:01");
}

TEST(NeighborTableLimit, FailedEntriesMakeRoomAndLiveOnesDoNot) {
  NeighborOptions options;
  options.entries_max = 3;
  NeighborBench bench(options);
  for (const char* absent : {"10.1.0.51", "10.1.0.52"}) bench.send("p", absent);
  bench.send("p", "10.1.0.53");
  bench.hear_reply(bench.kMacA, "10.1.0.53");
  (void)bench.take_log();
  bench.send("too many", "10.1.0.54");
  EXPECT_EQ(bench.take_log(), Log{"0 too many unsent: neighbor_queue_full"});
  bench.at(6_s);
  (void)bench.take_log();
  bench.send("fits", "10.1.0.54");
  EXPECT_EQ(bench.take_log(), Log{"6000 who-has 10.1.0.54 tell 0.0.0.0 to all"});
  EXPECT_EQ(bench.entry("10.1.0.51"), "none");
  EXPECT_EQ(bench.entry("10.1.0.53"), "REACHABLE 02:aa:00:00:00:01");
}

TEST(NeighborTableLimit, IdleTableHasNoDeadline) {
  NeighborTable table(1);
  EXPECT_EQ(table.next_deadline(), Instant::never());
  EXPECT_EQ(table.resolve(Instant(), IfIndex{0}, ip("10.1.0.1")), nullptr);
  EXPECT_EQ(table.size(), 0U);
}

}  // namespace
}  // namespace natsim
