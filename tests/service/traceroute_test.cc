// Goal: traceroute's bookkeeping does what Linux's traceroute does: how many probes are under way,
// who is waited for and how long, and where it ends.
#include <gtest/gtest.h>

#include "sim/service/traceroute.h"

namespace natsim {
namespace {

const Ipv4Address kTarget = *Ipv4Address::parse("10.0.9.9");
const Ipv4Address kFirst = *Ipv4Address::parse("10.0.1.1");
const Ipv4Address kSecond = *Ipv4Address::parse("10.0.2.1");
constexpr IcmpError kTtl(Ipv4Address from) { return {IpAddress(from), 11, 0}; }
constexpr IcmpError kPort(Ipv4Address from) { return {IpAddress(from), 3, 3}; }
Instant at_ms(std::int64_t ms) { return Instant() + Duration::milliseconds(ms); }

std::vector<std::uint32_t> due(Traceroute& run, Instant now) {
  std::vector<std::uint32_t> probes;
  while (const auto next = run.on_deadline(now)) {
    EXPECT_EQ(next->ttl, next->probe / 3 + 1);
    probes.push_back(next->probe);
  }
  return probes;
}

TEST(Traceroute, SixteenProbesAreUnderWay) {
  Traceroute run(kTarget, {}, at_ms(0));
  EXPECT_EQ(due(run, at_ms(0)).size(), 16u);
  run.on_error(0, kTtl(kFirst), at_ms(1));
  EXPECT_EQ(due(run, at_ms(1)), (std::vector<std::uint32_t>{16}));
}

TEST(Traceroute, OneAfterTheOtherIfToldSo) {
  TracerouteOptions options;
  options.parallel = 1;
  Traceroute run(kTarget, options, at_ms(0));
  EXPECT_EQ(due(run, at_ms(0)), (std::vector<std::uint32_t>{0}));
  EXPECT_EQ(run.next_deadline(), at_ms(5000));
  run.on_error(0, kTtl(kFirst), at_ms(2));
  EXPECT_EQ(due(run, at_ms(2)), (std::vector<std::uint32_t>{1}));
}

TEST(Traceroute, EndsWithTheHopWhereTheTargetAnswers) {
  Traceroute run(kTarget, {}, at_ms(0));
  due(run, at_ms(0));
  for (std::uint32_t i = 0; i < 3; ++i) run.on_error(i, kTtl(kFirst), at_ms(1));
  for (std::uint32_t i = 3; i < 6; ++i) run.on_error(i, kPort(kTarget), at_ms(2));
  ASSERT_TRUE(run.done());
  EXPECT_EQ(run.next_deadline(), Instant::never());
  const TracerouteResult result = run.result();
  EXPECT_TRUE(result.reached);
  ASSERT_EQ(result.hops.size(), 2u);
  EXPECT_EQ(result.hops[1].ttl, 2);
  EXPECT_EQ(result.hops[1].probes[2].from, kTarget);
  EXPECT_EQ(*result.hops[1].probes[2].rtt, Duration::milliseconds(2));
}

// traceroute(8), -w MAX,HERE,NEAR: three times the answer of the same hop, ten times a later one's.
TEST(Traceroute, WaitsLessLongWhereOthersWereQuicker) {
  Traceroute run(kTarget, {}, at_ms(0));
  due(run, at_ms(0));
  EXPECT_EQ(run.next_deadline(), at_ms(5000));
  run.on_error(3, kTtl(kSecond), at_ms(19));  // of the second hop
  EXPECT_EQ(run.next_deadline(), at_ms(0));   // there is room for another probe
  due(run, at_ms(19));
  EXPECT_EQ(run.next_deadline(), at_ms(200));
  run.on_error(1, kTtl(kFirst), at_ms(49));  // of the first
  due(run, at_ms(49));
  EXPECT_EQ(run.next_deadline(), at_ms(150));
  due(run, at_ms(150));
  run.on_error(0, kTtl(kFirst), at_ms(151));  // too late: it is a star already
  for (std::uint32_t i : {2u, 4u, 5u}) run.on_error(i, kTtl(kSecond), at_ms(152));
  for (std::uint32_t i = 6; i < 9; ++i) run.on_answer(i, kTarget, at_ms(153));
  ASSERT_TRUE(run.done());
  EXPECT_FALSE(run.result().hops[0].probes[0].rtt);
  EXPECT_TRUE(run.result().hops[0].probes[1].rtt);
}

TEST(Traceroute, GivesUpAfterTheLastHop) {
  TracerouteOptions options;
  options.max_hops = 2;
  options.timeout = Duration::seconds(1);
  Traceroute run(kTarget, options, at_ms(0));
  EXPECT_EQ(due(run, at_ms(0)).size(), 6u);
  due(run, at_ms(1000));
  ASSERT_TRUE(run.done());
  EXPECT_FALSE(run.result().reached);
  EXPECT_EQ(run.result().hops.size(), 2u);
}

TEST(Traceroute, AProhibitionIsAnEndButNotTheTarget) {
  Traceroute run(kTarget, {}, at_ms(0));
  due(run, at_ms(0));
  for (std::uint32_t i = 0; i < 3; ++i) run.on_error(i, {IpAddress(kFirst), 3, 13}, at_ms(1));
  ASSERT_TRUE(run.done());
  EXPECT_FALSE(run.result().reached);
  EXPECT_EQ(run.result().hops[0].probes[0].mark, "!X");
}

// IPV4-30: the first hop may send one, and the probe goes on all the same.
TEST(Traceroute, ARedirectIsNoEnd) {
  Traceroute run(kTarget, {}, at_ms(0));
  due(run, at_ms(0));
  run.on_error(3, {IpAddress(kFirst), 5, 1}, at_ms(1));
  run.on_error(3, kTtl(kSecond), at_ms(2));
  for (std::uint32_t i = 0; i < 9; ++i) run.on_answer(i, kTarget, at_ms(3));
  ASSERT_TRUE(run.done());
  EXPECT_EQ(run.result().hops.size(), 1u);
}

// Of traceroute(8): "!H, !N, or !P …".
TEST(Traceroute, MarksAreTraceroutes) {
  const auto mark = [](std::uint8_t type, std::uint8_t code) {
    return traceroute_mark({IpAddress(kFirst), type, code});
  };
  EXPECT_EQ(mark(11, 0), "");
  EXPECT_EQ(mark(3, 3), "");
  EXPECT_EQ(mark(3, 0), "!N");
  EXPECT_EQ(mark(3, 1), "!H");
  EXPECT_EQ(mark(3, 2), "!P");
  EXPECT_EQ(mark(3, 4), "!F");
  EXPECT_EQ(mark(3, 5), "!S");
  for (const std::uint8_t code : {9, 10, 13}) EXPECT_EQ(mark(3, code), "!X");
  EXPECT_EQ(mark(3, 14), "!V");
  EXPECT_EQ(mark(3, 15), "!C");
  EXPECT_EQ(mark(3, 77), "!<77>");
  EXPECT_EQ(mark(12, 0), "!<12-0>");
}

}  // namespace
}  // namespace natsim
