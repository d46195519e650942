// Goal: what iptables-restore or the kernel would refuse, and what is not modelled, is refused with
// the place and the reason (FW-G06), and so is what ufw would refuse (FW-U11). Every file in
// tests/rules/wrong has mistakes in it, and NAME.expected has, letter by letter, what is said about
// them; UPDATE_GOLDEN=1 rewrites those.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/rules/read.h"

namespace natsim::test {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(NATSIM_SOURCE_DIR) / "tests/rules/wrong";

std::vector<std::string> wrong_files(const char* extension) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kFolder))
    if (entry.path().extension() == extension) names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::string text_of(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

void expect_golden(const std::string& name, const RulesRead& read) {
  const fs::path golden = kFolder / (name + ".expected");
  if (std::getenv("UPDATE_GOLDEN") != nullptr)
    std::ofstream(golden, std::ios::binary) << read.problems;
  EXPECT_EQ(text_of(golden), read.problems);
  EXPECT_FALSE(read.problems.empty());
}

class WrongRules : public testing::TestWithParam<std::string> {};

TEST_P(WrongRules, FW_G06_AreExplainedWordForWord) {
  expect_golden(GetParam(), read_rules(text_of(kFolder / (GetParam() + ".rules"))));
}

INSTANTIATE_TEST_SUITE_P(Rules, WrongRules, testing::ValuesIn(wrong_files(".rules")),
                         [](const auto& row) { return row.param; });

class WrongCommands : public testing::TestWithParam<std::string> {};

TEST_P(WrongCommands, FW_U11_AreExplainedWordForWord) {
  expect_golden(GetParam(), read_commands(text_of(kFolder / (GetParam() + ".ufw"))));
}

INSTANTIATE_TEST_SUITE_P(Rules, WrongCommands, testing::ValuesIn(wrong_files(".ufw")),
                         [](const auto& row) { return row.param; });

TEST(WrongRules, TenThousandChainsInACircle) {
  std::string text = "*filter\n";
  const int count = 10'000;
  for (int i = 0; i < count; ++i) text += ":c" + std::to_string(i) + " - [0:0]\n";
  for (int i = 0; i < count; ++i)
    text += "-A c" + std::to_string(i) + " -j c" + std::to_string((i + 1) % count) + "\n";
  const RulesRead read = read_rules(text + "-A FORWARD -j c0\nCOMMIT\n");
  EXPECT_NE(read.problems.find("chains call chains more than 16 deep"), std::string::npos)
      << read.problems;
}

// Each chain calls the next one ten times over: ten to the power of sixteen ways through.
TEST(WrongRules, ManyWaysThroughFewChainsTakeNoTime) {
  std::string text = "*filter\n";
  for (int i = 1; i <= 16; ++i) text += ":c" + std::to_string(i) + " - [0:0]\n";
  for (int i = 1; i < 16; ++i)
    for (int j = 0; j < 10; ++j)
      text += "-A c" + std::to_string(i) + " -j c" + std::to_string(i + 1) + "\n";
  EXPECT_EQ(read_rules(text + "-A FORWARD -j c1\nCOMMIT\n").problems, "");
}

TEST(WrongRules, EveryTruncationEndsWell) {
  const std::string text =
      "*filter\n:INPUT DROP [1:2]\n:web - [0:0]\n[5:50] -A INPUT ! -s 10.0.0.1/8,\"1.2.3.4\" -p tcp"
      " -m multiport --dports 1,2:3 -m comment --comment \"a \\\" b\" -j web\nCOMMIT\n";
  for (std::size_t size = 0; size < text.size(); ++size)
    if (const RulesRead read = read_rules(text.substr(0, size)); !read.rules) {
      EXPECT_NE(read.problems, "");
    }
}

}  // namespace
}  // namespace natsim::test
