// The same file and the same seed give the same bytes: in every run, in every process, whoever
// watches. Another seed changes what is drawn, and nothing else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <set>

#include <fmt/format.h>

#include "sim/engine/event.h"
#include "src/report/results.h"
#include "tests/scenario/simulation.h"
#include "tests/scenario/story.h"
#include "tests/scenario/topologies.h"

namespace natsim::scenario {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::Not;

class Determinism : public testing::TestWithParam<std::string> {
 protected:
  const std::string name_ = GetParam();
  const std::string text_ = topology_text(GetParam());
};

INSTANTIATE_TEST_SUITE_P(All, Determinism, testing::ValuesIn(topology_names()), test_name);

TEST_P(Determinism, TwoRunsInOneProcessAgree) {
  Simulation one(name_, text_), two(name_, text_);  // side by side: nothing is shared
  one.run();
  two.run();
  EXPECT_THAT(one.record().frames(), Not(IsEmpty()));
  EXPECT_TRUE(one.record().frames() == two.record().frames());
  EXPECT_EQ(one.fingerprint_line(), two.fingerprint_line());
  EXPECT_EQ(one.found(), two.found());
}

/// What a run leaves: what it said, and its files by name.
std::map<std::string, std::string> traces_of(const std::string& name, const std::string& text,
                                             const std::vector<std::string>& options = {}) {
  const Folder folder;
  folder.write(name + ".yaml", text);
  std::vector<std::string> command = {"run", name + ".yaml", "-o", "captures"};
  command.insert(command.end(), options.begin(), options.end());
  const Finished run = run_natsim(command, folder.path());
  EXPECT_EQ(run.status, 0) << run.err;
  std::map<std::string, std::string> traces = {{"stdout", run.out}, {"stderr", run.err}};
  for (const auto& entry : std::filesystem::directory_iterator(folder / "captures"))
    traces[entry.path().filename().string()] = read_text(entry.path().string());
  return traces;
}

std::vector<std::string> differing(const std::map<std::string, std::string>& a,
                                   const std::map<std::string, std::string>& b) {
  std::set<std::string> names;
  for (const auto& [name, content] : a)
    if (!b.contains(name) || b.at(name) != content) names.insert(name);
  for (const auto& [name, content] : b)
    if (!a.contains(name)) names.insert(name);
  return {names.begin(), names.end()};
}

TEST_P(Determinism, TwoProcessesLeaveTheSameBytes) {
  const auto one = traces_of(name_, text_), two = traces_of(name_, text_);
  EXPECT_GE(one.size(), 5u) << "outputs, a pcapng file, a pcap file for each interface";
  EXPECT_THAT(differing(one, two), IsEmpty());
}

// --- another seed -------------------------------------------------------------------------------

TEST_P(Determinism, AnotherSeedLeavesOtherBytes) {
  const auto one = traces_of(name_, text_), two = traces_of(name_, text_, {"--seed", "4711"});
  EXPECT_THAT(differing(one, two), Contains(name_ + ".pcapng"));
}

/// The IPv4 packets that passed an interface, by what no draw may change: who sent which protocol
/// to whom, and how much. Not: ports, identifiers, sequence numbers, and ARP's refreshing of its
/// entries, whose times are drawn.
std::map<std::string, std::vector<std::string>> shape_of(Simulation& simulation) {
  const NetworkNames names = names_of(simulation.network());
  std::map<std::string, std::vector<std::string>> shape;
  for (const SeenFrame& frame : simulation.record().frames()) {
    const lab::Sighting sighting{frame.when, frame.bytes, nullptr};
    const lab::Dissected seen(sighting);
    if (!seen.ip) continue;
    shape[node_name(names, frame.node) + ":" + interface_name(names, frame.node, frame.interface)]
        .push_back(fmt::format("{} {} > {}: {} > {} {}, {} bytes",
                               frame.direction == Direction::sent ? "sent" : "received",
                               sighting.source().to_string(), sighting.destination().to_string(),
                               seen.ip->source().to_string(), seen.ip->destination().to_string(),
                               to_string(seen.ip->protocol()), frame.bytes.size()));
  }
  return shape;
}

TEST_P(Determinism, AnotherSeedChangesOnlyWhatIsDrawn) {
  // Where cables lose frames, that is drawn too, and what TCP makes of it.
  if (text_.find("loss:") != std::string::npos) GTEST_SKIP() << "another seed loses others";
  if (text_.find("exponential") != std::string::npos) GTEST_SKIP() << "times are drawn, too";
  if (text_.find("certificates:") != std::string::npos) GTEST_SKIP() << "keys are drawn, too";
  Simulation base(name_, text_);
  base.run();
  const auto shape = shape_of(base);
  for (const std::uint64_t seed : {2, 4711}) {
    Simulation other(name_, text_, seed);
    other.run();
    EXPECT_THAT(other.unmet(), IsEmpty()) << "seed " << seed;
    EXPECT_EQ(base.found(), other.found()) << "seed " << seed;
    EXPECT_EQ(shape, shape_of(other)) << "seed " << seed;
    EXPECT_NE(base.record().fingerprint(), other.record().fingerprint()) << "seed " << seed;
  }
}

TEST_P(Determinism, TheSeedOfTheFileIsThatOfTheCommandLine) {
  Simulation written(name_, "seed: 4711\n" + text_), given(name_, text_, 4711);
  written.run();
  given.run();
  EXPECT_EQ(written.fingerprint_line(), given.fingerprint_line());
}

// --- whoever watches ----------------------------------------------------------------------------

/// Frames by capture, NODE-INTERFACE, with times from the first one on.
std::map<std::string, Sightings> by_capture(Simulation& simulation) {
  const NetworkNames names = names_of(simulation.network());
  std::map<std::string, Sightings> captures;
  for (const SeenFrame& frame : simulation.record().frames()) {
    if (names[frame.node.value].role == NodeRole::lan) continue;
    Sightings& capture = captures[node_name(names, frame.node) + "-" +
                                  interface_name(names, frame.node, frame.interface)];
    capture.push_back({frame.when, frame.bytes, nullptr});
  }
  for (auto& [name, capture] : captures) {
    const Duration first = capture.front().when - Instant();
    for (lab::Sighting& frame : capture) frame.when = frame.when - first;
  }
  return captures;
}

TEST_P(Determinism, CapturesAndReportSeeWhatPassed) {
  Simulation simulation(name_, text_);
  simulation.run();
  const auto passed = by_capture(simulation);
  const Story& story = story_of(name_);
  std::vector<std::string> busy;
  for (const auto& [name, frames] : passed) {
    busy.push_back(name);
    EXPECT_TRUE(story.at(name) == frames) << name;
  }
  EXPECT_GE(busy.size(), std::min<std::size_t>(3, story.captures().size()));
  for (const std::string& name : story.captures()) {
    const bool quiet = story.at(name).empty();
    EXPECT_TRUE(quiet || passed.contains(name)) << name;
  }
}

/// Looks at the interfaces' own counters whenever the record says that a frame passed somewhere,
/// after everything else of that instant. If all counters are right at all these instants, the same
/// number of frames and bytes passed each interface at the same nanosecond.
class CounterWatch final : private EventHandler {
 public:
  CounterWatch(Network& network, const std::vector<SeenFrame>& expected) : network_(network) {
    for (const SeenFrame& frame : expected) {
      if (instants_.empty() || instants_.back().when != frame.when)
        instants_.push_back({frame.when, {}});
      instants_.back().frames.push_back(&frame);
    }
    schedule();
  }

  std::size_t instants_seen() const { return next_; }
  std::size_t instants_expected() const { return instants_.size(); }
  const std::vector<std::string>& complaints() const { return complaints_; }

 private:
  struct At {
    Instant when;
    std::vector<const SeenFrame*> frames;
  };
  struct Counters {
    InterfaceCounters sent, received;
  };

  void schedule() {
    // The last of its instant: no node has so high a number.
    if (next_ < instants_.size())
      network_.lane().simulator.schedule(instants_[next_].when,
                                         std::numeric_limits<EventOrder>::max() - next_, *this);
  }

  void on_event(std::uint64_t) override {
    for (const SeenFrame* frame : instants_[next_].frames) {
      Counters& counters = expected_[{frame->node, frame->interface}];
      InterfaceCounters& one =
          frame->direction == Direction::sent ? counters.sent : counters.received;
      ++one.frames;
      one.bytes += frame->bytes.size();
    }
    compare();
    ++next_;
    schedule();
  }

  const Interface& port(NodeId node, IfIndex index) {
    if (IpNode* ip = network_.ip_node(node)) return ip->port(index);
    return network_.switch_node(node)->port(index);
  }

  void compare() {
    const auto same = [](const InterfaceCounters& a, const InterfaceCounters& b) {
      return a.frames == b.frames && a.bytes == b.bytes;
    };
    for (const auto& [place, counters] : expected_) {
      const Interface& interface = port(place.first, place.second);
      if (same(interface.sent(), counters.sent) && same(interface.received(), counters.received))
        continue;
      complaints_.push_back(fmt::format(
          "{} ns: {}:{} sent {} and received {} frames, not {} and {}", network_.now().ns(),
          network_.name(place.first), interface.name(), interface.sent().frames,
          interface.received().frames, counters.sent.frames, counters.received.frames));
    }
  }

  Network& network_;
  std::vector<At> instants_;
  std::map<std::pair<NodeId, IfIndex>, Counters> expected_;
  std::size_t next_ = 0;
  std::vector<std::string> complaints_;
};

// Probes are watched always, to be judged; so the scenario is its traffic alone.
TEST_P(Determinism, NobodyWatchingChangesNothing) {
  const std::string traffic_only = up_to_key(text_, "expect");
  Simulation watched(name_, traffic_only), unwatched(name_, traffic_only);
  ASSERT_TRUE(watched.built());
  watched.run();
  CounterWatch counters(unwatched.network(), watched.record().frames());
  unwatched.run_unwatched();
  EXPECT_THAT(unwatched.record().frames(), IsEmpty());
  EXPECT_GE(counters.instants_expected(), 20u);
  EXPECT_EQ(counters.instants_seen(), counters.instants_expected());
  EXPECT_THAT(counters.complaints(), IsEmpty());

  const auto rows = [](Simulation& run) {
    std::vector<std::string> lines;
    const Results results = results_of(run.network(), run.topology(), run.scenario());
    for (const TrafficRow& row : results.traffic) lines.push_back(row.what + ": " + row.summary);
    for (const NatRow& row : results.nat)
      lines.push_back(fmt::format("{} {} {} {}", row.node, row.before.to_string(),
                                  row.after.to_string(), row.expires_in.ns()));
    for (const RuleRow& row : results.rules)
      lines.push_back(
          fmt::format("{} {}: {} packets", row.node, row.label.name, row.counters.packets));
    return lines;
  };
  EXPECT_EQ(rows(watched), rows(unwatched));
}

// The watch can complain.
TEST(CounterWatch, SeesAFrameThatIsOneNanosecondLate) {
  const std::string text = up_to_key(topology_text("two-lans-router"), "expect");
  Simulation watched("two-lans-router", text), unwatched("two-lans-router", text);
  watched.run();
  std::vector<SeenFrame> frames = watched.record().frames();
  frames.back().when = frames.back().when + Duration::nanoseconds(-1);
  ASSERT_LT(frames[frames.size() - 2].when, frames.back().when);
  CounterWatch counters(unwatched.network(), frames);
  unwatched.run_unwatched();
  EXPECT_EQ(counters.complaints().size(), 1u);
}

}  // namespace
}  // namespace natsim::scenario
