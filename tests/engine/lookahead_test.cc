// Goal: no part runs so far that something another one does could still be felt before, and the
// earliest one always gets on.
#include "sim/engine/lookahead.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/random.h"

namespace natsim {
namespace {

using testing::ElementsAre;

constexpr Instant at(std::int64_t ns) { return Instant::from_ns(ns); }

std::vector<Instant> horizons(Lookahead& lookahead, const std::vector<Instant>& next) {
  std::vector<Instant> out(next.size());
  lookahead.horizons(next, out);
  return out;
}

TEST(Lookahead, OfPartsThatDoNotMeetIsEndless) {
  Lookahead lookahead(2);
  EXPECT_THAT(horizons(lookahead, {at(5), at(9)}), ElementsAre(Instant::never(), Instant::never()));
}

TEST(Lookahead, IsTheDelayBetweenTwoParts) {
  Lookahead lookahead(2);
  lookahead.add(0, 1, 5_ns);
  lookahead.add(1, 0, 2_ns);
  // 0 feels 1's next event at 100 + 2, its own come back after 7: at 17.
  EXPECT_THAT(horizons(lookahead, {at(10), at(100)}), ElementsAre(at(17), at(15)));
  EXPECT_THAT(horizons(lookahead, {at(10), at(11)}), ElementsAre(at(13), at(15)));
}

TEST(Lookahead, TakesTheShortestOfSeveralCables) {
  Lookahead lookahead(2);
  lookahead.add(0, 1, 5_ns);
  lookahead.add(0, 1, 3_ns);
  lookahead.add(0, 1, 8_ns);
  EXPECT_THAT(horizons(lookahead, {at(10), at(10)}), ElementsAre(Instant::never(), at(13)));
}

TEST(Lookahead, ReachesOverOtherParts) {
  Lookahead lookahead(3);  // 0 -> 1 -> 2, and 1 has nothing to do
  lookahead.add(0, 1, 5_ns);
  lookahead.add(1, 2, 5_ns);
  EXPECT_THAT(horizons(lookahead, {at(10), Instant::never(), at(50)}),
              ElementsAre(Instant::never(), at(15), at(20)));
}

TEST(Lookahead, WithNothingToDoIsEndless) {
  Lookahead lookahead(2);
  lookahead.add(0, 1, 5_ns);
  lookahead.add(1, 0, 5_ns);
  EXPECT_THAT(horizons(lookahead, {Instant::never(), Instant::never()}),
              ElementsAre(Instant::never(), Instant::never()));
}

// Against the long way: an event in a part causes others, over every cable, after its delay.
TEST(Lookahead, AgreesWithFollowingEveryCable) {
  Prng dice(7);
  for (int round = 0; round < 200; ++round) {
    const std::size_t parts = dice.between(2, 5);
    Lookahead lookahead(parts);
    std::vector<std::vector<std::int64_t>> delay(parts, std::vector<std::int64_t>(parts, 0));
    for (std::size_t from = 0; from < parts; ++from)
      for (std::size_t to = 0; to < parts; ++to)
        if (from != to && dice.chance({1, 2})) {
          delay[from][to] = std::int64_t(dice.between(1, 20));
          lookahead.add(from, to, Duration::nanoseconds(delay[from][to]));
        }
    std::vector<Instant> next, felt(parts, Instant::never());
    for (std::size_t part = 0; part < parts; ++part)
      next.push_back(dice.chance({1, 4}) ? Instant::never() : at(std::int64_t(dice.below(50))));
    for (std::size_t steps = 0; steps < parts + 1; ++steps)
      for (std::size_t from = 0; from < parts; ++from)
        for (std::size_t to = 0; to < parts; ++to) {
          const Instant cause = std::min(next[from], felt[from]);
          if (delay[from][to] > 0 && cause != Instant::never())
            felt[to] = std::min(felt[to], cause + Duration::nanoseconds(delay[from][to]));
        }
    EXPECT_EQ(horizons(lookahead, next), felt) << "round " << round;
  }
}

}  // namespace
}  // namespace natsim
