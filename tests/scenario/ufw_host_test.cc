// ufw-host: a server that guards itself with ufw.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/simulation.h"
#include "tests/scenario/story.h"
#include "tests/scenario/topologies.h"

namespace natsim::scenario {
namespace {

using namespace natsim::lab;  // NOLINT: its words are made to be read like this
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const char* const kName = "ufw-host";

/// What the expectations of the topology came to, with one command in place of another.
std::vector<std::string> found_with(std::string_view command, std::string_view instead) {
  Simulation run(kName, edited(topology_text(kName), command, instead));
  EXPECT_EQ(run.problems(), "");
  run.run();
  return run.found();
}

// FW-U03. Denied and still answered: ufw's rules come before the user's.
TEST(UfwHost, FW_U03_EvenTheScannersPingsAreAnswered) {
  const Story& story = story_of(kName);
  EXPECT_EQ(story.count("scanner-eth0", icmp(0, 0), dst("192.0.2.66")), 2u);
  EXPECT_EQ(story.count("scanner-eth0", tcp(src("203.0.113.80"))), 0u);
}

// FW-U07. Five connections within half a minute, and the sixth is refused; later there are more.
TEST(UfwHost, FW_U07_LimitRefusesTheSixthConnection) {
  const Story& story = story_of(kName);
  EXPECT_EQ(story.count("admin-eth0", tcp(flags(kTcpSyn))), 7u);
  EXPECT_EQ(story.count("admin-eth0", tcp(flags(TcpFlags(kTcpSyn | kTcpAck)))), 6u);
  EXPECT_EQ(story.count("admin-eth0", icmp(3, 3), dst("192.0.2.10")), 1u);
}

// FW-U05. The control: the same rule with "allow" knows no limit.
TEST(UfwHost, WithoutTheLimitAllSevenConnectionsAreThere) {
  const Story story(kName, edited(topology_text(kName), "- limit ssh", "- allow ssh"));
  EXPECT_EQ(story.count("admin-eth0", tcp(flags(TcpFlags(kTcpSyn | kTcpAck)))), 7u);
}

// FW-U04. The control: behind the rule for the web the scanner's never decides.
TEST(UfwHost, FW_U04_TheFirstRuleDecides) {
  const std::string kDropped = "dropped at web by deny from 192.0.2.66";
  EXPECT_THAT(found_with("- insert 1 deny from 192.0.2.66", "- insert 3 deny from 192.0.2.66"),
              Not(Contains(kDropped)));
  EXPECT_THAT(found_with("- insert 1 deny from 192.0.2.66", "- prepend deny from 192.0.2.66"),
              Contains(kDropped));
}

// FW-U01.
TEST(UfwHost, FW_U01_DisabledLetsEverythingIn) {
  const std::string text = edited(up_to_key(topology_text(kName), "expect"), "- deny out 25/tcp",
                                  "- deny out 25/tcp\n      - disable");
  Simulation run(kName, text +
                            "expect:\n"
                            "  - {from: scanner, to: \"web:3306\", proto: tcp, result: dropped}\n"
                            "  - {from: web, to: \"database:25\", proto: tcp, result: dropped}\n");
  EXPECT_THAT(run.problems(), HasSubstr("warning: ufw is disabled"));
  ASSERT_TRUE(run.built());
  run.run();
  EXPECT_THAT(run.found(), ElementsAre("delivered at web", "delivered at database"));
}

// FW-U09. Replies pass where the default denies what goes out; nothing else does.
TEST(UfwHost, FW_U09_DenyOutgoingLetsRepliesPass) {
  const std::vector<std::string> found =
      found_with("default allow outgoing", "default deny outgoing");
  EXPECT_EQ(found[0], "delivered at web");
  EXPECT_EQ(found[found.size() - 2], "dropped at web by policy");
}

}  // namespace
}  // namespace natsim::scenario
