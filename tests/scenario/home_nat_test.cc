// home-nat: a house behind one public address, told by its captures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/wire/dhcp.h"
#include "sim/wire/udp.h"
#include "tests/scenario/simulation.h"
#include "tests/scenario/story.h"
#include "tests/scenario/topologies.h"

namespace natsim::scenario {
namespace {

using namespace natsim::lab;  // NOLINT: its words are made to be read like this
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
using testing::UnorderedElementsAre;

const char* const kName = "home-nat";
const std::vector<std::string> kPublicCables = {"router-wan", "web-eth0"};

std::vector<DhcpMessage> dhcp_messages(const Story& story, const std::string& interface) {
  std::vector<DhcpMessage> messages;
  for (const Sighting& frame : story.seen(interface, {udp()})) {
    const Dissected seen(frame);
    const auto message = DhcpMessage::parse(seen.ip->payload().subspan(kUdpHeaderBytes));
    if (message) messages.push_back(*message);
  }
  return messages;
}

/// The address that the laptop was given; empty: none.
std::string lease_of(const Story& story) {
  for (const DhcpMessage& message : dhcp_messages(story, "laptop-eth0"))
    if (message.type == DhcpType::ack) return message.yiaddr.to_string();
  return "";
}

TEST(HomeNat, LaptopGetsItsAddressByDhcp) {
  const Story& story = story_of(kName);
  std::vector<std::string> types;
  for (const DhcpMessage& message : dhcp_messages(story, "laptop-eth0"))
    types.push_back(to_string(message.type));
  EXPECT_THAT(types, ElementsAre("Discover", "Offer", "Request", "ACK"));

  const auto address = Ipv4Address::parse(lease_of(story));
  ASSERT_TRUE(address.has_value());
  EXPECT_GE(address->value, ip("192.168.1.100").value);
  EXPECT_LE(address->value, ip("192.168.1.199").value);
  const DhcpMessage ack = dhcp_messages(story, "laptop-eth0").back();
  EXPECT_EQ(ack.options.address(DhcpCode::router), ip("192.168.1.1"));
  EXPECT_EQ(ack.options.u32(DhcpCode::lease_time), 3600u);
}

TEST(HomeNat, DhcpStaysInTheHouse) {
  for (const std::string& cable : kPublicCables)
    EXPECT_THAT(dhcp_messages(story_of(kName), cable), IsEmpty()) << cable;
}

// The control: where the router's firewall keeps DHCP out, there is no lease to be seen.
TEST(HomeNat, WithoutItsFirewallRuleDhcpIsNotAnswered) {
  const Story story(kName, without_line(topology_text(kName), "{name: dhcp,"));
  EXPECT_EQ(lease_of(story), "");
  EXPECT_THAT(dhcp_messages(story, "laptop-eth0"), Not(IsEmpty()));
  EXPECT_EQ(story.finished().status, 1);
}

TEST(HomeNat, PingIsTranslatedOnItsWayOutAndBack) {
  const Story& story = story_of(kName);
  const std::string laptop = lease_of(story);
  const auto out = [](std::uint8_t left, const std::string& from) {
    return all({icmp(8, 0), src(from), dst("203.0.113.80"), ttl(left), valid_checksums()});
  };
  const auto back = [](std::uint8_t left, const std::string& to) {
    return all({icmp(0, 0), src("203.0.113.80"), dst(to), ttl(left), valid_checksums()});
  };
  EXPECT_EQ(story.count("laptop-eth0", out(64, laptop)), 3u);
  EXPECT_EQ(story.count("router-lan", out(64, laptop)), 3u);
  EXPECT_EQ(story.count("router-wan", out(63, "203.0.113.2")), 3u);
  EXPECT_EQ(story.count("web-eth0", out(63, "203.0.113.2")), 3u);
  EXPECT_EQ(story.count("web-eth0", back(64, "203.0.113.2")), 3u);
  EXPECT_EQ(story.count("router-wan", back(64, "203.0.113.2")), 3u);
  EXPECT_EQ(story.count("router-lan", back(63, laptop)), 3u);
  EXPECT_EQ(story.count("laptop-eth0", back(63, laptop)), 3u);
}

// IPV4-26
TEST(HomeNat, NoPrivateAddressLeavesTheHouse) {
  const Story& story = story_of(kName);
  EXPECT_THAT(private_addresses(story, kPublicCables), IsEmpty());
  for (const std::string& cable : kPublicCables) EXPECT_GE(story.at(cable).size(), 20u);
  EXPECT_THAT(private_addresses(story, {"router-lan"}), Not(IsEmpty()));  // it can find some
}

// The control: without masquerading the laptop's own address is on the Internet, and who gets it
// there says so.
TEST(HomeNat, WithoutMasqueradingThePrivateAddressIsFoundOutside) {
  const Story story(kName, without_line(topology_text(kName), "masquerade: {out: wan}"));
  EXPECT_THAT(private_addresses(story, {"router-wan"}), Not(IsEmpty()));
  EXPECT_THAT(private_addresses(story, {"web-eth0"}), Not(IsEmpty()));
  EXPECT_THAT(story.finished().out, HasSubstr("private address on the internet"));
  EXPECT_EQ(story.finished().status, 1);
}

TEST(HomeNat, OutsideThereIsOnlyTheRoutersAddress) {
  const Story& story = story_of(kName);
  for (const std::string& cable : kPublicCables)
    for (const Sighting& frame : story.seen(cable, {ipv4()})) {
      const Dissected seen(frame);
      EXPECT_THAT((std::set{seen.ip->source().to_string(), seen.ip->destination().to_string()}),
                  ElementsAre("203.0.113.2", "203.0.113.80"));
    }
}

TEST(HomeNat, LaptopNeverSeesThePublicAddress) {
  const Story& story = story_of(kName);
  EXPECT_EQ(story.count("laptop-eth0", about("203.0.113.2")), 0u);
  EXPECT_EQ(story.count("router-lan", about("203.0.113.2")), 0u);
  EXPECT_GE(story.count("router-wan", about("203.0.113.2")), 20u);
  EXPECT_GE(story.count("laptop-eth0", about("203.0.113.80")), 10u);
}

TEST(HomeNat, PortForwardReachesTheNasFromOutside) {
  const Story& story = story_of(kName);
  EXPECT_THAT(handshakes(story, "nas-eth0"), ElementsAre("203.0.113.80 > 192.168.1.10:80"));
  EXPECT_THAT(handshakes(story, "web-eth0"), UnorderedElementsAre("203.0.113.80 > 203.0.113.2:8080",
                                                                  "203.0.113.2 > 203.0.113.80:80"));
  EXPECT_THAT(handshakes(story, "laptop-eth0"),
              ElementsAre(lease_of(story) + " > 203.0.113.80:80"));
}

TEST(HomeNat, NothingElseReachesTheHouseFromOutside) {
  const Story& story = story_of(kName);
  EXPECT_THAT(attempts(story, "web-eth0"), testing::Contains("203.0.113.80 > 203.0.113.2:22"));
  EXPECT_THAT(attempts(story, "nas-eth0"), ElementsAre("203.0.113.80 > 192.168.1.10:80"));
  EXPECT_THAT(attempts(story, "router-lan"),
              UnorderedElementsAre("203.0.113.80 > 192.168.1.10:80",
                                   lease_of(story) + " > 203.0.113.80:80"));
}

// The control.
TEST(HomeNat, WithoutThePortForwardTheNasSeesNobody) {
  const Story story(kName, without_line(topology_text(kName), "- port_forward:"));
  EXPECT_THAT(attempts(story, "nas-eth0"), IsEmpty());
  EXPECT_THAT(attempts(story, "web-eth0"), testing::Contains("203.0.113.80 > 203.0.113.2:8080"));
  EXPECT_EQ(story.finished().status, 1);
}

TEST(HomeNat, RuleThatIsTakenOutIsMissed) {
  Simulation run(kName, without_line(topology_text(kName), "{name: outbound,"));
  ASSERT_TRUE(run.built()) << run.problems();
  run.run();
  EXPECT_THAT(run.unmet(), ElementsAre(StartsWith("laptop → web:80 tcp: expected delivered, found "
                                                  "dropped at router by policy")));
}

TEST(HomeNat, ChecksumsAreRightEverywhere) {
  const Story& story = story_of(kName);
  for (const std::string& cable : story.captures())
    EXPECT_THAT(bad_checksums(story, cable), IsEmpty());
}

}  // namespace
}  // namespace natsim::scenario
