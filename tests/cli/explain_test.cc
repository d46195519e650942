// Goal: natsim trace, matrix, check --lint/--coverage/--against say what a user needs to know, the
// same on every run, and end with the status that scripts go by.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "src/report/text.h"
#include "tests/cli/program.h"

namespace natsim {
namespace {

using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

const std::string kTopologies = NATSIM_SOURCE_DIR "/topologies/";
const std::string kGolden = NATSIM_SOURCE_DIR "/tests/cli/golden/";

std::string read(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// No line is wider than a page, and none ends in blanks.
void expect_tidy(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(columns_of(line), kReportColumns) << line;
    EXPECT_FALSE(line.ends_with(' ')) << "'" << line << "'";
  }
}

/// UPDATE_GOLDEN=1 rewrites what is expected; review with git diff.
void expect_golden(const std::string& name, const std::string& text) {
  expect_tidy(text);
  const std::string path = kGolden + name + ".txt";
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::filesystem::create_directories(kGolden);
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  EXPECT_EQ(read(path), text) << path << ": UPDATE_GOLDEN=1 rewrites it";
}

Ended trace(const std::string& topology, std::vector<std::string> rest) {
  std::vector<std::string> arguments = {"trace", kTopologies + topology + ".yaml"};
  arguments.insert(arguments.end(), rest.begin(), rest.end());
  return natsim_program(arguments);
}

struct TraceCase {
  const char* name;
  const char* topology;
  std::vector<std::string> words;
  int status;
};
void PrintTo(const TraceCase& c, std::ostream* out) { *out << c.name; }

// FW-H01: the stages in the order in which the hooks run them.
class TracePage : public testing::TestWithParam<TraceCase> {};

TEST_P(TracePage, ReadsAsItDidBefore) {
  const TraceCase& c = GetParam();
  const Ended ended = trace(c.topology, c.words);
  EXPECT_EQ(ended.status, c.status) << ended.err;
  EXPECT_EQ(ended.err, "");
  expect_golden(std::string("trace-") + c.name, ended.out);
}

INSTANTIATE_TEST_SUITE_P(
    All, TracePage,
    testing::Values(
        TraceCase{"nat-out", "home-nat", {"laptop", "tcp", "web:80"}, 0},
        TraceCase{"port-forward", "home-nat", {"web", "tcp", "203.0.113.2:8080", "--one-way"}, 0},
        TraceCase{"policy", "home-nat", {"web", "udp", "203.0.113.2:53"}, 1},
        TraceCase{"near-miss", "office-dmz", {"staff", "tcp", "www:8080"}, 1},
        TraceCase{"two-firewalls", "office-dmz", {"infected", "tcp", "badguy:6667"}, 1},
        TraceCase{"reject", "vlan-office", {"pc2", "tcp", "pc3:22"}, 1},
        TraceCase{"vlans", "vlan-office", {"pc1", "icmp", "pc3", "--one-way"}, 0},
        TraceCase{"no-route", "two-lans-router", {"alice", "icmp", "10.3.0.1"}, 1},
        TraceCase{"no-neighbour", "two-lans-router", {"alice", "icmp", "10.2.0.77"}, 1},
        TraceCase{
            "closed-port", "two-lans-router", {"alice", "udp", "bob:9", "--size", "2000"}, 1}),
    [](const auto& tested) {
      std::string name = tested.param.name;
      std::replace(name.begin(), name.end(), '-', '_');
      return name;
    });

TEST(Trace, TellsBeforeAndAfterALease) {
  const Ended early = trace("home-nat", {"laptop", "icmp", "web", "--at", "1us"});
  EXPECT_EQ(early.status, 1);
  EXPECT_THAT(early.out, HasSubstr("at 0.00000"));
  EXPECT_EQ(trace("home-nat", {"laptop", "icmp", "web"}).status, 0);
}

TEST(Trace, IsJsonForPrograms) {
  const Ended ended = trace("office-dmz", {"staff", "tcp", "www:8080", "--json"});
  EXPECT_EQ(ended.status, 1);
  const Json json = Json::parse(ended.out);
  EXPECT_EQ(json["delivered"], false);
  EXPECT_EQ(json["result"], "dropped");
  EXPECT_EQ(json["cause"], "policy");
  EXPECT_EQ(json["at"], "inner");
  bool told = false;
  for (const Json& rule : json["there"].back()["stages"].back()["rules"]) {
    if (rule["name"] != "lan-web") continue;
    told = true;
    EXPECT_EQ(rule["wanted"], "port 80 or 443");
    EXPECT_EQ(rule["had"], "8080");
    EXPECT_EQ(rule["line"], 40);
  }
  EXPECT_TRUE(told) << ended.out;
}

TEST(Trace, RefusesWhatIsNoQuestion) {
  const auto complaint = [](std::vector<std::string> words) {
    const Ended ended = trace("home-nat", std::move(words));
    EXPECT_EQ(ended.status, 2);
    EXPECT_EQ(ended.out, "");
    return ended.err;
  };
  EXPECT_THAT(complaint({"laptpo", "tcp", "web:80"}), HasSubstr("did you mean 'laptop'?"));
  EXPECT_THAT(complaint({"laptop", "tcp", "web"}), HasSubstr("tcp needs a port: 'web:80'"));
  EXPECT_THAT(complaint({"laptop", "icmp", "web:80"}), HasSubstr("a ping has no port"));
  EXPECT_THAT(complaint({"laptop", "sctp", "web:80"}), HasSubstr("PROTO is tcp, udp or icmp"));
  EXPECT_THAT(complaint({"laptop", "tcp", "wbe:80"}), HasSubstr("did you mean 'web'?"));
  EXPECT_THAT(complaint({"laptop", "tcp"}), HasSubstr("no TO given"));
  EXPECT_THAT(complaint({"laptop", "icmp", "web", "--at", "5"}), HasSubstr("--at '5'"));
}

TEST(Trace, IsColouredOnlyWhereItIsWanted) {
  EXPECT_THAT(trace("home-nat", {"laptop", "icmp", "web"}).out, Not(HasSubstr("\033")));
  EXPECT_THAT(trace("home-nat", {"laptop", "icmp", "web", "--color", "always"}).out,
              HasSubstr("\033["));
}

// --- matrix --------------------------------------------------------------------------------------

// DMZ-01
TEST(Matrix, OfOfficeDmzReadsAsItDidBefore) {
  const Ended ended = natsim_program({"matrix", kTopologies + "office-dmz.yaml"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  expect_golden("matrix-office-dmz", ended.out);
}

TEST(Matrix, TellsWhatAChangeChanges) {
  const TestFolder folder;
  std::string text = read(kTopologies + "office-dmz.yaml");
  const std::string rule = "dport: [80, 443], action: accept}";
  text.replace(text.find(rule), rule.size(), "dport: [443], action: accept}");
  const std::string other = folder.write("office-dmz.yaml", text);
  const Ended ended = natsim_program({"matrix", kTopologies + "office-dmz.yaml", "--diff", other});
  EXPECT_EQ(ended.status, 1) << ended.err;
  expect_golden("matrix-diff", ended.out);
  EXPECT_EQ(natsim_program({"matrix", other, "--diff", other}).status, 0);
}

// --- lint and coverage ---------------------------------------------------------------------------

/// home-nat with other rules.
std::string with_rules(const std::string& rules) {
  std::string text = read(kTopologies + "home-nat.yaml");
  const std::size_t begin = text.find("      rules:\n"), end = text.find("  web:\n");
  return text.replace(begin, end - begin, "      rules:\n" + rules);
}

std::string lint(const std::string& rules) {
  const TestFolder folder;
  const std::string file = folder.write("linted.yaml", with_rules(rules));
  std::string err = natsim_program({"check", "--lint", file}).err;
  for (std::size_t at; (at = err.find(folder.path() + "/")) != std::string::npos;)
    err.erase(at, folder.path().size() + 1);
  return err;
}

const std::string kReplies =
    "        - {name: replies, chain: forward, state: [established, related], action: accept}\n";

TEST(Lint, NamesTheRuleThatTakesAnothersPackets) {
  const std::string text = lint(kReplies +
                                "        - {name: wide, chain: forward, from: inside, proto: tcp, "
                                "dport: 1-1023, action: drop}\n"
                                "        - {name: web, chain: forward, from: inside, to: outside, "
                                "proto: tcp, dport: [80, 443], "
                                "action: accept}\n"
                                "        - {name: high, chain: forward, from: inside, proto: tcp, "
                                "dport: 8080, action: accept}\n");
  EXPECT_THAT(text, HasSubstr("rule 'web' of FORWARD can never match: all of its packets are taken "
                              "before, by 'wide' (line 41)"));
  EXPECT_THAT(text, Not(HasSubstr("'high'")));
}

TEST(Lint, NamesWhatLetsOnlyOneWayThrough) {
  const std::string text = lint(
      "        - {name: out, chain: forward, from: inside, to: outside, action: accept}\n"
      "        - {name: back, chain: forward, from: outside, to: inside, state: [new], action: "
      "accept}\n");
  EXPECT_THAT(text, HasSubstr("rule 'out' of FORWARD lets connections begin, but nothing lets the "
                              "answers back"));
}

/// home-nat with another NAT section.
std::string lint_nat(const std::string& nat) {
  const TestFolder folder;
  std::string text = read(kTopologies + "home-nat.yaml");
  const std::size_t begin = text.find("    nat:\n"), end = text.find("    firewall:\n");
  const std::string file = folder.write("linted.yaml", text.replace(begin, end - begin, nat));
  return natsim_program({"check", "--lint", file}).err;
}

TEST(Lint, NamesTranslationsThatLeadNowhere) {
  EXPECT_THAT(lint_nat("    nat:\n      - masquerade: {out: lan}\n"),
              HasSubstr("hides what goes inside; what leaves by wan is not translated"));
  EXPECT_THAT(lint_nat("    nat:\n      - masquerade: {out: wan}\n      - port_forward: {in: wan, "
                       "proto: tcp, port: 8022, to: \"192.168.1.10:22\"}\n"),
              HasSubstr("leads to 192.168.1.10, but no rule of the forward chain accepts that"));
  EXPECT_THAT(lint_nat("    nat:\n      - masquerade: {out: wan}\n"), Not(HasSubstr("nat rule")));
}

TEST(Check, WritesJunit) {
  const Ended ended = natsim_program({"check", "--junit", "home-nat.yaml", "office-dmz.yaml"},
                                     {.folder = kTopologies});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.out,
              HasSubstr("<testsuite name=\"office-dmz.yaml\" tests=\"10\" failures=\"0\""));
  EXPECT_THAT(ended.out, HasSubstr("name=\"laptop → web:80 tcp\"/>"));
}

TEST(Lint, IsSilentAboutTheTopologiesOfTheGallery) {
  for (const auto& entry : std::filesystem::directory_iterator(kTopologies)) {
    if (entry.path().extension() != ".yaml") continue;
    const Ended ended = natsim_program({"check", "--lint", entry.path().string()});
    EXPECT_THAT(ended.err, Not(HasSubstr("rule '"))) << entry.path();
  }
}

TEST(Coverage, NamesRulesThatNothingExercised) {
  const Ended ended =
      natsim_program({"check", "--coverage", "office-dmz.yaml"}, {.folder = kTopologies});
  EXPECT_EQ(ended.status, 0) << ended.err;
  expect_golden("coverage-office-dmz", ended.out);
}

// --- grading -------------------------------------------------------------------------------------

const char* const kTeacher = R"(
  - {title: The web server can be reached, points: 3,
     from: web, to: "203.0.113.2:8080", proto: tcp, result: delivered}
  - {title: The router keeps its ports closed, hint: what is not allowed is forbidden,
     from: web, to: "203.0.113.2:22", proto: tcp, result: dropped, by: policy}
  - {title: No private address leaks, never: "src net 192.168.0.0/16", on: "router:wan", points: 2}
)";

class GradeTest : public testing::Test {
 protected:
  GradeTest() {
    std::string text = read(kTopologies + "home-nat.yaml");
    home_ = text;
    teacher_ =
        folder_.write("teacher.yaml", text.substr(0, text.find("expect:")) + "expect:" + kTeacher);
    folder_.write("good.yaml", home_);
    folder_.write("open.yaml", replaced("policy: {input: drop, forward: drop}",
                                        "policy: {input: accept, forward: drop}"));
    folder_.write("leaks.yaml", replaced("      - masquerade: {out: wan}\n", ""));
    folder_.write("broken.yaml", "name: broken\nnodes: [\n");
    folder_.write("noise.yaml", std::string("\x01\x02\xff\0binary", 10));
    folder_.write("bomb.yaml", bomb());
    folder_.write("nobody.yaml", "name: nobody\nnodes: {a: {type: host}}\n");
  }
  std::string replaced(const std::string& what, const std::string& by) const {
    std::string text = home_;
    return text.replace(text.find(what), what.size(), by);
  }
  /// Aliases of aliases: ten to the tenth values.
  static std::string bomb() {
    std::string text = "name: bomb\nx0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n";
    for (int i = 1; i < 10; ++i) {
      text += fmt::format("x{0}: &a{0} [", i);
      for (int j = 0; j < 10; ++j) text += fmt::format("{}*a{}", j == 0 ? "" : ", ", i - 1);
      text += "]\n";
    }
    return text;
  }
  Ended grade(std::vector<std::string> words) const {
    std::vector<std::string> arguments = {"check", "--against", "teacher.yaml"};
    arguments.insert(arguments.end(), words.begin(), words.end());
    return natsim_program(arguments, {.folder = folder_.path()});
  }

  TestFolder folder_;
  std::string home_, teacher_;
};

TEST_F(GradeTest, JudgesByBehaviourAndSurvivesEverySubmission) {
  const Ended ended = grade({"good.yaml", "open.yaml", "leaks.yaml", "broken.yaml", "noise.yaml",
                             "bomb.yaml", "nobody.yaml", "missing.yaml"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_EQ(ended.err, "");
  expect_golden("grades", ended.out);
}

TEST_F(GradeTest, GoodOnesHaveAllPoints) {
  const Ended ended = grade({"good.yaml"});
  EXPECT_EQ(ended.status, 0) << ended.out << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("good.yaml        6   6  all met"));
}

TEST_F(GradeTest, IsATableForSpreadsheets) {
  EXPECT_EQ(grade({"good.yaml", "open.yaml", "--csv"}).out,
            "submission,points,points_max,failure,The web server can be reached,The router keeps "
            "its ports closed,No private address leaks\r\n"
            "good.yaml,6,6,,3,1,2\r\nopen.yaml,5,6,,3,0,2\r\n");
}

TEST_F(GradeTest, IsJunitAndJsonForPrograms) {
  const std::string xml = grade({"good.yaml", "broken.yaml", "--junit"}).out;
  EXPECT_THAT(xml,
              HasSubstr("<testsuite name=\"good.yaml\" tests=\"3\" failures=\"0\" errors=\"0\">"));
  EXPECT_THAT(xml, HasSubstr("<error message=\"broken.yaml:"));
  const Json json = Json::parse(grade({"open.yaml", "--json"}).out);
  EXPECT_EQ(json["points"], 5);
  EXPECT_EQ(json["checks"][1]["hint"], "what is not allowed is forbidden");
}

TEST_F(GradeTest, OnlyTheNodeThatIsAskedForMayBeTheirs) {
  // It puts the web server's address on a host of its own, and takes the translation away.
  std::string text = replaced("      - masquerade: {out: wan}\n", "");
  const std::string listens = "    listen: [{proto: tcp, port: 80}]\n";
  text.erase(text.find(listens), listens.size());
  folder_.write("cheat.yaml", text);
  EXPECT_THAT(grade({"cheat.yaml", "--csv"}).out, HasSubstr("cheat.yaml,1,6,,0,1,0\r\n"));
  EXPECT_THAT(grade({"cheat.yaml", "--take", "router", "--csv"}).out,
              HasSubstr("cheat.yaml,4,6,,3,1,0\r\n"));
  EXPECT_EQ(grade({"good.yaml", "--take", "rooter"}).status, 2);
}

TEST_F(GradeTest, ANetworkThatNeverRestsCostsOnlyItself) {
  // Two switches, two cables, no spanning tree: a broadcast goes round for ever.
  folder_.write("storm.yaml", R"(name: storm
networks: {home: {}, internet: {}}
nodes:
  laptop: {type: host, interfaces: {eth0: {addresses: [10.0.0.1/24]}}}
  web: {type: host, interfaces: {eth0: {addresses: [10.0.0.2/24]}}}
  s1: {type: switch, ports: {p1: {}, p2: {}, p3: {}}}
  s2: {type: switch, ports: {p1: {}, p2: {}, p3: {}}}
links:
  - {endpoints: ["s1:p1", "s2:p1"], delay: 1us}
  - {endpoints: ["s1:p2", "s2:p2"], delay: 1us}
  - {endpoints: ["laptop:eth0", "s1:p3"]}
  - {endpoints: ["web:eth0", "s2:p3"]}
)");
  const Ended ended = grade({"storm.yaml", "good.yaml", "--csv"});
  EXPECT_THAT(ended.out, HasSubstr("storm.yaml,0,6,"));
  EXPECT_THAT(ended.out, HasSubstr("good.yaml,6,6,"));
}

TEST_F(GradeTest, ATeacherWithoutExpectationsIsAnError) {
  const Ended ended = natsim_program({"check", "--against", "nobody.yaml", "good.yaml"},
                                     {.folder = folder_.path()});
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.err, HasSubstr("it has no 'expect' to judge by"));
}

}  // namespace
}  // namespace natsim
