// The number of threads changes nothing: not what is printed, not one byte of a capture, not the
// exit status.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/scenario/program.h"
#include "tests/scenario/topologies.h"

namespace natsim::scenario {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

/// What a run leaves: what it said, and its files by name.
using Traces = std::map<std::string, std::string>;

Traces traces_of(const Folder& folder, const std::string& name, const std::string& threads) {
  const std::string captures = "threads-" + threads;
  const Finished run = run_natsim(
      {"run", name + ".yaml", "-o", captures, "--threads", threads, "--json", "--verbose"},
      folder.path());
  Traces traces = {{"status", std::to_string(run.status)}};
  // The folder is not named alike.
  traces["stdout"] = run.out.substr(0, run.out.rfind("\"captures\""));
  for (const auto& entry : std::filesystem::directory_iterator(folder / captures))
    traces[entry.path().filename().string()] = read_text(entry.path().string());
  EXPECT_GE(traces.size(), 4u) << run.err;
  return traces;
}

std::vector<std::string> differing(const Traces& a, const Traces& b) {
  std::set<std::string> names;
  for (const auto& [name, content] : a)
    if (!b.contains(name) || b.at(name) != content) names.insert(name);
  for (const auto& [name, content] : b)
    if (!a.contains(name)) names.insert(name);
  return {names.begin(), names.end()};
}

void expect_same(const Folder& folder, const std::string& name) {
  const Traces one = traces_of(folder, name, "1");
  for (const char* threads : {"2", "3"})
    EXPECT_THAT(differing(one, traces_of(folder, name, threads)), IsEmpty())
        << threads << " threads";
}

class Threads : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(All, Threads, testing::ValuesIn(topology_names()), test_name);

TEST_P(Threads, LeaveTheSameBytes) {
  const Folder folder;
  folder.write(GetParam() + ".yaml", topology_text(GetParam()));
  expect_same(folder, GetParam());
}

TEST_P(Threads, JudgeTheSame) {
  const std::string file = source_path("topologies/" + GetParam() + ".yaml");
  const Finished one = run_natsim({"check", file}, "/"),
                 two = run_natsim({"check", "--threads", "2", file}, "/");
  EXPECT_EQ(one.status, two.status);
  EXPECT_EQ(one.out, two.out);
}

TEST(Threads, LeaveTheSameBytesOfAStormAndOfReplays) {
  const Folder folder;
  for (const char* name : {"storm", "recorded", "raw-input"})
    folder.write(std::string(name) + ".yaml", data_text(std::string(name) + ".yaml"));
  ASSERT_EQ(run_natsim({"run", "recorded.yaml", "-o", "recorded"}, folder.path()).status, 0);
  for (const char* name : {"storm", "recorded", "raw-input"}) expect_same(folder, name);
}

const char* const kUndivided = R"(name: one-place
networks:
  lan: {delay: 0ns}
nodes:
  a: {type: host, interfaces: {eth0: {network: lan, addresses: [10.0.0.1/24]}}}
  b: {type: host, interfaces: {eth0: {network: lan, addresses: [10.0.0.2/24]}}}
traffic:
  - {at: 0s, from: a, ping: b}
)";

TEST(Threads, AreOneWhereNothingCanBeCut) {
  const Folder folder;
  folder.write("one-place.yaml", kUndivided);
  const Finished run =
      run_natsim({"run", "one-place.yaml", "--no-capture", "--threads", "4"}, folder.path());
  EXPECT_EQ(run.status, 0);
  EXPECT_THAT(run.err, HasSubstr("--threads 4: 1 thread will do"));
  EXPECT_EQ(run.out, run_natsim({"run", "one-place.yaml", "--no-capture"}, folder.path()).out);
}

}  // namespace
}  // namespace natsim::scenario
