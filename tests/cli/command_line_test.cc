// Help, slips of the finger, and natsim check.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include <nlohmann/json.hpp>

#include "src/report/text.h"
#include "tests/cli/program.h"

namespace natsim {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

TEST(CommandLine, WithoutArgumentsItHelpsAndFails) {
  const Ended ended = natsim_program({});
  EXPECT_EQ(ended.status, 2);
  EXPECT_EQ(ended.out, "");
  EXPECT_THAT(ended.err, HasSubstr("Usage: natsim "));
}

TEST(CommandLine, HelpHasExamplesAndFitsATerminal) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"--help"},
                                                    {"run", "--help"},
                                                    {"check", "-h"},
                                                    {"rules", "--help"}}) {
    const Ended ended = natsim_program(arguments);
    EXPECT_EQ(ended.status, 0);
    EXPECT_EQ(ended.err, "");
    EXPECT_THAT(ended.out, AllOf(HasSubstr("Usage: natsim "), HasSubstr("\nExamples:\n  natsim ")));
    for (std::size_t at = 0; at < ended.out.size(); at = ended.out.find('\n', at) + 1)
      EXPECT_LE(columns_of(ended.out.substr(at, ended.out.find('\n', at) - at)), kReportColumns);
  }
}

TEST(CommandLine, TellsItsVersion) {
  const Ended ended = natsim_program({"--version"});
  EXPECT_EQ(ended.status, 0);
  EXPECT_THAT(ended.out, AllOf(StartsWith("natsim "), EndsWith("\n")));
}

TEST(CommandLine, WhatIsWrongIsSaidAndWhereToLook) {
  const struct {
    std::vector<std::string> arguments;
    const char* said;
  } rows[] = {
      {{"rum"}, "natsim: unknown command 'rum', did you mean 'run'?\nTry 'natsim --help'.\n"},
      {{"xyzzy"}, "natsim: unknown command 'xyzzy'\nTry 'natsim --help'.\n"},
      {{"--quite"}, "natsim: unknown option '--quite'"},
      {{"run"}, "natsim: no FILE given\nTry 'natsim run --help'.\n"},
      {{"run", "a.yaml", "--quite"}, "natsim: unknown option '--quite', did you mean '--quiet'?\n"},
      {{"run", "a.yaml", "b.yaml"}, "natsim: one FILE at a time: 'b.yaml' is too much\n"},
      {{"run", "a.yaml", "--until", "5"}, "natsim: --until '5' is no time: it needs a unit"},
      {{"run", "a.yaml", "--until", "soon"}, "natsim: --until 'soon' is no time"},
      {{"run", "a.yaml", "--seed", "-1"}, "--seed"},
      {{"run", "a.yaml", "--seed", "x"}, "--seed"},
      {{"run", "a.yaml", "--threads", "0"},
       "natsim: --threads '0' is no whole number from 1 to 64"},
      {{"check", "--threads", "-2", "a.yaml"}, "natsim: --threads '-2' is no whole number"},
      {{"run", "a.yaml", "--no-capture", "-o", "x"}, "--no-capture"},
      {{"run", "a.yaml", "--quiet", "--verbose"}, "--quiet"},
      {{"run", "a.yaml", "--color", "mauve"},
       "natsim: --color is auto, always or never, not 'mauve'"},
      {{"check"}, "natsim: no FILE given\nTry 'natsim check --help'.\n"},
  };
  for (const auto& row : rows) {
    const Ended ended = natsim_program(row.arguments);
    EXPECT_EQ(ended.status, 2) << row.said;
    EXPECT_EQ(ended.out, "");
    EXPECT_THAT(ended.err, HasSubstr(row.said));
    EXPECT_THAT(ended.err, HasSubstr("Try 'natsim "));
  }
}

std::string lone_host(const char* result) {
  return std::string(
             "name: lone\nnodes:\n  a: {type: host, interfaces: {eth0: {addresses: "
             "[10.0.0.1/24]}}}\nexpect: [{from: a, to: 10.9.9.9, proto: icmp, result: ") +
         result + "}]\n";
}

TEST(Check, JudgesFilesOneByOneAndEndsWithTheWorst) {
  TestFolder folder;
  folder.write("good.yaml", lone_host("no_route"));
  folder.write("bad.yaml", lone_host("delivered"));
  folder.write("broken.yaml", "name: [\n");
  const auto check = [&](std::vector<std::string> files) {
    files.insert(files.begin(), "check");
    return natsim_program(files, {.folder = folder.path()});
  };
  EXPECT_EQ(check({"good.yaml"}).status, 0);
  const Ended two = check({"good.yaml", "bad.yaml"});
  EXPECT_EQ(two.status, 1);
  EXPECT_THAT(two.out, HasSubstr("expected delivered"));
  EXPECT_THAT(two.out, EndsWith("1 of 2 files passed, 1 of 2 checks met\n"));
  EXPECT_EQ(check({"broken.yaml", "good.yaml"}).status, 2);
  const Ended all = check({"nowhere.yaml", "broken.yaml", "good.yaml"});
  EXPECT_EQ(all.status, 3);
  EXPECT_THAT(all.out, HasSubstr("lone: 1 of 1 checks met")) << "the rest is judged all the same";
  EXPECT_TRUE(folder.list("out").empty()) << "checking writes nothing";
}

TEST(Check, JsonIsAnObjectAFile) {
  TestFolder folder;
  folder.write("good.yaml", lone_host("no_route"));
  const Ended ended =
      natsim_program({"check", "--json", "good.yaml", "nowhere.yaml"}, {.folder = folder.path()});
  const auto end = ended.out.find('\n');
  const auto good = nlohmann::json::parse(ended.out.substr(0, end));
  const auto missing = nlohmann::json::parse(ended.out.substr(end));
  EXPECT_EQ(good["file"], "good.yaml");
  EXPECT_EQ(good["passed"], true);
  EXPECT_EQ(good["checks"][0]["expected"], "no_route");
  EXPECT_EQ(missing["passed"], false);
  EXPECT_TRUE(missing["name"].is_null());
}

}  // namespace
}  // namespace natsim
