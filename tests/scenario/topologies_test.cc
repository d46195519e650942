// Every topology that users start from reads without a complaint, runs, meets what it promises, and
// reports what it reported before.
//
// UPDATE_GOLDEN=1 rewrites golden/; review with git diff.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/scenario/program.h"
#include "tests/scenario/simulation.h"
#include "tests/scenario/topologies.h"
#include "tests/support/text.h"

namespace natsim::scenario {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::size_t kColumnsMax = 100;

class Topology : public testing::TestWithParam<std::string> {
 protected:
  const std::string name_ = GetParam();
};

INSTANTIATE_TEST_SUITE_P(All, Topology, testing::ValuesIn(topology_names()), test_name);

TEST_P(Topology, ReadsWithoutAComplaint) {
  const Simulation run(name_, topology_text(name_));
  EXPECT_EQ(run.problems(), "");
  ASSERT_TRUE(run.built());
  EXPECT_EQ(run.topology().name, name_) << "a file is called like its topology";
  EXPECT_THAT(run.topology().description, Not(IsEmpty()));
}

TEST_P(Topology, MeetsEveryExpectation) {
  Simulation run(name_, topology_text(name_));
  ASSERT_TRUE(run.built());
  run.run();
  EXPECT_THAT(run.unmet(), IsEmpty());
  EXPECT_THAT(run.unfinished(), IsEmpty());
  EXPECT_GE(run.found().size(), 4u) << "too few expectations to promise anything";
}

// --- golden runs --------------------------------------------------------------------------------

/// Letters, not bytes: what continues a UTF-8 sequence takes no column.
std::size_t columns(const std::string& line) {
  std::size_t count = 0;
  for (const char c : line) count += (c & 0xc0) != 0x80;
  return count;
}

std::vector<std::string> wide_lines(const std::string& text) {
  std::vector<std::string> wide;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (columns(line) > kColumnsMax) wide.push_back(line);
  return wide;
}

std::string difference(const std::string& golden, const std::string& actual) {
  const Folder folder;
  folder.write("golden", golden);
  folder.write("now", actual);
  return run_process({"diff", "-U2", "golden", "now"}, folder.path()).out;
}

/// What the program prints, and the fingerprint of the same run in this process.
std::string golden_text(const std::string& name) {
  const Finished run =
      run_natsim({"run", "topologies/" + name + ".yaml", "--no-capture"}, source_path("."));
  EXPECT_EQ(run.status, 0);
  EXPECT_EQ(run.err, "");
  Simulation simulation(name, topology_text(name));
  simulation.run();
  return run.out + "\n" + simulation.fingerprint_line();
}

TEST_P(Topology, ReportsWhatItDidBefore) {
  const std::string path = source_path("tests/scenario/golden/" + name_ + ".txt");
  const std::string now = golden_text(name_);
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << now;
    return;
  }
  const bool exists = std::filesystem::exists(path);
  ASSERT_TRUE(exists) << path << " is missing; UPDATE_GOLDEN=1 writes it";
  const std::string golden = read_text(path);
  EXPECT_TRUE(golden == now) << difference(golden, now)
                             << "If that is meant: UPDATE_GOLDEN=1, and review with git diff.";
}

TEST_P(Topology, FitsOnTheScreen) {
  const Finished run =
      run_natsim({"run", source_path("topologies/" + name_ + ".yaml"), "--no-capture"}, "/");
  EXPECT_THAT(wide_lines(run.out), IsEmpty());
}

TEST(Golden, BelongsToATopology) {
  const auto names = topology_names();
  for (const auto& entry :
       std::filesystem::directory_iterator(source_path("tests/scenario/golden")))
    EXPECT_THAT(names, testing::Contains(entry.path().stem().string())) << entry.path();
}

// The checks above can fail.

TEST(Columns, AreLettersNotBytes) {
  EXPECT_EQ(columns("a→b"), 3u);
  EXPECT_THAT(wide_lines(std::string(100, 'x') + "\n" + std::string(101, 'y') + "\n"),
              ElementsAre(std::string(101, 'y')));
}

TEST(Golden, DifferencesAreShown) {
  EXPECT_EQ(difference("a\nb\n", "a\nb\n"), "");
  EXPECT_THAT(difference("a\nb\n", "a\nc\n"), HasSubstr("\n-b\n+c\n"));
}

TEST(Golden, FingerprintSeesEveryBitAndNanosecond) {
  const auto fingerprint_of = [](Instant when, const char* hex) {
    FrameRecord record;
    const Bytes bytes = lab::text(hex);
    record.on_frame({when, 0, NodeId{1}, IfIndex{0}, Direction::sent, JourneyId{1}, bytes});
    return record.fingerprint();
  };
  const std::string one = fingerprint_of(Instant::from_ns(5), "frame");
  EXPECT_EQ(fingerprint_of(Instant::from_ns(5), "frame"), one);
  EXPECT_NE(fingerprint_of(Instant::from_ns(6), "frame"), one);
  EXPECT_NE(fingerprint_of(Instant::from_ns(5), "framf"), one);
}

TEST(Expectations, ThatAreNotMetAreTold) {
  Simulation run("home-nat", edited(topology_text("home-nat"), "result: delivered, at: nas",
                                    "result: dropped, at: nas"));
  ASSERT_TRUE(run.built());
  run.run();
  EXPECT_THAT(run.unmet(), ElementsAre("web → 203.0.113.2:8080 tcp: expected dropped at nas, "
                                       "found delivered at nas"));
}

}  // namespace
}  // namespace natsim::scenario
