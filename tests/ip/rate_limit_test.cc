// Goal: as many ICMP errors leave as leave a Linux host, per destination. The counts were measured.
#include "sim/ip/rate_limit.h"

#include <gtest/gtest.h>

#include "tests/ip/address_text.h"

namespace natsim {
namespace {

using From = IcmpRateLimit::From;

/// How many of `count` errors, `apart` from each other, are allowed.
int allowed(IcmpRateLimit& limit, int count, Duration apart, Instant start = {},
            IcmpType type = IcmpType::destination_unreachable, From from = From::packet) {
  int result = 0;
  for (int i = 0; i < count; ++i)
    result += limit.allow(start + apart * i, ip("10.0.0.2"), type, from);
  return result;
}

// ICMP-09
TEST(IcmpRateLimit, BurstOfSixThenOneASecond) {
  IcmpRateLimit burst;
  EXPECT_EQ(allowed(burst, 100, 10_us), 6);
  IcmpRateLimit steady;
  EXPECT_EQ(allowed(steady, 100, 50_ms), 10);  // 100 in 5 s
}

// ICMP-09: the routing code takes a token of its own.
TEST(IcmpRateLimit, PacketsWithoutARouteDrawTwice) {
  IcmpRateLimit limit;
  EXPECT_EQ(allowed(limit, 100, 10_us, {}, IcmpType::destination_unreachable, From::routing), 2);
}

TEST(IcmpRateLimit, RestFillsTheBucketAgainButNotBeyondSix) {
  IcmpRateLimit limit;
  EXPECT_EQ(allowed(limit, 100, 10_us), 6);
  EXPECT_EQ(allowed(limit, 100, 10_us, Instant() + 3_s), 3);
  EXPECT_EQ(allowed(limit, 100, 10_us, Instant() + 1_h), 6);
}

TEST(IcmpRateLimit, EachHostHasItsOwnBucket) {
  IcmpRateLimit limit;
  EXPECT_EQ(allowed(limit, 100, 10_us), 6);
  EXPECT_TRUE(limit.allow(Instant() + 1_ms, ip("10.0.0.3"), IcmpType::time_exceeded));
}

// ICMP-10: echo replies are not limited; neither are redirects by this bucket.
TEST(IcmpRateLimit, CountsOnlyErrors) {
  for (const IcmpType free : {IcmpType::echo_reply, IcmpType::redirect}) {
    IcmpRateLimit limit;
    EXPECT_EQ(allowed(limit, 1000, 10_us, {}, free), 1000);
  }
  for (const IcmpType counted : {IcmpType::destination_unreachable, IcmpType::source_quench,
                                 IcmpType::time_exceeded, IcmpType::parameter_problem}) {
    IcmpRateLimit limit;
    EXPECT_EQ(allowed(limit, 1000, 10_us, {}, counted), 6);
  }
}

// ICMP-11: whatever the code, REJECT's included, the bucket is one.
TEST(IcmpRateLimit, TypesShareTheBucket) {
  IcmpRateLimit limit;
  EXPECT_EQ(allowed(limit, 4, 0_s, {}, IcmpType::time_exceeded), 4);
  EXPECT_EQ(allowed(limit, 4, 0_s, {}, IcmpType::destination_unreachable), 2);
}

// ICMP-12
TEST(IcmpRateLimit, SwitchedOffLetsEverythingPass) {
  IcmpRateLimit limit;
  limit.set_enabled(false);
  EXPECT_EQ(allowed(limit, 1000, 0_s), 1000);
}

TEST(IcmpRateLimit, ForgettingHostsWithFullBucketsChangesNothing) {
  IcmpRateLimit limit;
  for (std::uint32_t host = 0; host < 5000; ++host) {
    const Instant now = Instant() + 10_ms * host;
    ASSERT_TRUE(limit.allow(now, {0x0a00'0000 + host}, IcmpType::time_exceeded));
    // The host of half a second ago has five left, whether or not it was swept over.
    if (host >= 50) {
      const Ipv4Address earlier{0x0a00'0000 + host - 50};
      int more = 0;
      for (int i = 0; i < 10; ++i) more += limit.allow(now, earlier, IcmpType::time_exceeded);
      ASSERT_EQ(more, 5) << host;
    }
  }
}

}  // namespace
}  // namespace natsim
