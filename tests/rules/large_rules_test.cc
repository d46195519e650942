// Goal: large and broken files end soon: ten thousand rules decide, and what is cut off, endless or
// made of mistakes is refused with its place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "tests/rules/kernel_router.h"
#include "tests/rules/read.h"
#include "tests/support/frame.h"

namespace natsim::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using namespace natsim::lab;  // NOLINT: its words are made to be read like this

constexpr int kMany = 10'000;

/// One address of 10.0.0.0/8 a number.
std::string address(int number) {
  return "10.0." + std::to_string(number / 250) + "." + std::to_string(number % 250 + 1);
}

/// `count` rules for as many sources, each with a port and a state.
std::string many_rules(int count) {
  std::string text = "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n";
  for (int i = 0; i < count; ++i)
    text += "-A FORWARD -s " + address(i) + "/32 -i lan0 -p udp -m udp --dport " +
            std::to_string(1 + i) + " -m conntrack --ctstate NEW -m comment --comment \"rule of " +
            address(i) + "\" -j ACCEPT\n";
  return text + "COMMIT\n";
}

LegFrame datagram(const std::string& source, int port) {
  const Frame frame = udp({.src = source + ":5000", .dst = "203.0.113.80:" + std::to_string(port)});
  return {"lan", frame.bytes(mac("02:00:00:00:01:10"), mac("02:00:00:00:01:01"))};
}

std::chrono::seconds since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - start);
}

TEST(LargeRules, TenThousandAreReadAndDecide) {
  const auto start = std::chrono::steady_clock::now();
  const RulesRead read = read_rules(many_rules(kMany));
  EXPECT_EQ(read.problems, "");
  ASSERT_TRUE(read.rules);
  KernelRouter router(*read.rules);
  EXPECT_EQ(router.step(datagram(address(0), 1)).size(), 1u);
  EXPECT_EQ(router.step(datagram(address(kMany - 1), kMany)).size(), 1u);
  EXPECT_EQ(router.step(datagram(address(kMany - 1), 1)).size(), 0u);
  EXPECT_EQ(router.step(datagram(address(5000), 5001)).size(), 1u);
  EXPECT_LT(since(start), std::chrono::seconds(10));
}

TEST(LargeRules, CutOffAnywhereTheyAreRefusedWithAPlace) {
  const std::string text = many_rules(kMany);
  const std::string no_end = text.substr(0, text.size() - std::string("COMMIT\n").size());
  EXPECT_THAT(read_rules(no_end).problems, HasSubstr("table filter has no end"));
  const RulesRead cut = read_rules(text.substr(0, text.rfind("--comment") + 12));
  EXPECT_FALSE(cut.rules);
  EXPECT_THAT(cut.problems, HasSubstr("rules.v4:10004:"));
  EXPECT_THAT(cut.problems, HasSubstr("the quotation mark is not closed"));
}

TEST(LargeRules, OfManyMistakesTheFirstAreTold) {
  std::string text = "*filter\n";
  for (int i = 0; i < kMany; ++i)
    text += "-A FORWARD -p tcp --dport 7000" + std::to_string(i) + "\n";
  const RulesRead read = read_rules(text + "COMMIT\n");
  EXPECT_FALSE(read.rules);
  EXPECT_THAT(read.problems, HasSubstr("rules.v4:2:27: error"));
  EXPECT_THAT(read.problems, HasSubstr("after 200 problems"));
}

TEST(LargeRules, ChainsThatCallEachOtherInACircleAreRefusedWithAPlace) {
  for (const char* const verb : {"-j", "-g"}) {
    std::string text = "*filter\n";
    for (int i = 0; i < kMany; ++i) text += ":c" + std::to_string(i) + " - [0:0]\n";
    for (int i = 0; i < kMany; ++i)
      text +=
          "-A c" + std::to_string(i) + " " + verb + " c" + std::to_string((i + 1) % kMany) + "\n";
    const RulesRead read = read_rules(text + "-A FORWARD -j c0\nCOMMIT\n");
    EXPECT_THAT(read.problems, HasSubstr("rules.v4:")) << verb;
    EXPECT_THAT(read.problems, HasSubstr("error")) << verb;
  }
}

TEST(LargeRules, LinesOfAMegabyteAreRefusedWithAPlace) {
  const std::string long_word(1'000'000, 'x');
  for (const std::string& line :
       {"-A FORWARD -m comment --comment " + long_word, "-A FORWARD -s " + long_word,
        std::string(1'000'000, ' ') + "-A FORWARD", ":" + long_word + " - [0:0]"}) {
    const RulesRead read = read_rules("*filter\n" + line + "\nCOMMIT\n");
    EXPECT_FALSE(read.rules);
    EXPECT_THAT(read.problems, HasSubstr("rules.v4:2:1: error: a line longer than 10240 octets"));
    EXPECT_LT(read.problems.size(), 1000u);
  }
}

// As long as may be, with as many words as fit.
TEST(LargeRules, ALineOfTenThousandOctetsIsRead) {
  std::string line = "-A FORWARD -s ";
  for (int i = 0; line.size() < 10'150; ++i) line += (i == 0 ? "" : ",") + address(i);
  const RulesRead read = read_rules("*filter\n" + line + " -j DROP\nCOMMIT\n");
  EXPECT_EQ(read.problems, "");
  ASSERT_TRUE(read.rules);
  EXPECT_GT(read.rules->find(Table::filter)->find("FORWARD")->rules.size(), 700u);
}

}  // namespace
}  // namespace natsim::test
