// Goal: what a table believes of the ARP that it hears: RFC 826's merge, with Linux's answers to
// the tricks that are played with it. Each row was measured on Linux.
#include <gtest/gtest.h>

#include "tests/ip/neighbor_bench.h"

namespace natsim {
namespace {

constexpr const char* kA = NeighborBench::kMacA;
constexpr const char* kB = NeighborBench::kMacB;

/// 10.1.0.9 at kA is known, but for some time unheard.
NeighborBench& knowing(NeighborBench& bench) {
  bench.hear_request(kA, "10.1.0.9", "10.1.0.1");
  bench.at(2_s);
  (void)bench.take_log();
  return bench;
}

// ARP-01, ARP-03
TEST(ArpRequest, ForUsIsAnsweredAndItsSenderLearned) {
  NeighborBench bench;
  bench.hear_request(kA, "10.1.0.9", "10.1.0.1");
  EXPECT_EQ(bench.take_log(), Log{"0 10.1.0.1 is-at us, to 10.1.0.9 02:aa:00:00:00:01"});
  EXPECT_EQ(bench.entry("10.1.0.9"), "STALE 02:aa:00:00:00:01");
  bench.send("p1", "10.1.0.9");  // without asking back
  EXPECT_EQ(bench.take_log(), Log{"0 p1 to 02:aa:00:00:00:01"});
}

TEST(ArpRequest, FromAnotherSubnetIsAnsweredToo) {
  NeighborBench bench;
  bench.hear_request(kA, "192.168.5.5", "10.1.0.1");
  EXPECT_EQ(bench.take_log(), Log{"0 10.1.0.1 is-at us, to 192.168.5.5 02:aa:00:00:00:01"});
  EXPECT_EQ(bench.entry("192.168.5.5"), "STALE 02:aa:00:00:00:01");
}

// ARP-04
TEST(ArpRequest, ByUnicastIsAnsweredLikeABroadcastOne) {
  NeighborBench bench;
  bench.hear_request(kA, "10.1.0.9", "10.1.0.1", true);
  EXPECT_EQ(bench.take_log(), Log{"0 10.1.0.1 is-at us, to 10.1.0.9 02:aa:00:00:00:01"});
}

// ARP-02
TEST(ArpRequest, ForSomeoneElseIsIgnoredButRefreshesItsSender) {
  NeighborBench stranger;
  stranger.hear_request(kA, "10.1.0.9", "10.1.0.77");
  EXPECT_EQ(stranger.take_log(), Log{});
  EXPECT_EQ(stranger.entry("10.1.0.9"), "none");

  NeighborBench bench;
  knowing(bench).hear_request(kB, "10.1.0.9", "10.1.0.77");
  EXPECT_EQ(bench.take_log(), Log{});
  EXPECT_EQ(bench.entry("10.1.0.9"), "STALE 02:aa:00:00:00:02");
}

// ARP-05
TEST(ArpProbe, ForOurAddressIsAnsweredAndTeachesNothing) {
  NeighborBench bench;
  bench.hear_request(kB, "0.0.0.0", "10.1.0.1");
  EXPECT_EQ(bench.take_log(), Log{"0 10.1.0.1 is-at us, to 0.0.0.0 02:aa:00:00:00:02"});
  EXPECT_EQ(bench.table().size(), 0U);
  bench.hear_request(kB, "0.0.0.0", "10.1.0.77");
  EXPECT_EQ(bench.take_log(), Log{});
}

const ArpHeader kAnnouncementByRequest{
    ArpOperation::request, mac(kB), ip("10.1.0.9"), {}, ip("10.1.0.9")};
const ArpHeader kAnnouncementByReply{ArpOperation::reply, mac(kB), ip("10.1.0.9"), mac(kB),
                                     ip("10.1.0.9")};

// ARP-06
TEST(GratuitousArp, FromAnUnknownHostIsNotCached) {
  NeighborBench bench;
  bench.hear(kAnnouncementByRequest, false);
  bench.hear(kAnnouncementByReply, false);
  EXPECT_EQ(bench.take_log(), Log{});
  EXPECT_EQ(bench.entry("10.1.0.9"), "none");
}

// ARP-07: at once, for an announcement is not one of several rival answers.
TEST(GratuitousArp, FromAKnownHostMovesItsEntry) {
  for (const ArpHeader& announcement : {kAnnouncementByRequest, kAnnouncementByReply}) {
    NeighborBench bench;
    bench.hear_request(kA, "10.1.0.9", "10.1.0.1");
    bench.at(100_ms);
    bench.hear(announcement, false);
    EXPECT_EQ(bench.entry("10.1.0.9"), "STALE 02:aa:00:00:00:02");
  }
}

// ARP-08
TEST(UnsolicitedReply, FromAnUnknownHostIsIgnored) {
  NeighborBench bench;
  bench.hear_reply(kA, "10.1.0.9");
  EXPECT_EQ(bench.take_log(), Log{});
  EXPECT_EQ(bench.entry("10.1.0.9"), "none");
}

TEST(UnsolicitedReply, ForAKnownEntryOverwritesIt) {
  NeighborBench bench;
  knowing(bench).hear_reply(kB, "10.1.0.9");
  EXPECT_EQ(bench.entry("10.1.0.9"), "REACHABLE 02:aa:00:00:00:02");
}

TEST(UnsolicitedReply, WithinASecondOfTheFirstAnswerLoses) {
  NeighborBench bench;
  bench.send("p1", "10.1.0.9");
  bench.hear_reply(kA, "10.1.0.9");
  bench.at(1_s);
  bench.hear_reply(kB, "10.1.0.9");
  EXPECT_EQ(bench.entry("10.1.0.9"), "REACHABLE 02:aa:00:00:00:01");
  bench.at(1001_ms);
  bench.hear_reply(kB, "10.1.0.9");
  EXPECT_EQ(bench.entry("10.1.0.9"), "REACHABLE 02:aa:00:00:00:02");
}

TEST(UnsolicitedReply, ByBroadcastDoesNotSayThatTheNeighborHearsUs) {
  NeighborBench bench;
  bench.send("p1", "10.1.0.9");
  (void)bench.take_log();
  bench.hear(
      {ArpOperation::reply, mac(kA), ip("10.1.0.9"), mac("ff:ff:ff:ff:ff:ff"), ip("10.1.0.9")},
      false);
  // The packet that waited goes out; and having been used, the stale entry is on trial.
  EXPECT_EQ(bench.take_log(), Log{"0 p1 to 02:aa:00:00:00:01"});
  EXPECT_EQ(bench.entry("10.1.0.9"), "DELAY 02:aa:00:00:00:01");
}

// ARP-09
TEST(IncompleteEntry, BelievesWhoeverIsFirst) {
  NeighborBench bench;
  bench.send("p1", "10.1.0.51");
  bench.hear_request(kB, "10.1.0.51", "10.1.0.51");  // an announcement by a liar
  EXPECT_EQ(bench.take_log(),
            (Log{"0 who-has 10.1.0.51 tell 0.0.0.0 to all", "0 p1 to 02:aa:00:00:00:02"}));
}

TEST(FailedEntry, IsCompletedByAnAnswerThatComesLate) {
  NeighborBench bench;
  bench.send("p1", "10.1.0.51");
  bench.at(4_s);
  bench.hear_reply(kA, "10.1.0.51");
  EXPECT_EQ(bench.entry("10.1.0.51"), "REACHABLE 02:aa:00:00:00:01");
}

TEST(ConflictingClaim, ToOurOwnAddressIsNeitherAnsweredNorLearned) {
  NeighborBench bench;
  bench.hear_request(kA, "10.1.0.1", "10.1.0.1");
  bench.hear_reply(kA, "10.1.0.1");
  EXPECT_EQ(bench.take_log(), Log{});
  EXPECT_EQ(bench.table().size(), 0U);
}

TEST(ImpossibleSender, IsNotLearned) {
  for (const char* sender : {"127.0.0.1", "224.0.0.1", "255.255.255.255", "0.1.2.3"}) {
    NeighborBench bench;
    bench.hear_request(kA, sender, "10.1.0.1");
    EXPECT_EQ(bench.take_log(), Log{}) << sender;
    EXPECT_EQ(bench.table().size(), 0U) << sender;
  }
}

// ARP-23
TEST(ProxyArp, WaitsUpTo800MillisecondsOnABroadcastAndNotOnAUnicast) {
  const ArpHeader request{ArpOperation::request, mac(kA), ip("10.1.0.9"), {}, ip("172.32.0.7")};
  NeighborBench bench;
  bench.hear(request, true, true);
  EXPECT_EQ(bench.take_log(), Log{"0 172.32.0.7 is-at us, to 10.1.0.9 02:aa:00:00:00:01"});
  EXPECT_EQ(bench.entry("10.1.0.9"), "STALE 02:aa:00:00:00:01");

  for (int i = 0; i < 20; ++i) bench.hear(request, false, true);
  EXPECT_EQ(bench.take_log(), Log{});
  bench.at(799_ms);
  EXPECT_EQ(bench.take_log().size(), 20U);
  EXPECT_EQ(bench.table().next_deadline(), Instant::never());
}

}  // namespace
}  // namespace natsim
