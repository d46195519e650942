// Goal: every member of a team does each job once, and all see afterwards what each has done.
#include "sim/engine/team.h"

#include <gtest/gtest.h>

#include <vector>

namespace natsim {
namespace {

struct Tally {
  std::vector<std::uint64_t> jobs;  // by member
  std::uint64_t sum = 0;            // of the caller
};

void count(void* context, unsigned member) { ++static_cast<Tally*>(context)->jobs[member]; }

class TeamOf : public testing::TestWithParam<unsigned> {};
INSTANTIATE_TEST_SUITE_P(Members, TeamOf, testing::Values(1, 2, 3, 7));

TEST_P(TeamOf, DoesEveryJobOnceEach) {
  Tally tally{std::vector<std::uint64_t>(GetParam()), 0};
  Team team(GetParam(), count, &tally);
  constexpr std::uint64_t kRounds = 2000;
  for (std::uint64_t round = 1; round <= kRounds; ++round) {
    team.run();
    for (const std::uint64_t jobs : tally.jobs) ASSERT_EQ(jobs, round);
  }
}

TEST_P(TeamOf, EndsWithoutHavingDoneAnything) {
  Tally tally{std::vector<std::uint64_t>(GetParam()), 0};
  { Team team(GetParam(), count, &tally); }
  for (const std::uint64_t jobs : tally.jobs) EXPECT_EQ(jobs, 0u);
}

TEST(Team, MembersPassTheirWorkOnToEachOther) {
  // In each round a member adds up what the others have written in the round before.
  struct Ring {
    std::vector<std::uint64_t> values{1, 1, 1}, before{1, 1, 1};
  } ring;
  Team team(
      3,
      [](void* context, unsigned member) {
        Ring& r = *static_cast<Ring*>(context);
        r.values[member] = r.before[(member + 1) % 3] + r.before[(member + 2) % 3];
      },
      &ring);
  for (int round = 0; round < 20; ++round) {
    team.run();
    ring.before = ring.values;
  }
  for (const std::uint64_t value : ring.values) EXPECT_EQ(value, 1u << 20);
}

}  // namespace
}  // namespace natsim
