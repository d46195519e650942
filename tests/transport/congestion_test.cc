// Goal: windows grow and shrink as RFC 5681 and RFC 9438 say. Method: round trips by hand, and the
// formulas of the RFCs beside them, in floating point.
#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "sim/transport/cubic.h"
#include "sim/transport/new_reno.h"

namespace natsim {
namespace {

constexpr std::uint32_t kSegment = 1000;

/// A round trip in which a whole window is acknowledged, two segments an ACK.
void round_trip(CongestionControl& control, Duration rtt, Instant& now) {
  const std::uint32_t window = control.window();
  for (std::uint32_t acked = 0; acked + 2 * kSegment <= window; acked += 2 * kSegment)
    control.on_ack(2 * kSegment, rtt, now);
  now = now + rtt;
}

// TCP-18
TEST(NewReno, OneSegmentEachRoundTripBeyondTheThreshold) {
  NewReno control(kSegment, 10 * kSegment);
  EXPECT_TRUE(control.in_slow_start());
  control.on_ack(2 * kSegment, 100_ms, Instant());
  EXPECT_EQ(control.window(), 11 * kSegment);
  control.on_loss(20 * kSegment, Instant());
  EXPECT_EQ(control.window(), 10 * kSegment);
  Instant now;
  for (std::uint32_t trip = 1; trip <= 20; ++trip) {
    round_trip(control, 100_ms, now);
    EXPECT_NEAR(control.window(), (10 + trip) * kSegment, 1.5 * kSegment);
  }
}

// TCP-20
TEST(NewReno, ATimeoutLeavesOneSegmentAndTwoForTheThreshold) {
  NewReno control(kSegment, 10 * kSegment);
  control.on_timeout(3 * kSegment, true, Instant());
  EXPECT_EQ(control.window(), kSegment);
  EXPECT_EQ(control.threshold(), 2 * kSegment);
}

TEST(Cubic, CubeRootIsRoundedDown) {
  for (std::uint64_t root : {0, 1, 2, 3, 10, 999, 1000, 65'535, 1'000'003, 2'000'000}) {
    EXPECT_EQ(cube_root(root * root * root), root);
    EXPECT_EQ(cube_root(root * root * root + 1), root == 0 ? 1 : root);
    if (root > 1) {
      EXPECT_EQ(cube_root(root * root * root - 1), root - 1);
    }
  }
}

TEST(Cubic, SeventyPercentRemainAfterALoss) {
  Cubic control(kSegment, 100 * kSegment);
  control.on_loss(100 * kSegment, Instant());
  EXPECT_EQ(control.window(), 70 * kSegment);
}

TEST(Cubic, TheWindowFollowsTheCurve) {
  constexpr double kC = 0.4;
  const double before = 1000;  // segments
  Cubic control(kSegment, std::uint32_t(before) * kSegment);
  control.on_loss(std::uint32_t(before) * kSegment, Instant());
  const double k = std::cbrt(before * 0.3 / kC);
  Instant now;
  for (int trip = 1; trip <= 150; ++trip) {
    round_trip(control, 100_ms, now);
    const double t = double(trip) * 0.1;
    const double wanted = kC * std::pow(t - k, 3) + before;
    EXPECT_NEAR(control.window() / double(kSegment), wanted, wanted * 0.05) << t;
  }
}

TEST(Cubic, ShortRoundTripsAreNoSlowerThanReno) {
  Cubic cubic(kSegment, 20 * kSegment);
  NewReno reno(kSegment, 20 * kSegment);
  cubic.on_loss(20 * kSegment, Instant());
  reno.on_loss(28 * kSegment, Instant());  // both begin at 14
  ASSERT_EQ(cubic.window(), reno.window());
  Instant now, then;
  for (int trip = 0; trip < 100; ++trip) {
    round_trip(cubic, 1_ms, now);
    round_trip(reno, 1_ms, then);
  }
  EXPECT_GT(cubic.window(), reno.window() * 8 / 10);
}

TEST(Cubic, AWindowThatShrinksAgainLeavesRoom) {
  Cubic control(kSegment, 100 * kSegment);
  control.on_loss(100 * kSegment, Instant());  // W_max = 100
  control.on_loss(70 * kSegment, Instant());   // fast convergence: W_max = 70 * 0.85
  Instant now;
  for (int trip = 0; trip < 20; ++trip) round_trip(control, 100_ms, now);
  EXPECT_NEAR(control.window(), 59.5 * kSegment, 4.0 * kSegment) << "the curve is flat there";
}

}  // namespace
}  // namespace natsim
