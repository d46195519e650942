// Goal: repetitions begin when they should: evenly, at random with the right mean, in bursts, and
// not after the end; and the random times are the same on every machine.
#include "sim/base/pacing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace natsim {
namespace {

using testing::ElementsAre;

std::vector<std::int64_t> times_ms(const Pacing& pacing, std::uint64_t seed = 1) {
  Pacer pacer(pacing, Instant(), Prng(seed));
  std::vector<std::int64_t> times;
  for (std::optional<Instant> when = Instant(); when; when = pacer.next(*when))
    times.push_back(when->ns() / 1'000'000);
  EXPECT_TRUE(pacer.finished());
  EXPECT_EQ(pacer.next(Instant()), std::nullopt);
  return times;
}

TEST(Pacing, EvenlyACountOfTimes) {
  EXPECT_THAT(times_ms({3, 10_ms, Instant::never(), {}}), ElementsAre(0, 10, 20));
  EXPECT_THAT(times_ms({1, 10_ms, Instant::never(), {}}), ElementsAre(0));
}

TEST(Pacing, NothingBeginsFromTheEndOn) {
  EXPECT_THAT(times_ms({100, 10_ms, Instant() + 30_ms, {}}), ElementsAre(0, 10, 20));
  EXPECT_THAT(times_ms({2, 10_ms, Instant() + 30_ms, {}}), ElementsAre(0, 10));
}

TEST(Pacing, BurstsGoOnWhereTheLastOneEnded) {
  const Bursts bursts{30_ms, 50_ms};
  EXPECT_THAT(times_ms({6, 10_ms, Instant::never(), bursts}), ElementsAre(0, 10, 20, 80, 90, 100));
  // 20 ms are left of an interval of 25 when the burst ends.
  EXPECT_THAT(times_ms({4, 25_ms, Instant::never(), bursts}), ElementsAre(0, 25, 100, 175));
  EXPECT_THAT(times_ms({9, 25_ms, Instant() + 90_ms, bursts}), ElementsAre(0, 25));
}

TEST(Pacing, ExponentialTimesAreTheSameEverywhere) {
  Prng rng(42);
  std::vector<std::int64_t> drawn;
  for (int i = 0; i < 6; ++i) drawn.push_back(draw_exponential(rng, 1_s).ns());
  EXPECT_THAT(drawn, ElementsAre(2478571109, 970271184, 385598643, 78293547, 8229858, 261703184));
  // -ln(draw / 2^64) in sixty digits, by another program.
  const std::int64_t exact[] = {2'478'571'109, 970'271'184, 385'598'643,
                                78'293'548,    8'229'858,   261'703'184};
  for (std::size_t i = 0; i < drawn.size(); ++i) EXPECT_NEAR(drawn[i], exact[i], 25);
}

TEST(Pacing, ExponentialTimesHaveTheirMeanAndTheirShape) {
  Prng rng(7);
  constexpr int kDraws = 200'000;
  std::int64_t sum_ns = 0, above_mean = 0, above_three = 0;
  for (int i = 0; i < kDraws; ++i) {
    const Duration time = draw_exponential(rng, 1_ms);
    sum_ns += time.ns();
    above_mean += time > 1_ms;
    above_three += time > 3_ms;
  }
  EXPECT_NEAR(double(sum_ns) / kDraws, 1e6, 1e4);
  EXPECT_NEAR(double(above_mean) / kDraws, std::exp(-1.0), 0.005);
  EXPECT_NEAR(double(above_three) / kDraws, std::exp(-3.0), 0.002);
}

TEST(Pacing, PoissonArrivalsDependOnTheSeedOnly) {
  const Pacing pacing{1'000'000, {10_ms, true}, Instant() + 10_s, {}};
  EXPECT_EQ(times_ms(pacing, 1), times_ms(pacing, 1));
  EXPECT_NE(times_ms(pacing, 1), times_ms(pacing, 2));
  EXPECT_NEAR(double(times_ms(pacing).size()), 1000, 100);
  EXPECT_EQ(pacing.expected(Instant()), 1001u);
}

TEST(Pacing, RandomBurstsKeepTheirShareOfTime) {
  const Pacing pacing{1'000'000, 1_ms, Instant() + 100_s, Bursts{{30_ms, true}, {70_ms, true}}};
  EXPECT_NEAR(double(times_ms(pacing).size()), 30'000, 1500);
  EXPECT_NEAR(double(pacing.expected(Instant())), 30'000, 1);
}

TEST(Pacing, MeansUpToTheLargestDoNotOverflow) {
  Prng rng(3);
  for (int i = 0; i < 10'000; ++i) {
    const Duration time = draw_exponential(rng, kExponentialMeanMax);
    ASSERT_GE(time, Duration());
    ASSERT_LE(time / 45, kExponentialMeanMax);
  }
  EXPECT_EQ(draw_exponential(rng, Duration()), Duration());
}

}  // namespace
}  // namespace natsim
