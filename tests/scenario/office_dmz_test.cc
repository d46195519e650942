// office-dmz: who may reach whom, as a matrix of probes and as told by the captures; and the same
// for one firewall with three legs. DMZ-01, DMZ-02, DMZ-03
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "tests/scenario/simulation.h"
#include "tests/scenario/story.h"
#include "tests/scenario/topologies.h"

namespace natsim::scenario {
namespace {

using namespace natsim::lab;  // NOLINT: its words are made to be read like this
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

const char* const kName = "office-dmz";
const std::vector<std::string> kPublicCables = {"outer-wan", "customer-eth0", "badguy-eth0"};

/// A probe and what has to become of it: "delivered at www", or where and why it ends.
struct Probe {
  const char* from;
  const char* to;
  const char* proto;
  const char* fate;
};

/// `text` up to its traffic, with these probes instead.
std::string with_probes(const std::string& text, const std::vector<Probe>& probes) {
  std::string result = text + "expect:\n";
  for (const Probe& probe : probes)
    result += fmt::format("  - {{from: {}, to: \"{}\", proto: {}, result: delivered}}\n",
                          probe.from, probe.to, probe.proto);
  return result;
}

void expect_fates(const std::string& name, const std::string& text,
                  const std::vector<Probe>& probes) {
  Simulation run(name, with_probes(text, probes));
  ASSERT_TRUE(run.built()) << run.problems();
  run.run();
  const std::vector<std::string> found = run.found();
  ASSERT_EQ(found.size(), probes.size());
  for (std::size_t i = 0; i < probes.size(); ++i)
    EXPECT_EQ(found[i], probes[i].fate)
        << probes[i].from << " → " << probes[i].to << " " << probes[i].proto;
}

std::string office() { return up_to_key(topology_text(kName), "traffic"); }

// DMZ-01
TEST(OfficeDmz, OutsideReachesThePublishedPortAndNothingElse) {
  const char* const refused = "dropped at outer by policy";
  expect_fates(kName, office(),
               {
                   {"customer", "198.51.100.2:80", "tcp", "delivered at www"},
                   {"badguy", "198.51.100.2:80", "tcp", "delivered at www"},
                   {"customer", "198.51.100.2:22", "tcp", refused},
                   {"customer", "198.51.100.2:443", "tcp", refused},
                   {"customer", "198.51.100.2:445", "tcp", refused},
                   {"customer", "198.51.100.2:80", "udp", refused},
                   {"customer", "198.51.100.2", "icmp", refused},
               });
}

// DMZ-01, IPV4-26: an address that the Internet does not carry gets no further than its edge.
TEST(OfficeDmz, OutsideReachesNoInnerAddress) {
  const char* const leak = "dropped at outer: private address on the internet";
  expect_fates(kName, office(),
               {
                   {"badguy", "10.0.0.21:445", "tcp", leak},
                   {"badguy", "172.16.0.80:80", "tcp", leak},
                   {"badguy", "172.16.0.80:22", "tcp", leak},
                   {"badguy", "172.16.0.1", "icmp", leak},
               });
}

// DMZ-02
TEST(OfficeDmz, CapturedServerScansInVain) {
  const char* const refused = "dropped at inner by policy";
  expect_fates(kName, office(),
               {
                   {"www", "staff:22", "tcp", refused},
                   {"www", "staff:80", "tcp", refused},
                   {"www", "staff:445", "tcp", refused},
                   {"www", "staff:53", "udp", refused},
                   {"www", "staff", "icmp", refused},
                   {"www", "infected:445", "tcp", refused},
                   {"www", "10.0.0.1:22", "tcp", refused},
                   {"www", "172.16.0.1:22", "tcp", refused},
                   {"www", "172.16.0.254:22", "tcp", "dropped at outer by policy"},
                   {"www", "customer:443", "tcp", "dropped at outer by policy"},
                   {"www", "badguy:6667", "tcp", "dropped at outer by policy"},
               });
}

// DMZ-01
TEST(OfficeDmz, InsideReachesWhatIsListed) {
  const char* const refused = "dropped at inner by policy";
  expect_fates(kName, office(),
               {
                   {"staff", "www:80", "tcp", "delivered at www"},
                   {"staff", "www:22", "tcp", "delivered at www"},
                   {"staff", "customer:443", "tcp", "delivered at customer"},
                   {"staff", "www:25", "tcp", refused},
                   {"staff", "www", "icmp", refused},
                   {"staff", "172.16.0.254:22", "tcp", refused},
                   {"staff", "badguy:6667", "tcp", refused},
                   {"infected", "badguy:6667", "tcp", refused},
                   {"infected", "customer", "icmp", refused},
               });
}

// --- by the captures ----------------------------------------------------------------------------

// IPV4-26
TEST(OfficeDmz, NoPrivateAddressIsOnTheInternet) {
  const Story& story = story_of(kName);
  EXPECT_THAT(private_addresses(story, kPublicCables), IsEmpty());
  EXPECT_THAT(private_addresses(story, {"outer-dmz"}), Not(IsEmpty()));
  EXPECT_GE(story.at("outer-wan").size(), 25u);
}

TEST(OfficeDmz, CaptureOfTheInternetShowsTheOfficeAsOneHost) {
  const Story& story = story_of(kName);
  EXPECT_THAT(handshakes(story, "outer-wan"),
              ElementsAre("198.51.100.2 > 198.51.100.20:443", "198.51.100.20 > 198.51.100.2:80"));
  EXPECT_THAT(handshakes(story, "inner-lan"),
              ElementsAre("10.0.0.21 > 172.16.0.80:22", "10.0.0.21 > 172.16.0.80:80",
                          "10.0.0.21 > 198.51.100.20:443"));
}

TEST(OfficeDmz, NothingThatTheDmzBeginsIsSeenInside) {
  const Story& story = story_of(kName);
  const std::string probe = "172.16.0.80 > 10.0.0.21:445";
  EXPECT_THAT(attempts(story, "www-eth0"), Contains(probe));
  EXPECT_THAT(attempts(story, "inner-dmz"), Contains(probe));
  EXPECT_THAT(attempts(story, "inner-lan"), Not(Contains(probe)));
  EXPECT_EQ(story.count("staff-eth0", icmp(8, 0)), 0u);
  EXPECT_GE(story.count("www-eth0", icmp(8, 0), dst("10.0.0.21")), 1u);
}

TEST(OfficeDmz, MalwareCallsHomeInVain) {
  const Story& story = story_of(kName);
  EXPECT_THAT(attempts(story, "infected-eth0"), ElementsAre("10.0.0.66 > 198.51.100.66:6667"));
  EXPECT_GE(story.count("inner-lan", tcp(flags(kTcpSyn)), src("10.0.0.66")), 7u) << "it insists";
  EXPECT_EQ(story.count("inner-dmz", about("10.0.0.66")), 0u);
  EXPECT_EQ(story.count("badguy-eth0", ipv4()), 0u);
}

TEST(OfficeDmz, ChecksumsAreRightEverywhere) {
  const Story& story = story_of(kName);
  for (const std::string& cable : story.captures())
    EXPECT_THAT(bad_checksums(story, cable), IsEmpty());
}

// --- the controls: each promise is broken by the rule that would break it -----------------------

struct Broken {
  const char* what;
  const char* rule;  ///< of inner, or of outer
  const char* node;
  const char* first_unmet;
};

class BrokenOffice : public testing::TestWithParam<Broken> {};

TEST_P(BrokenOffice, IsNoticed) {
  const Broken& broken = GetParam();
  const std::string replies = std::string(broken.node) == "inner"
                                  ? "        - {name: replies,   chain: forward, state: "
                                    "[established, related], action: accept}\n        - {name: lan"
                                  : "        - {name: spoofed,";
  Simulation run(kName, edited(topology_text(kName), replies,
                               std::string("        - ") + broken.rule + "\n" + replies));
  ASSERT_TRUE(run.built()) << run.problems();
  run.run();
  EXPECT_THAT(run.unmet(), Contains(StartsWith(broken.first_unmet))) << broken.what;
}

INSTANTIATE_TEST_SUITE_P(
    All, BrokenOffice,
    testing::Values(
        Broken{"the DMZ may open connections inwards",
               "{name: oops, chain: forward, from: dmz, to: lan, action: accept}", "inner",
               "www → staff:445 tcp: expected dropped at inner by policy, found delivered"},
        Broken{"everything may leave",
               "{name: oops, chain: forward, from: lan, to: dmz, action: accept}", "inner",
               "infected → badguy:6667 tcp: expected dropped at inner by policy, found dropped at "
               "outer by policy"},
        Broken{"the web server may call out",
               "{name: oops, chain: forward, from: dmz, to: wan, action: accept}", "outer",
               "www → customer:443 tcp: expected dropped at outer by policy, found delivered"},
        Broken{"the outer router answers pings",
               "{name: oops, chain: input, proto: icmp, action: accept}", "outer",
               "customer → 198.51.100.2 icmp: expected dropped at outer by policy, found "
               "delivered"}),
    [](const auto& broken) { return "Rule" + std::to_string(broken.index); });

TEST(OfficeDmz, WithoutMasqueradingThePrivateAddressIsFoundOutside) {
  const Story story(kName, without_line(topology_text(kName), "masquerade: {out: wan}"));
  EXPECT_THAT(private_addresses(story, {"outer-wan"}), Not(IsEmpty()));
  EXPECT_THAT(story.finished().out, HasSubstr("private address on the internet"));
  EXPECT_EQ(story.finished().status, 1);
}

TEST(OfficeDmz, WithoutTheForwardNobodyReachesTheServer) {
  const Story story(kName, without_line(topology_text(kName), "- port_forward:"));
  EXPECT_THAT(attempts(story, "www-eth0"), Not(Contains("198.51.100.20 > 172.16.0.80:80")));
  EXPECT_EQ(story.finished().status, 1);
}

// --- one firewall with three legs. DMZ-03 -------------------------------------------------------

TEST(ThreeLegs, KeepTheSamePromises) {
  const char* const refused = "dropped at firewall by policy";
  expect_fates("three-legged", data_text("three-legged.yaml"),
               {
                   {"customer", "198.51.100.2:80", "tcp", "delivered at www"},
                   {"customer", "198.51.100.2:22", "tcp", refused},
                   {"customer", "198.51.100.2", "icmp", refused},
                   {"badguy", "10.0.0.21:445", "tcp", refused},
                   {"badguy", "172.16.0.80:22", "tcp", refused},
                   {"www", "staff:445", "tcp", refused},
                   {"www", "staff", "icmp", refused},
                   {"www", "customer:443", "tcp", refused},
                   {"staff", "www:80", "tcp", "delivered at www"},
                   {"staff", "www:22", "tcp", "delivered at www"},
                   {"staff", "customer:443", "tcp", "delivered at customer"},
                   {"staff", "badguy:6667", "tcp", refused},
               });
}

// RFC 2827: inside addresses that come from outside are forged, even for the published port.
TEST(ThreeLegs, ForgedSourcesAreDropped) {
  const MacAddress firewall = mac("02:00:00:00:00:fe"), badguy = mac("02:00:00:00:06:66");
  const Frame forged = lab::tcp({.src = "10.0.0.99:1000", .dst = "172.16.0.80:80"});
  const std::string text = edited(data_text("three-legged.yaml"), "      wan: {network: wan,",
                                  "      wan: {mac: \"02:00:00:00:00:fe\", network: wan,") +
                           "traffic:\n  - {at: 1s, from: \"badguy:eth0\", frame: \"" +
                           hex(forged.bytes(badguy, firewall)) + "\"}\n";
  const Story story("three-legged", text);
  EXPECT_EQ(story.finished().status, 0) << story.finished().err;
  EXPECT_EQ(story.count("firewall-wan", tcp(flags(kTcpSyn)), src("10.0.0.99")), 1u);
  EXPECT_EQ(story.count("firewall-dmz", about("10.0.0.99")), 0u);
  EXPECT_THAT(story.finished().out, HasSubstr("DROP spoofed"));

  const Story open("three-legged", without_line(text, "{name: spoofed,"));
  EXPECT_EQ(open.count("firewall-dmz", tcp(flags(kTcpSyn)), about("10.0.0.99")), 1u)
      << "the control";
}

}  // namespace
}  // namespace natsim::scenario
