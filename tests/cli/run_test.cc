// natsim run as a user meets it: what it prints, what it writes, how it ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include <nlohmann/json.hpp>

#include "src/capture/read.h"
#include "src/report/text.h"
#include "tests/cli/program.h"

namespace natsim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string kHomeNat = NATSIM_SOURCE_DIR "/topologies/home-nat.yaml";

/// Two hosts on one cable; `more` continues the file.
std::string pair_of_hosts(const std::string& more) {
  return R"(name: pair
nodes:
  a: {type: host, interfaces: {eth0: {addresses: [10.0.0.1/24]}}}
  b: {type: host, interfaces: {eth0: {addresses: [10.0.0.2/24]}}}
links: [{endpoints: ["a:eth0", "b:eth0"], delay: 1ms}]
)" + more;
}

const char* const kPing = "traffic: [{at: 1s, from: a, ping: b}]\n";
const char* const kMetCheck = "expect: [{from: a, to: b, proto: icmp, result: delivered}]\n";
const char* const kUnmetCheck = "expect: [{from: a, to: b, proto: icmp, result: dropped, at: b}]\n";
/// Longer than anybody waits.
const char* const kForever = R"(traffic:
  - {at: 1s, from: a, ping: b, count: 3}
  - {at: 4s, from: a, udp: "b:9", count: 100000000, interval: 1ms}
)";

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

class RunTest : public testing::Test {
 protected:
  Ended run(std::vector<std::string> arguments, ProgramOptions options = {}) const {
    arguments.insert(arguments.begin(), "run");
    if (options.folder.empty()) options.folder = folder.path();
    return natsim_program(arguments, options);
  }
  TestFolder folder;
};

TEST_F(RunTest, TellsTheStoryOfHomeNatAndEndsWithItsTables) {
  const Ended ended = run({kHomeNat});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(ended.err, "");
  for (const char* words :
       {"DHCP Discover", "NAT source 192.168.1.", " → 203.0.113.2",
        "ACCEPT outbound (home-nat.yaml:",
        "NAT destination 203.0.113.2:8080 → 192.168.1.10:80 (home-nat.yaml:",
        "DROP policy input (home-nat.yaml:", "delivered\n", "\nTraffic\n",
        "\nNAT translations of router\n", "\nDHCP leases of router\n",
        "\nRules of router (home-nat.yaml)\n", "\nChecks\n", "home-nat: 4 of 4 checks met\n"})
    EXPECT_THAT(ended.out, HasSubstr(words));
  EXPECT_THAT(ended.out, Not(HasSubstr("\033"))) << "no colour but on a terminal";
  for (const std::string& line : lines_of(ended.out))
    EXPECT_LE(columns_of(line), kReportColumns) << line;
}

TEST_F(RunTest, TheSameFileGivesTheSameBytes) {
  const Ended first = run({kHomeNat, "-o", "one"}), second = run({kHomeNat, "-o", "two"});
  std::string text = second.out;
  EXPECT_NE(text.find("two/"), std::string::npos);
  text.replace(text.find("two/"), 4, "one/");
  EXPECT_EQ(first.out, text);
  EXPECT_NE(run({kHomeNat, "--seed", "7", "-o", "one"}).out, first.out);
}

TEST_F(RunTest, CapturesEveryPluggedInterfaceInAFolderOfItsName) {
  EXPECT_EQ(run({kHomeNat}).status, 0);
  EXPECT_THAT(folder.list("out/home-nat"),
              ElementsAre("home-nat.pcapng", "laptop-eth0.pcap", "nas-eth0.pcap", "router-lan.pcap",
                          "router-wan.pcap", "web-eth0.pcap"));
  const auto frames = read_capture(folder.file("out/home-nat/router-wan.pcap"));
  ASSERT_TRUE(frames.ok());
  EXPECT_GT(frames->size(), 10u);
}

TEST_F(RunTest, FiltersWhatIsCapturedAndWritesNothingIfAsked) {
  EXPECT_EQ(run({kHomeNat, "-o", "dhcp", "--filter", "udp port 67"}).status, 0);
  const auto frames = read_capture(folder.file("dhcp/router-wan.pcap"));
  ASSERT_TRUE(frames.ok());
  EXPECT_EQ(frames->size(), 0u);
  EXPECT_GT(read_capture(folder.file("dhcp/router-lan.pcap"))->size(), 0u);
  TestFolder empty;
  EXPECT_EQ(run({kHomeNat, "--no-capture"}, {.folder = empty.path()}).status, 0);
  EXPECT_THAT(empty.list(""), IsEmpty());
}

TEST_F(RunTest, AnUnmetExpectationIsStatusOneAndSaysWhatWasFound) {
  const std::string file = folder.write("pair.yaml", pair_of_hosts(kUnmetCheck));
  const Ended ended = run({file, "--no-capture"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.out, HasSubstr("FAILED  a → b ping  pair.yaml:6  expected dropped at b"));
  EXPECT_THAT(ended.out, HasSubstr("found delivered at b"));
  EXPECT_THAT(ended.out, HasSubstr("pair: 0 of 1 checks met"));
}

TEST_F(RunTest, QuietIsOneLineAndWhatFailed) {
  const std::string met = folder.write("met.yaml", pair_of_hosts(kMetCheck));
  EXPECT_EQ(run({met, "--quiet", "--no-capture"}).out, "pair: 1 of 1 checks met\n");
  EXPECT_EQ(run({met, "-q"}).out, "pair: 1 of 1 checks met; captures in out/pair\n");
  const std::string unmet = folder.write("unmet.yaml", pair_of_hosts(kUnmetCheck));
  const Ended ended = run({unmet, "--quiet", "--no-capture"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_EQ(lines_of(ended.out).size(), 6u) << ended.out;
  EXPECT_THAT(ended.out, HasSubstr("why: natsim trace " + unmet + " a icmp b\n"));
}

TEST_F(RunTest, JsonIsAnObjectALineAndTheSummaryTheLast) {
  const Ended ended = run({kHomeNat, "--json"});
  EXPECT_EQ(ended.status, 0);
  std::vector<nlohmann::json> objects;
  for (const std::string& line : lines_of(ended.out)) {
    ASSERT_TRUE(nlohmann::json::accept(line)) << line;
    objects.push_back(nlohmann::json::parse(line));
  }
  const auto& summary = objects.back();
  EXPECT_EQ(summary["event"], "summary");
  EXPECT_EQ(summary["passed"], true);
  EXPECT_EQ(summary["checks"].size(), 4u);
  EXPECT_GT(summary["nat"].size(), 0u);
  EXPECT_EQ(summary["leases"].size(), 1u);
  EXPECT_EQ(summary["captures"]["pcapng"], "out/home-nat/home-nat.pcapng");
  EXPECT_EQ(lines_of(run({kHomeNat, "--json", "--quiet", "--no-capture"}).out).size(), 1u);
}

TEST_F(RunTest, VerboseTellsSwitchesAndSteps) {
  const Ended ended = run({kHomeNat, "--verbose", "--no-capture"});
  for (const char* words : {"lan:home", "flooded", "conntrack: NEW", "no match", "is at 02:"})
    EXPECT_THAT(ended.out, HasSubstr(words));
  for (const std::string& line : lines_of(ended.out))
    EXPECT_LE(columns_of(line), kReportColumns) << line;
}

TEST_F(RunTest, ColourIsForTerminalsAndForWhoAsksForIt) {
  EXPECT_THAT(run({kHomeNat, "--no-capture", "--color", "always"}).out, HasSubstr("\033[33mNAT"));
  EXPECT_THAT(run({kHomeNat, "--no-capture", "--color=never"}).out, Not(HasSubstr("\033")));
}

TEST_F(RunTest, WrongInputIsStatusTwoWithPlaceLineAndCaret) {
  const std::string file = folder.write("pair.yaml", pair_of_hosts("traffik: []\n"));
  const Ended ended = run({file});
  EXPECT_EQ(ended.status, 2);
  EXPECT_EQ(ended.out, "");
  EXPECT_THAT(ended.err, HasSubstr("pair.yaml:6:1: error: "));
  EXPECT_THAT(ended.err, HasSubstr("traffic"));
  EXPECT_THAT(ended.err, HasSubstr("^~~"));
  EXPECT_THAT(folder.list("out"), IsEmpty());
}

TEST_F(RunTest, WhatTheNetworkAsAWholeHasWrongIsStatusTwoToo) {
  const std::string file = folder.write(
      "pair.yaml",
      "name: pair\nnodes:\n  a: {type: host, interfaces: {eth0: {addresses: [10.0.0.1/24, "
      "10.0.0.1/24]}}}\n");
  const Ended ended = run({file});
  EXPECT_EQ(ended.status, 2) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("pair.yaml:3:"));
}

TEST_F(RunTest, AFilterThatIsNoneIsStatusTwo) {
  const Ended ended = run({kHomeNat, "--filter", "udp prot 67"});
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.err, HasSubstr("natsim: --filter 'udp prot 67': "));
  EXPECT_THAT(folder.list("out"), IsEmpty());
}

TEST_F(RunTest, FilesThatCannotBeUsedAreStatusThree) {
  const Ended missing = run({"nowhere.yaml"});
  EXPECT_EQ(missing.status, 3);
  EXPECT_THAT(missing.err, HasSubstr("nowhere.yaml"));
  EXPECT_THAT(missing.err, HasSubstr("No such file"));

  folder.write("taken", "a file where a folder should go");
  const Ended taken = run({kHomeNat, "-o", "taken"});
  EXPECT_EQ(taken.status, 3);
  EXPECT_THAT(taken.err, HasSubstr("taken"));
  EXPECT_EQ(taken.out, "") << "said before the run, not after it";
}

TEST_F(RunTest, AFullStdoutIsStatusThree) {
  const Ended ended = run({kHomeNat, "--no-capture"}, {.stdout_path = "/dev/full"});
  EXPECT_EQ(ended.status, 3);
  EXPECT_EQ(ended.err, "natsim: cannot write to stdout: No space left on device\n");
}

TEST_F(RunTest, AReaderThatGoesAwayEndsTheRunQuietly) {
  const std::string file = folder.write("forever.yaml", pair_of_hosts(kForever));
  const Ended ended = run({file}, {.close_stdout_early = true});
  EXPECT_EQ(ended.status, 128 + SIGPIPE);
  EXPECT_EQ(ended.err, "");
  EXPECT_THAT(folder.list("out/pair"), ElementsAre("a-eth0.pcap", "b-eth0.pcap", "pair.pcapng"));
}

TEST_F(RunTest, UntilEndsEarlyAndWhatWasNotJudgedIsNotMet) {
  const std::string file = folder.write("pair.yaml", pair_of_hosts(std::string(kPing) + kMetCheck));
  const Ended ended = run({file, "--until", "500ms", "--no-capture"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.out, HasSubstr("not finished"));
  EXPECT_THAT(ended.out, HasSubstr("not judged"));
  EXPECT_THAT(ended.out, Not(HasSubstr("ICMP")));
}

TEST_F(RunTest, CtrlCEndsCleanlyWithCapturesThatCanBeRead) {
  const std::string file = folder.write("forever.yaml", pair_of_hosts(kForever));
  for (const int signal : {SIGINT, SIGTERM}) {
    Program program({"run", file, "--filter", "icmp[0] = 0 or icmp[0] = 8"},
                    {.folder = folder.path()});
    ASSERT_TRUE(program.wait_for("icmp_seq=3"));
    program.signal(signal);
    const Ended ended = program.finish();
    EXPECT_EQ(ended.status, 128 + signal);
    EXPECT_THAT(ended.err, HasSubstr("natsim: interrupted at "));
    EXPECT_THAT(ended.out, HasSubstr("\nTraffic\n")) << "the tables come all the same";
    EXPECT_THAT(folder.list("out/pair"), ElementsAre("a-eth0.pcap", "b-eth0.pcap", "pair.pcapng"));
    const auto frames = read_capture(folder.file("out/pair/a-eth0.pcap"));
    ASSERT_TRUE(frames.ok());
    EXPECT_EQ(frames->size(), 6u) << "three echo requests and their replies";
    EXPECT_EQ(read_capture(folder.file("out/pair/pair.pcapng"))->size(), 12u);
  }
}

TEST_F(RunTest, ReplaysACaptureThatLiesBesideTheFile) {
  const std::string first = folder.write("pair.yaml", pair_of_hosts(kPing));
  ASSERT_EQ(run({first, "-q", "--filter", "icmp[0] = 8"}).status, 0);
  const std::string again = folder.write(
      "again.yaml",
      pair_of_hosts("traffic: [{at: 1s, from: 'a:eth0', replay: out/pair/a-eth0.pcap}]\n"));
  TestFolder elsewhere;
  const Ended ended = run({again, "--no-capture"}, {.folder = elsewhere.path()});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("10.0.0.1 > 10.0.0.2: ICMP echo request"));
  const std::string wrong = folder.write(
      "wrong.yaml", pair_of_hosts("traffic: [{at: 1s, from: 'a:eth0', replay: no.pcap}]\n"));
  const Ended missing = run({wrong, "--no-capture"});
  EXPECT_EQ(missing.status, 3);
  EXPECT_THAT(missing.err, HasSubstr("wrong.yaml:6:"));
  EXPECT_THAT(missing.err, HasSubstr("no.pcap"));
}

}  // namespace
}  // namespace natsim
