// Goal: into however many parts a network is divided, the same happens in it and the same is told
// of it, word for word. Method: networks made up by dice, run by one thread and by several.
#include <gtest/gtest.h>

#include "sim/network/build.h"
#include "tests/threads/country.h"
#include "tests/threads/witness.h"

namespace natsim::threads {
namespace {

IpAddress address(const char* text) { return *IpAddress::parse(text); }

class SameRun : public testing::TestWithParam<std::uint64_t> {};

// Under ThreadSanitizer each takes twenty times as long.
#if defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kCountries = 10;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
constexpr std::uint64_t kCountries = 10;
#else
constexpr std::uint64_t kCountries = 30;
#endif
#else
constexpr std::uint64_t kCountries = 30;
#endif

INSTANTIATE_TEST_SUITE_P(Countries, SameRun, testing::Range<std::uint64_t>(0, kCountries));

TEST_P(SameRun, IsTold) {
  const spec::Topology topology = make_country(GetParam());
  const Account one = run_scenario(topology, {});
  ASSERT_GE(one.told.size(), 100u);
  for (const std::uint32_t threads : {2, 3, 5}) {
    const Account other = run_scenario(topology, {.threads = threads});
    EXPECT_EQ(difference(one, other), "") << threads << " threads, " << other.parts << " parts";
  }
}

TEST_P(SameRun, HappensWhenNobodyWatches) {
  const spec::Topology topology = make_country(GetParam());
  const Account one = run_scenario(topology, {.watched = false});
  for (const std::uint32_t threads : {2, 4}) {
    const Account other = run_scenario(topology, {.threads = threads, .watched = false});
    EXPECT_EQ(difference(one, other), "") << threads << " threads, " << other.parts << " parts";
  }
}

TEST_P(SameRun, IsToldByOneThreadThatRunsAllParts) {
  const spec::Topology topology = make_country(GetParam());
  const Account one = run_scenario(topology, {});
  const Account other = run_scenario(topology, {.threads = 4, .share_everything = false});
  EXPECT_EQ(difference(one, other), "") << other.parts << " parts";
}

TEST(SameRun, MostCountriesAreDivided) {
  std::uint64_t divided = 0;
  for (std::uint64_t number = 0; number < kCountries; ++number)
    divided += run_scenario(make_country(number), {.threads = 2, .watched = false}).parts == 2;
  EXPECT_GE(divided, kCountries * 3 / 4);
}

TEST(SameRun, OfTownsUnderLoad) {
  const spec::Topology topology = make_towns(4, 3, Duration::microseconds(200), 500);
  const Account one = run_scenario(topology, {});
  ASSERT_GE(one.told.size(), 10'000u);
  for (const std::uint32_t threads : {2, 4}) {
    const Account other = run_scenario(topology, {.threads = threads, .share_everything = false});
    EXPECT_EQ(other.parts, threads);
    EXPECT_EQ(difference(one, other), "");
  }
}

/// Wants no visits, and counts what it hears.
class Counting final : public Observer {
 public:
  bool wants_visits() const override { return false; }
  void on_visit(const Visit&) override { ++visits; }
  void on_frame(const FrameEvent&) override { ++frames; }
  std::uint64_t visits = 0, frames = 0;
};

TEST(SameRun, IsToldWithoutVisitsToWhoWantsNone) {
  const auto count = [](std::uint32_t threads) {
    Problems problems;
    const spec::Topology topology = make_towns(4, 3, Duration::microseconds(200), 5);
    const auto network = build_network(topology, problems, std::nullopt, threads);
    EXPECT_EQ(network->thread_count(), threads);
    Counting counting;
    network->observe(&counting);
    network->ip_node(*network->find("t1a"))
        ->sockets()
        .ping({.destination = address("10.2.0.1")}, {});
    network->ip_node(*network->find("t0a"))
        ->sockets()
        .ping({.destination = address("10.0.3.2")}, {});
    network->run_until(Instant() + 1_s);
    network->observe(nullptr);
    return counting;
  };
  const Counting one = count(1), two = count(2);
  EXPECT_GE(one.frames, 20u);
  EXPECT_EQ(one.frames, two.frames);
  EXPECT_EQ(one.visits, two.visits);
}

TEST(SameRun, OfMorePartsThanThreads) {
  const spec::Topology topology = make_towns(130, 8, Duration::milliseconds(1), 5);
  const Account one = run_scenario(topology, {});
  for (const std::uint32_t threads : {2, 3}) {
    const Account other = run_scenario(topology, {.threads = threads});
    EXPECT_GT(other.parts, threads);
    EXPECT_EQ(difference(one, other), "");
  }
}

}  // namespace
}  // namespace natsim::threads
