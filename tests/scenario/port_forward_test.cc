// port-forward: two servers behind one address, from outside and from inside.
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
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

const char* const kName = "port-forward";
const std::vector<std::string> kPublicCables = {"router-wan", "visitor-eth0"};

TEST(PortForward, ServerSeesTheVisitorsRealAddress) {
  const Story& story = story_of(kName);
  EXPECT_THAT(handshakes(story, "visitor-eth0"), ElementsAre("198.51.100.7 > 198.51.100.2:8080"));
  EXPECT_THAT(handshakes(story, "web-eth0"), Contains("198.51.100.7 > 192.168.1.10:80"));
}

TEST(PortForward, DatagramsAreForwardedAndAnswersComeFromThePublicAddress) {
  const Story& story = story_of(kName);
  EXPECT_EQ(
      story.count("games-eth0", udp(src("198.51.100.7"), dst("192.168.1.11")), dst_port(27015)),
      2u);
  EXPECT_EQ(story.count("visitor-eth0", udp(src("198.51.100.2"), dst("198.51.100.7")),
                        src_port(27015), valid_checksums()),
            2u);
}

// NAT-S05. The server has to see the router, or it would answer the laptop directly.
TEST(PortForward, HairpinShowsTheServerTheRouterAsClient) {
  const Story& story = story_of(kName);
  EXPECT_THAT(handshakes(story, "laptop-eth0"), ElementsAre("192.168.1.20 > 198.51.100.2:8080"));
  EXPECT_THAT(handshakes(story, "web-eth0"), UnorderedElementsAre("198.51.100.7 > 192.168.1.10:80",
                                                                  "192.168.1.1 > 192.168.1.10:80"));
}

TEST(PortForward, ServerAndLaptopNeverTalkDirectly) {
  const Story& story = story_of(kName);
  const MacAddress laptop = mac_of(story, "router-lan", "192.168.1.20");
  const MacAddress web = mac_of(story, "router-lan", "192.168.1.10");
  EXPECT_EQ(story.count("laptop-eth0", from(web), unicast()), 0u);
  EXPECT_EQ(story.count("web-eth0", from(laptop), unicast()), 0u);
  EXPECT_EQ(story.count("web-eth0", tcp(about("192.168.1.20"))), 0u);
  EXPECT_GE(story.count("laptop-eth0", from(laptop), tcp(about("198.51.100.2"))), 6u);
}

// NAT-S03. The control: without the hairpin the laptop's connection meets the router itself.
TEST(PortForward, WithoutHairpinTheServerSeesNobodyFromInside) {
  const Story story(kName, edited(topology_text(kName), ", hairpin: true", ""));
  EXPECT_THAT(handshakes(story, "web-eth0"), ElementsAre("198.51.100.7 > 192.168.1.10:80"));
  EXPECT_THAT(handshakes(story, "laptop-eth0"), IsEmpty());
  EXPECT_THAT(attempts(story, "laptop-eth0"), ElementsAre("192.168.1.20 > 198.51.100.2:8080"));
  EXPECT_EQ(story.finished().status, 1);
}

// NAT-S07: three ARP requests, a second apart, then ICMP 3/1 from the public address.
TEST(PortForward, ATargetThatIsOffIsToldOfFromThePublicAddress) {
  const Story story(kName, edited(topology_text(kName), "192.168.1.11/24", "192.168.1.12/24"));
  EXPECT_THAT(story.finished().out,
              testing::ContainsRegex("  5[.]01[0-9]+  visitor  eth0→    198[.]51[.]100[.]2 > "
                                     "198[.]51[.]100[.]7: ICMP host unreachable, quoting udp"));
  EXPECT_THAT(story.finished().out,
              testing::ContainsRegex("visitor  udp 198[.]51[.]100[.]2:27015  unreachable"));
}

TEST(PortForward, OpenPortWithoutAForwardIsNotReached) {
  const Story& story = story_of(kName);
  EXPECT_THAT(attempts(story, "visitor-eth0"), Contains("198.51.100.7 > 198.51.100.2:22"));
  EXPECT_THAT(attempts(story, "web-eth0"), Not(Contains("198.51.100.7 > 192.168.1.10:22")));
}

// The control: with a forward it is.
TEST(PortForward, ForwardOpensThePort) {
  const std::string forward =
      "      - port_forward: {in: wan, proto: tcp, port: 22, to: \"192.168.1.10:22\"}\n";
  const Story story(kName,
                    edited(topology_text(kName), "    firewall:\n", forward + "    firewall:\n"));
  EXPECT_THAT(handshakes(story, "web-eth0"), Contains("198.51.100.7 > 192.168.1.10:22"));
  EXPECT_EQ(story.finished().status, 1) << "the file expects port 22 to be closed";
}

// The control: a forward without the firewall's leave is none.
TEST(PortForward, FirewallHasTheLastWord) {
  Simulation run(kName, without_line(topology_text(kName), "{name: forwarded,"));
  ASSERT_TRUE(run.built()) << run.problems();
  run.run();
  EXPECT_THAT(run.unmet(), ElementsAre("visitor → 198.51.100.2:8080 tcp: expected delivered at "
                                       "web, found dropped at router by policy",
                                       "visitor → 198.51.100.2:27015 udp: expected delivered at "
                                       "games, found dropped at router by policy",
                                       "laptop → 198.51.100.2:8080 tcp: expected delivered at "
                                       "web, found dropped at router by policy"));
}

// IPV4-26
TEST(PortForward, NoPrivateAddressIsOnTheInternet) {
  const Story& story = story_of(kName);
  EXPECT_THAT(private_addresses(story, kPublicCables), IsEmpty());
  EXPECT_THAT(private_addresses(story, {"router-lan"}), Not(IsEmpty()));
}

TEST(PortForward, ChecksumsAreRightEverywhere) {
  const Story& story = story_of(kName);
  for (const std::string& cable : story.captures())
    EXPECT_THAT(bad_checksums(story, cable), IsEmpty());
}

}  // namespace
}  // namespace natsim::scenario
