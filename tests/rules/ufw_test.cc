// Goal: ufw's commands become the rules that ufw 0.36.2 was seen to make of them (FW-U01 … FW-U10),
// each with the name and the place of its command.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "sim/base/random.h"
#include "src/rules/iptables_writer.h"
#include "tests/rules/read.h"

namespace natsim::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string recorded(const std::string& name) {
  std::ifstream stream(NATSIM_SOURCE_DIR "/tests/rules/data/" + name);
  std::ostringstream text;
  text << stream.rdbuf();
  EXPECT_FALSE(text.str().empty()) << name;
  return text.str();
}

Ruleset ruleset_of(const std::string& commands) {
  RulesRead read = read_commands(commands);
  EXPECT_THAT(read.problems, Not(HasSubstr("error"))) << commands;
  return read.rules.value_or(Ruleset());
}

std::string written(const std::string& commands) {
  return rules::write_iptables(ruleset_of(commands));
}

/// The lines of `text` that hold `what`.
std::vector<std::string> lines_with(const std::string& text, const std::string& what) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);)
    if (line.find(what) != std::string::npos) lines.push_back(line);
  return lines;
}

/// The rules of a user chain, behind its name.
std::vector<std::string> chain(const std::string& commands, const std::string& name) {
  std::vector<std::string> lines = lines_with(written(commands), "-A " + name + " ");
  for (std::string& line : lines) line = line.substr(name.size() + 4);
  return lines;
}

std::vector<std::string> user_input(const std::string& commands) {
  return chain(commands, "ufw-user-input");
}

/// Which command decided first, second, … in the list.
std::vector<std::string> order(const std::string& commands) {
  std::vector<std::string> names;
  const Ruleset rules = ruleset_of(commands);
  for (const Rule& rule : rules.find(Table::filter)->find("ufw-user-input")->rules)
    names.push_back(rule.label.name);
  return names;
}

// FW-U02 and FW-U03 too: what comes before the user's rules, pings among it.
TEST(Ufw, FW_U01_EnabledAsInstalled) {
  EXPECT_EQ(written(""), recorded("ufw_enabled.rules"));
  EXPECT_EQ(written("enable\nreload\nstatus verbose"), recorded("ufw_enabled.rules"));
}

TEST(Ufw, FW_U01_DisabledAcceptsEverything) {
  const Ruleset rules = ruleset_of("allow 22\ndefault deny outgoing\ndisable");
  for (const Chain& made : rules.find(Table::filter)->chains) {
    EXPECT_TRUE(made.accept) << made.name;
    EXPECT_THAT(made.rules, IsEmpty()) << made.name;
  }
}

// A session of some thirty commands: FW-U04 … FW-U09 in one.
TEST(Ufw, FW_U04_ARecordedSessionMakesTheSameRules) {
  const std::string text = written(recorded("ufw_user.commands"));
  const std::string seen = recorded("ufw_user.rules");
  for (const char* const name :
       {"ufw-user-input", "ufw-user-output", "ufw-user-forward", "ufw-user-limit",
        "ufw-user-limit-accept", "ufw-user-logging-input", "ufw-reject-input",
        "ufw-skip-to-policy-input", "ufw-skip-to-policy-output"}) {
    const std::string begin = "-A " + std::string(name) + " ";
    EXPECT_EQ(lines_with(text, begin), lines_with(seen, begin));
  }
  EXPECT_THAT(text, HasSubstr(":INPUT DROP [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT DROP [0:0]\n"));
}

TEST(Ufw, FW_U04_TheListsOrderDecides) {
  EXPECT_THAT(order("allow 1/tcp\nallow 2/tcp\ninsert 2 deny 3/tcp\nprepend deny 4/tcp"),
              ElementsAre("deny 4/tcp", "allow 1/tcp", "deny 3/tcp", "allow 2/tcp"));
  EXPECT_THAT(order("allow 1/tcp\nallow 2/tcp\nallow 3/tcp\ndelete 2\ndelete allow 1/tcp"),
              ElementsAre("allow 3/tcp"));
  // 1 to 2 are of IPv4, 3 to 4 their twins; the fourth is IPv6's rule for port 2.
  EXPECT_THAT(order("allow 1/tcp\nallow 2/tcp\ndelete 4"),
              ElementsAre("allow 1/tcp", "allow 2/tcp"));
}

TEST(Ufw, FW_U05_AnotherActionReplacesInPlace) {
  EXPECT_THAT(order("allow 22/tcp\nallow 80/tcp\ndeny 22/tcp"),
              ElementsAre("deny 22/tcp", "allow 80/tcp"));
  EXPECT_THAT(read_commands("allow 22/tcp\nallow ssh").problems,
              HasSubstr("commands:2:1: warning: Skipping adding existing rule"));
  EXPECT_THAT(read_commands("allow 22\ninsert 1 allow 22").problems,
              HasSubstr("Skipping inserting existing rule"));
}

TEST(Ufw, FW_U06_PortsAndServices) {
  EXPECT_THAT(user_input("allow 22"), ElementsAre("-p tcp -m tcp --dport 22 -j ACCEPT",
                                                  "-p udp -m udp --dport 22 -j ACCEPT"));
  EXPECT_THAT(user_input("allow ssh"), ElementsAre("-p tcp -m tcp --dport 22 -j ACCEPT"));
  EXPECT_THAT(user_input("allow tftp"), ElementsAre("-p udp -m udp --dport 69 -j ACCEPT"));
  EXPECT_THAT(user_input("allow 443,80/tcp"),
              ElementsAre("-p tcp -m multiport --dports 80,443 -j ACCEPT"));
}

// What it does to connections: topologies/ufw-host.yaml.
TEST(Ufw, FW_U07_DenyRejectLimit) {
  EXPECT_THAT(user_input("deny 1/tcp\nreject 2"),
              ElementsAre("-p tcp -m tcp --dport 1 -j DROP",
                          "-p tcp -m tcp --dport 2 -j REJECT --reject-with tcp-reset",
                          "-p udp -m udp --dport 2 -j REJECT --reject-with icmp-port-unreachable"));
  EXPECT_THAT(chain("limit 1/tcp", "ufw-user-limit"),
              ElementsAre("-m limit --limit 3/min -j LOG --log-prefix \"[UFW LIMIT BLOCK] \"",
                          "-j REJECT --reject-with icmp-port-unreachable"));
}

TEST(Ufw, FW_U08_DirectionsInterfacesAndAddresses) {
  EXPECT_THAT(user_input("allow in on eth0 from 10.0.0.0/8 port 53 to 10.0.0.1 proto udp"),
              ElementsAre("-s 10.0.0.0/8 -d 10.0.0.1/32 -i eth0 -p udp -m udp --sport 53 "
                          "-j ACCEPT"));
  EXPECT_THAT(chain("deny out 25/tcp", "ufw-user-output"),
              ElementsAre("-p tcp -m tcp --dport 25 -j DROP"));
  EXPECT_THAT(chain("route allow in on a out on b to 10.0.0.1", "ufw-user-forward"),
              ElementsAre("-d 10.0.0.1/32 -i a -o b -j ACCEPT"));
  const RulesRead v6 = read_commands("allow from 2001:db8::/32");
  EXPECT_THAT(v6.problems, HasSubstr("IPv6"));
  ASSERT_TRUE(v6.rules);
  EXPECT_THAT(v6.rules->find(Table::filter)->find("ufw-user-input")->rules, IsEmpty());
}

TEST(Ufw, FW_U09_DefaultsThatReject) {
  const std::string text = written("default reject incoming\ndefault deny outgoing");
  EXPECT_THAT(text, HasSubstr(":INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT DROP [0:0]\n"));
  EXPECT_THAT(lines_with(text, "-A ufw-reject-"),
              ElementsAre("-A ufw-reject-input -j REJECT --reject-with icmp-port-unreachable"));
  EXPECT_THAT(lines_with(text, "-A ufw-track-"), IsEmpty());
  EXPECT_THAT(lines_with(text, "-A ufw-before-output -m conntrack"),
              ElementsAre("-A ufw-before-output -m conntrack --ctstate RELATED,ESTABLISHED "
                          "-j ACCEPT"));
}

TEST(Ufw, FW_U10_LoggingLevels) {
  const std::string medium = written(recorded("ufw_user.commands") + "logging medium\n");
  std::vector<std::string> seen = lines_with(recorded("ufw_medium.rules"), "-A ");
  EXPECT_EQ(lines_with(medium, "-j LOG"), seen);
  EXPECT_THAT(lines_with(written("allow log 22\nlogging off"), "-j LOG"),
              ElementsAre(HasSubstr("ufw-user-logging-input -p tcp"),
                          HasSubstr("ufw-user-logging-input -p udp")));
  EXPECT_THAT(chain("logging off", "ufw-user-logging-input"), ElementsAre("-j RETURN"));
  EXPECT_THAT(lines_with(written("logging high"), "BLOCK] "),
              testing::Each(testing::AnyOf(Not(HasSubstr("-m limit")), HasSubstr("LIMIT BLOCK"))));
}

TEST(Ufw, RulesHaveTheNameAndThePlaceOfTheirCommand) {
  const Ruleset rules = ruleset_of("default reject\n\n  ufw allow log 'WWW Full' comment shop\n");
  const TableRules& filter = *rules.find(Table::filter);
  const RuleLabel& shop = filter.find("ufw-user-input")->rules.back().label;
  EXPECT_EQ(shop.name, "allow log 'WWW Full'");
  EXPECT_EQ(shop.place, (Place{0, 3, 7}));
  EXPECT_EQ(filter.find("ufw-reject-input")->rules[0].label.name, "policy");
  EXPECT_EQ(filter.find("ufw-reject-input")->rules[0].label.place, (Place{0, 1, 1}));
  EXPECT_EQ(filter.find("INPUT")->policy_label.place, (Place{0, 1, 1}));
  EXPECT_EQ(filter.find("ufw-before-input")->rules[0].label.name, "ufw's before rules");
  EXPECT_EQ(filter.find("ufw-after-input")->rules[0].label.name, "ufw's after rules");
}

/// `text` with some of its octets changed, left out or doubled.
std::string damaged(std::string text, Prng& dice) {
  static constexpr std::string_view kLetters = "0123456789:/,.'\"\\# \n-anyoutlogdelete";
  for (std::uint64_t i = dice.below(6); i > 0 && !text.empty(); --i) {
    const std::size_t at = dice.below(text.size());
    switch (dice.below(3)) {
      case 0: text[at] = kLetters[dice.below(kLetters.size())]; break;
      case 1: text.erase(at, 1 + dice.below(8)); break;
      default: text.insert(at, text.substr(at, 1 + dice.below(20)));
    }
  }
  return text;
}

// What tests/fuzz/ufw_fuzz.cc does with more patience.
TEST(Ufw, DamagedCommandsAreRefusedOrMakeRulesThatLoad) {
  Prng dice(1);
  int taken = 0;
  const std::string session = recorded("ufw_user.commands");
  for (int i = 0; i < 2000; ++i) {
    const std::string text = damaged(session, dice);
    const RulesRead read = read_commands(text);
    if (!read.rules) {
      EXPECT_THAT(read.problems, HasSubstr("error")) << text;
      continue;
    }
    ++taken;
    const std::string made = rules::write_iptables(*read.rules);
    const RulesRead again = read_rules(made);
    EXPECT_EQ(again.problems, "") << text;
    ASSERT_TRUE(again.rules) << text;
    EXPECT_EQ(rules::write_iptables(*again.rules), made) << text;
  }
  EXPECT_GT(taken, 100);
}

TEST(Ufw, ManyCommandsTakeNoTime) {
  std::string text;
  for (int i = 0; i < 5000; ++i)
    text += "allow from 10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250) + "\n";
  EXPECT_EQ(order(text).size(), 5000u);
  std::string many;
  for (int i = 0; i <= 10'000; ++i) many += "reload\n";
  EXPECT_THAT(read_commands(many).problems, HasSubstr("more than 10000 commands"));
}

}  // namespace
}  // namespace natsim::test
