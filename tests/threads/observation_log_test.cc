// Goal: what simulators tell that run one after the other comes out in the order in which a single
// one would have told it, even where an event causes one before itself in the order of its instant.
#include "sim/network/observation_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <deque>
#include <string>

#include "sim/base/random.h"

namespace natsim {
namespace {

using testing::ElementsAre;

class Heard final : public Observer {
 public:
  void on_note(const NoteEvent& note) override { texts.push_back(note.text); }
  void on_visit(const Visit& visit) override {
    texts.push_back(fmt::format("visit {}", visit.journey.value));
  }
  void on_frame(const FrameEvent& frame) override {
    texts.push_back(fmt::format("frame of {}", frame.frame.size()));
  }
  std::vector<std::string> texts;
};

/// An event that tells its name, or nothing, and causes others.
struct Act;
struct Effect {
  Duration later;
  EventOrder order;
  Act* act;
};
struct Act final : EventHandler {
  Act(Simulator& with, Observer& to, std::string text)
      : simulator(&with), observer(&to), name(std::move(text)) {}

  Simulator* simulator;
  Observer* observer;
  std::string name;
  std::vector<Effect> effects;

  void on_event(std::uint64_t) override {
    if (!name.empty()) observer->on_note({simulator->now(), simulator->order(), {}, name});
    for (const Effect& effect : effects)
      simulator->schedule(simulator->now() + effect.later, effect.order, *effect.act);
  }
};

TEST(ObservationLog, KeepsWhatIsTold) {
  Simulator simulator;
  ObservationLog log(simulator);
  const Bytes bytes(60);
  Visit visit;
  visit.journey = {7};
  log.on_visit(visit);
  log.on_frame({{}, 0, {}, {}, Direction::sent, {}, bytes});
  log.on_note({{}, 0, {}, "a lease"});
  Heard heard;
  ObservationLog* const logs[] = {&log};
  ObservationLog::replay(logs, heard);
  ObservationLog::replay(logs, heard);  // it is empty now
  EXPECT_THAT(heard.texts, ElementsAre("visit 7", "frame of 60", "a lease"));
}

TEST(ObservationLog, PutsAnEffectBehindItsSilentCause) {
  Simulator one, two;
  ObservationLog log_one(one), log_two(two);
  Act cause(one, log_one, ""), effect(one, log_one, "effect"), other(two, log_two, "other");
  cause.effects = {{Duration(), 3, &effect}};
  one.schedule(Instant() + 1_ms, 10, cause);
  two.schedule(Instant() + 1_ms, 5, other);
  one.run_ranked_until(Instant() + 1_s);
  two.run_ranked_until(Instant() + 1_s);
  Heard heard;
  ObservationLog* const logs[] = {&log_one, &log_two};
  ObservationLog::replay(logs, heard);
  // A single queue runs 5, then 10, and only then 3, which was not there before.
  EXPECT_THAT(heard.texts, ElementsAre("other", "effect"));
}

/// Four families of causes and effects, half of them silent, all at a few instants; each family is
/// in one part.
std::vector<std::string> tell(std::uint64_t seed, std::size_t parts) {
  Prng dice(seed);
  std::deque<Simulator> simulators(parts);
  std::deque<ObservationLog> logs;
  std::vector<ObservationLog*> all;
  for (Simulator& simulator : simulators) all.push_back(&logs.emplace_back(simulator));
  Heard heard;
  std::deque<Act> acts;
  for (std::uint64_t i = 0; i < 100; ++i) {
    const std::size_t part = i % 4 % parts;
    Observer& told = parts == 1 ? static_cast<Observer&>(heard) : *all[part];
    Act& act = acts.emplace_back(simulators[part], told,
                                 dice.chance({1, 2}) ? fmt::format("{}", i) : std::string());
    const Duration later = Duration::milliseconds(dice.chance({1, 4}) ? 1 : 0);
    const EventOrder order = dice.below(1000) * 1000 + i;
    const std::uint64_t ancestors = i / 4;
    const std::uint64_t ancestor = dice.below(ancestors + 1);
    if (ancestor < ancestors)
      acts[ancestor * 4 + i % 4].effects.push_back({later, order, &act});
    else
      act.simulator->schedule(Instant() + 1_ms + later, order, act);
  }
  for (Simulator& simulator : simulators) simulator.run_ranked_until(Instant() + 1_s);
  if (parts > 1) ObservationLog::replay(all, heard);
  return heard.texts;
}

TEST(ObservationLog, TellsWhatOneSimulatorWouldHaveTold) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const std::vector<std::string> one = tell(seed, 1);
    ASSERT_GE(one.size(), 20u);
    for (const std::size_t parts : {2, 3, 4}) EXPECT_EQ(one, tell(seed, parts)) << "seed " << seed;
  }
}

}  // namespace
}  // namespace natsim
