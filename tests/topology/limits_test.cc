// Files that are made to hurt: each is refused with a message, and none takes time or memory that
// grows faster than the file. Nothing here is timed; a reader that is quadratic in one of these
// does not come back.
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "src/topology/reader.h"

namespace natsim {
namespace {

std::string repeated(std::string_view piece, std::size_t count) {
  std::string text;
  text.reserve(piece.size() * count);
  for (std::size_t i = 0; i < count; ++i) text += piece;
  return text;
}

/// All problems as text; the test fails if there is a topology.
std::string refused(std::string text) {
  SourceMap sources;
  const auto result = read_topology(sources, "huge.yaml", std::move(text));
  EXPECT_FALSE(result.topology);
  std::string said;
  for (const auto& problem : result.problems) said += render_problem(problem, sources, false);
  EXPECT_LT(said.size(), 1'000'000u);
  return said;
}

constexpr std::size_t kMiB = 1024 * 1024;

TEST(Limits, AFileIsAtMost64MiB) {
  const std::string head = "name: t\nnodes: {a: {type: host}}\n#";
  SourceMap sources;
  const auto fits = read_topology(sources, "t", head + std::string(64 * kMiB - head.size(), '#'));
  EXPECT_TRUE(fits.topology);
  EXPECT_EQ(refused(head + std::string(64 * kMiB + 1 - head.size(), '#')),
            "huge.yaml:1:1: error: the file is larger than 64MiB\n"
            "    1 | name: t\n      | ^~~~\n");
}

TEST(Limits, AFileOf100MBIsNotReadToItsEnd) {
  EXPECT_EQ(refused(std::string(100'000'000, 'x')).substr(0, 52),
            "huge.yaml:1:1: error: the file is larger than 64MiB\n");
  SourceMap sources;
  const auto endless = read_topology_file(sources, "/dev/zero");
  ASSERT_EQ(endless.problems.size(), 1u);
  EXPECT_EQ(endless.problems[0].message, "the file is larger than 64MiB");
  EXPECT_LT(sources.file(0).text.size(), 65 * kMiB);
}

TEST(Limits, AFileThatCannotBeReadIsAProblemOfItsOwn) {
  for (const auto& [path, why] : {std::pair("/no/such/file.yaml", "No such file or directory"),
                                  std::pair("/", "Is a directory")}) {
    SourceMap sources;
    const auto result = read_topology_file(sources, path);
    ASSERT_EQ(result.problems.size(), 1u);
    EXPECT_TRUE(result.file_failed);
    EXPECT_EQ(render_problem(result.problems[0], sources, false),
              fmt::format("{}: error: {}\n", path, why));
  }
}

TEST(Limits, NestingEndsAt64Levels) {
  const auto deep = [](std::string_view open, std::size_t count) {
    return refused(repeated(open, count));
  };
  for (const std::string_view open : {"[", "{", "- ", "? ", "{a: ", "[{", "[\n", "{a:\n "})
    EXPECT_NE(deep(open, 10'000).find("more than 64 levels of nesting"), std::string::npos) << open;
  EXPECT_NE(deep("[", 10'000'000).find("more than 64 levels of nesting"), std::string::npos);
  std::string block;
  for (int i = 0; i < 5'000; ++i) block += std::string(std::size_t(i), ' ') + "a:\n";
  EXPECT_NE(refused(block).find("more than 64 levels of nesting"), std::string::npos);
}

TEST(Limits, BracketsInTextAreNoNesting) {
  SourceMap sources;
  const auto result = read_topology(
      sources, "t",
      "name: t\ndescription: |\n  " + std::string(9'000, '[') + "\nnodes: {a: {type: host}}\n");
  EXPECT_TRUE(result.topology);
}

TEST(Limits, AliasesDoNotMultiply) {
  // Nine levels of nine aliases each are three billion values; a tenth of that would hang.
  std::string nested = "x0: &x0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n";
  for (int i = 1; i < 9; ++i) {
    nested += fmt::format("x{}: &x{} [", i, i);
    for (int j = 0; j < 9; ++j) nested += fmt::format("{}*x{}", j ? ", " : "", i - 1);
    nested += "]\n";
  }
  EXPECT_NE(refused(nested).find("unknown key 'x8'"), std::string::npos);
  // The same where lists are expected: rules, for every one of many nodes.
  std::string rules = "name: t\nnodes:\n  a:\n    type: router\n    firewall: &f\n      rules:\n";
  for (int i = 0; i < 2'000; ++i)
    rules += "        - {chain: input, proto: tcp, dport: [1, 2, 3, 4, 5], action: drop}\n";
  for (int i = 0; i < 2'000; ++i)
    rules += fmt::format("  n{}: {{type: router, firewall: *f}}\n", i);
  EXPECT_NE(refused(rules).find("the aliases of this file make more than"), std::string::npos);
}

TEST(Limits, ListsOfBillionsAreRefused) {
  const auto json = refused("[" + repeated("a,", 10'100'000) + "a]\n");
  EXPECT_NE(json.find("more than 10000000 values"), std::string::npos);
  const auto flow = refused("name: t\nnodes: {}\nlinks: [" + repeated("a,", 500'000) + "a]\n");
  EXPECT_NE(flow.find("after 200 problems the rest is not looked at"), std::string::npos);
  const auto block = refused("name: t\nnodes: {}\nlinks:\n" + repeated("- a\n", 500'000));
  EXPECT_NE(block.find("after 200 problems the rest is not looked at"), std::string::npos);
  const auto keys = refused(repeated("- -\n", 5'100'000));
  EXPECT_NE(keys.find("more than 10000000 values"), std::string::npos);
}

TEST(Limits, ReadingEndsAfterManyMistakes) {
  std::string text = "name: t\nnetworks:\n";
  for (int i = 0; i < 10'000; ++i) text += fmt::format("  n{}: {{dely: 1ms}}\n", i);
  const auto said = refused(text + "nodes: {}\n");
  EXPECT_NE(said.find("huge.yaml:202:10: error: unknown key"), std::string::npos);
  EXPECT_EQ(said.find("huge.yaml:203:"), std::string::npos);
  EXPECT_NE(said.find("error: after 200 problems the rest is not looked at"), std::string::npos);
}

TEST(Limits, ManyUnknownNamesAmongManyNodesAreStillFast) {
  std::string text = "name: t\nnetworks: {lan: {}}\nnodes:\n";
  for (int i = 0; i < 50'000; ++i) text += fmt::format("  h{}: {{type: host}}\n", i);
  text += "links:\n";
  for (int i = 0; i < 50'000; ++i)
    text += fmt::format("  - {{endpoints: [\"h{}:eth0\", \"x{}:eth0\"]}}\n", i, i);
  EXPECT_NE(refused(text).find("there is no node 'x0'"), std::string::npos);
}

TEST(Limits, PathologicalYamlIsRefused) {
  for (const std::string_view piece :
       {"&a ",          "*a ", "!a ",    "!!a ",    "? : ",    ": ",  "%",   "'",
        "\"",           "\\",  "|",      ">",       "#",       "@",   "`",   "---\n",
        "...\n",        "\t",  "\n",     "a: &a\n", "a: *a\n", "-\n", "?\n", ":\n",
        "a: |\n",       ",",   "]",      "}",       "[]",      "{}",  "a:a", "a: a: ",
        "\xef\xbb\xbf", "é",   "- a\n ", "a\n"})
    EXPECT_NE(refused(repeated(piece, 200'000)), "") << piece;
}

TEST(Limits, AHundredThousandHostsAreNoProblem) {
  std::string text = "name: t\nnetworks: {lan: {}}\nnodes:\n  sw:\n    type: switch\n    ports:\n";
  const auto each = [&](std::string_view line) {
    for (int i = 1; i <= 100'000; ++i)
      text += fmt::format(fmt::runtime(line), i, i >> 16, i >> 8 & 255, i & 255);
  };
  each("      p{}: {{}}\n");
  each(
      "  h{}:\n    type: host\n    interfaces:\n"
      "      eth0: {{addresses: [10.{}.{}.{}/7]}}\n");
  text += "links:\n";
  each("  - {{endpoints: ['sw:p{0}', 'h{0}:eth0']}}\n");
  SourceMap sources;
  const auto result = read_topology(sources, "t", std::move(text));
  ASSERT_TRUE(result.topology);
  EXPECT_EQ(result.topology->nodes.size(), 100'001u);
  EXPECT_EQ(result.topology->links.back().b.node, "h100000");
}

}  // namespace
}  // namespace natsim
