// Goal: a cable delays, serialises, queues and spoils frames exactly as its options say, and the
// same way on every run. Method: two far ends with nothing but the cable between them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/lab.h"

namespace natsim::lab {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// a ── b
struct Bench {
  explicit Bench(const ChannelOptions& options, LabOptions lab_options = {})
      : lab(lab_options), cable(lab.cable(a, b, options)) {}
  Lab lab;
  FarEnd& a = lab.far("a");
  FarEnd& b = lab.far("b");
  Cable cable;

  /// `count` frames of `octets` at once; frame i's payload begins with i.
  void burst(int count, std::size_t octets = 1000) {
    for (int i = 0; i < count; ++i) {
      Bytes payload(octets - 14);
      payload[0] = std::uint8_t(i);
      a.sends(0_ms, Frame(0x88b5, payload));
    }
  }
  /// The numbers of the frames that came to b.
  std::vector<int> arrived() const {
    std::vector<int> numbers;
    for (const Sighting& seen : b.heard()) numbers.push_back(seen.bytes[14]);
    return numbers;
  }
  std::vector<std::int64_t> arrival_times_us() const {
    std::vector<std::int64_t> times;
    for (const Sighting& seen : b.heard()) times.push_back(seen.when.ns() / 1000);
    return times;
  }
};

ChannelOptions plain() { return {.delay = 1_ms, .bandwidth_bps = 0}; }

TEST(Cable, TakesItsDelay) {
  Bench bench({.delay = 7_ms, .bandwidth_bps = 0});
  bench.a.sends(3_ms, raw());
  bench.b.sends(4_ms, raw());
  bench.lab.run(1_s);
  EXPECT_FRAME(bench.b.next(), at(10_ms));
  EXPECT_FRAME(bench.a.next(), at(11_ms));
  EXPECT_EQ(bench.cable.forth.counters().delivered, 1u);
  EXPECT_EQ(bench.cable.back.counters().delivered, 1u);
}

TEST(Cable, SendsOneFrameAfterTheOther) {
  Bench bench({.delay = 1_ms, .bandwidth_bps = 8'000'000});  // a byte takes 1 us
  bench.burst(3, 1000);
  bench.lab.run(1_s);
  EXPECT_THAT(bench.arrival_times_us(), ElementsAre(2000, 3000, 4000));
  EXPECT_THAT(bench.arrived(), ElementsAre(0, 1, 2));
}

TEST(Cable, ItsTwoDirectionsDoNotShareABandwidth) {
  Bench bench({.delay = 1_ms, .bandwidth_bps = 8'000'000});
  bench.a.sends(0_ms, Frame(0x88b5, counting(986)));
  bench.b.sends(0_ms, Frame(0x88b5, counting(986)));
  bench.lab.run(1_s);
  EXPECT_FRAME(bench.a.next(), at(2_ms));
  EXPECT_FRAME(bench.b.next(), at(2_ms));
}

TEST(Cable, AnIdleTransmitterStartsAtOnce) {
  Bench bench({.delay = 1_ms, .bandwidth_bps = 8'000'000});
  bench.a.sends(0_ms, Frame(0x88b5, counting(986)));
  bench.a.sends(10_ms, Frame(0x88b5, counting(986)));
  bench.lab.run(1_s);
  EXPECT_THAT(bench.arrival_times_us(), ElementsAre(2000, 12'000));
}

TEST(Cable, OddBandwidthsAreRoundedToTheNextNanosecond) {
  Bench bench({.delay = 0_ms, .bandwidth_bps = 3});  // 8/3 s a byte
  bench.a.sends(0_ms, raw());                        // 60 of them
  bench.lab.run(200_s);
  ASSERT_EQ(bench.b.heard().size(), 1u);
  EXPECT_EQ(bench.b.heard()[0].when, at_time(160_s) + 1_ns);
}

TEST(Cable, WhatDoesNotFitInItsQueueIsDropped) {
  // One frame is under way, two of 1000 octets wait before the fourth; the fifth is too many.
  Bench bench({.delay = 0_ms, .bandwidth_bps = 8'000'000, .queue_bytes_max = 3000});
  bench.burst(6, 1000);
  bench.lab.run(1_s);
  EXPECT_THAT(bench.arrived(), ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(bench.cable.forth.counters().queue_full, 2u);
}

TEST(Cable, WithoutQueueABusyTransmitterDropsAll) {
  Bench bench({.delay = 0_ms, .bandwidth_bps = 8'000'000, .queue_bytes_max = 0});
  bench.burst(2, 1000);
  bench.a.sends(1_ms, raw("later"));  // just when the first one is through
  bench.lab.run(1_s);
  EXPECT_EQ(bench.b.heard().size(), 2u) << bench.lab.story();
}

TEST(Cable, ETH_18_ItsMtuCountsThePayloadOnly) {
  Bench bench({.delay = 1_ms, .bandwidth_bps = 0, .mtu = 1500});
  bench.a.sends(0_ms, Frame(0x88b5, counting(1500)));
  bench.a.sends(1_ms, Frame(0x88b5, counting(1501)));
  bench.a.sends(2_ms, Frame(0x88b5, counting(1500)).tagged(10));
  bench.a.sends(3_ms, Frame(0x88b5, counting(1500)).tagged(10).tagged(20));
  bench.a.sends(4_ms, Frame(0x88b5, counting(1501)).tagged(10));
  bench.lab.run(1_s);
  EXPECT_FRAME(bench.b.next(), at(1_ms), frame_length(1514));
  EXPECT_FRAME(bench.b.next(), at(3_ms), frame_length(1518));
  EXPECT_FRAME(bench.b.next(), at(4_ms), frame_length(1522));
  EXPECT_SILENCE(bench.b);
}

TEST(Cable, ETH_13_ShortFramesArePaddedWithZeros) {
  Bench bench(plain());
  bench.a.sends(0_ms, raw("hello"));
  bench.lab.run(1_s);
  EXPECT_FRAME(bench.b.next(), frame_length(60), carries(raw("hello")));
}

TEST(Cable, ETH_22_KeepsTheOrderUnderJitter) {
  Bench bench({.delay = 10_ms, .bandwidth_bps = 0, .jitter = 5_ms});
  bench.burst(50, 100);
  bench.lab.run(1_s);
  EXPECT_TRUE(std::is_sorted(bench.b.heard().begin(), bench.b.heard().end(),
                             [](const auto& x, const auto& y) { return x.when < y.when; }));
  const auto numbers = bench.arrived();
  ASSERT_EQ(numbers.size(), 50u);
  EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end()));
  EXPECT_GE(bench.b.heard().front().when, at_time(10_ms));
  EXPECT_LE(bench.b.heard().back().when, at_time(15_ms));
  EXPECT_GT(bench.b.heard().back().when, bench.b.heard().front().when);
}

TEST(Cable, LosesWhatItsDiceSay) {
  struct Row {
    Ratio loss;
    std::size_t least, most;  // of 200 frames
  };
  const Row rows[] = {{{0, 1}, 200, 200}, {{1, 2}, 70, 130}, {{1, 1}, 0, 0}};
  for (const Row& row : rows) {
    Bench bench({.delay = 1_ms, .bandwidth_bps = 0, .loss = row.loss});
    bench.burst(200, 60);
    bench.lab.run(1_s);
    EXPECT_GE(bench.b.heard().size(), row.least);
    EXPECT_LE(bench.b.heard().size(), row.most);
    EXPECT_EQ(bench.cable.forth.counters().lost, 200 - bench.b.heard().size());
  }
}

TEST(Cable, LosesTheSameFramesForTheSameSeed) {
  const auto survivors = [](std::uint64_t seed, Ratio duplicate) {
    Bench bench({.delay = 1_ms, .bandwidth_bps = 0, .loss = {1, 3}, .duplicate = duplicate},
                {.seed = seed});
    bench.burst(100, 60);
    bench.lab.run(1_s);
    auto numbers = bench.arrived();
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    return numbers;
  };
  EXPECT_EQ(survivors(1, {}), survivors(1, {}));
  EXPECT_NE(survivors(1, {}), survivors(2, {}));
  EXPECT_EQ(survivors(1, {}), survivors(1, {1, 2})) << "each fault has dice of its own";
}

TEST(Cable, DuplicatesAFrame) {
  Bench bench({.delay = 1_ms, .bandwidth_bps = 0, .duplicate = {1, 1}});
  bench.a.sends(0_ms, raw("twice"));
  bench.lab.run(1_s);
  EXPECT_FRAME(bench.b.next(), at(1_ms), carries(raw("twice")));
  EXPECT_FRAME(bench.b.next(), at(1_ms), carries(raw("twice")));
  EXPECT_SILENCE(bench.b);
}

TEST(Cable, AFrameThatOvertakesSkipsTheDelay) {
  Bench bench({.delay = 10_ms, .bandwidth_bps = 8'000'000, .reorder = {1, 2}});
  bench.burst(20, 100);
  bench.lab.run(1_s);
  const auto numbers = bench.arrived();
  ASSERT_EQ(numbers.size(), 20u);
  EXPECT_FALSE(std::is_sorted(numbers.begin(), numbers.end()));
  // Each comes when its last bit has left the transmitter, or 10 ms after that.
  for (const Sighting& seen : bench.b.heard()) {
    const Duration sent = 100_us * (seen.bytes[14] + 1);
    EXPECT_TRUE(seen.when == at_time(sent) || seen.when == at_time(sent + 10_ms))
        << testing::PrintToString(seen);
  }
}

TEST(Cable, CorruptionFlipsOneBit) {
  Bench bench({.delay = 1_ms, .bandwidth_bps = 0, .corrupt = {1, 1}});
  for (int i = 0; i < 20; ++i) bench.a.sends(0_ms, Frame(0x88b5, counting(100)));
  bench.lab.run(1_s);
  const Bytes sent = Frame(0x88b5, counting(100)).bytes(bench.a.mac(), bench.b.mac());
  ASSERT_EQ(bench.b.heard().size(), 20u);
  for (const Sighting& seen : bench.b.heard()) {
    int flipped = 0;
    for (std::size_t i = 0; i < sent.size(); ++i)
      flipped += std::popcount(unsigned(seen.bytes[i] ^ sent[i]));
    EXPECT_EQ(flipped, 1);
  }
}

TEST(Cable, CorruptionSpoilsOneCopyOfABroadcast) {
  Lab lab;
  Switch& bridge = lab.bridge("sw");
  FarEnd& a = lab.far("a");
  FarEnd& good = lab.far("good");
  FarEnd& bad = lab.far("bad");
  lab.cable(a, bridge);
  lab.cable(good, bridge);
  lab.cable(bridge, bad, {.delay = 1_ms, .bandwidth_bps = 0, .corrupt = {1, 1}});
  const Frame frame(0x88b5, counting(100));
  a.sends(0_ms, frame.to_all());
  lab.run(1_s);
  const Sighting undamaged = good.next(), damaged = bad.next();
  EXPECT_FRAME(undamaged, carries(frame));
  EXPECT_NE(damaged.bytes, undamaged.bytes);
}

TEST(Cable, MayBeTakenDownWithFramesUnderWay) {
  // Half of the frames overtake, and wait in the event queue for their last bit.
  auto bench = std::make_unique<Bench>(
      ChannelOptions{.delay = 10_ms, .bandwidth_bps = 8'000, .reorder = {1, 2}});
  bench->burst(20, 100);
  bench->lab.run(150_ms);  // the first has left
  const std::size_t live = bench->lab.network().lane().pool.live();
  EXPECT_EQ(live, 20 - bench->b.heard().size());
  bench.reset();  // the packet pool checks that everything came back
}

TEST(Interface, WithoutCableItDrops) {
  Lab lab;
  FarEnd& alone = lab.far("alone");
  alone.sends(0_ms, raw());
  lab.run(1_s);
  EXPECT_EQ(lab.network().lane().pool.live(), 0u);
  EXPECT_THAT(lab.drops(), ElementsAre("alone: link_down"));
}

TEST(Interface, CountsFramesAndOctets) {
  Bench bench(plain());
  bench.burst(3, 100);
  bench.a.sends(1_ms, raw("short"));
  bench.lab.run(1_s);
  EXPECT_EQ(bench.a.interface().sent().frames, 4u);
  EXPECT_EQ(bench.a.interface().sent().bytes, 360u);
  EXPECT_EQ(bench.b.interface().received().frames, 4u);
  EXPECT_EQ(bench.b.interface().received().bytes, 360u);
  EXPECT_EQ(bench.a.interface().received().frames, 0u);
}

TEST(Interface, ETH_18_TakesTagsBesideItsMtu) {
  struct Row {
    std::size_t payload;
    int tags;
    bool taken;
  };
  const Row rows[] = {{1500, 0, true},  {1501, 0, false}, {1500, 1, true},
                      {1501, 1, false}, {1500, 2, true},  {1500, 3, false}};
  for (const Row& row : rows) {
    Lab lab;
    FarEnd& a = lab.far("a");
    IpNode& host = lab.host("h", "10.0.0.1/24");
    lab.cable(a, host);
    Frame frame(0x88b5, counting(row.payload));
    for (int i = 0; i < row.tags; ++i) frame = frame.tagged(10);
    a.sends(0_ms, frame);
    lab.run(1_s);
    const auto drops = lab.drops();
    const bool too_long = drops == std::vector<std::string>{"h: frame_too_long"};
    EXPECT_EQ(too_long, !row.taken) << row.payload << " octets, " << row.tags << " tags";
  }
}

}  // namespace
}  // namespace natsim::lab
