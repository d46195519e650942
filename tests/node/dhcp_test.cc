// Goal: a node gets its address over a simulated LAN, lives by it and loses it (RFC 2131). Client
// and server have tests of their own; here they have stacks, cables and firewalls between them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "sim/service/dhcp_server.h"
#include "sim/wire/dhcp.h"
#include "tests/support/lab.h"

namespace natsim::lab {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

/// r 192.168.1.1 serves .100 … .109 on a LAN; beyond it is s 203.0.113.10.
struct Home {
  Home() {
    DhcpPoolOptions pool;
    pool.subnet = prefix("192.168.1.0/24");
    pool.first = ip("192.168.1.100");
    pool.last = ip("192.168.1.109");
    pool.lease = 120_s;
    pool.router = ip("192.168.1.1");
    pool.excluded = {ip("192.168.1.1")};
    auto server = std::make_unique<DhcpServer>(
        DhcpServerOptions{IfIndex{0}, ip("192.168.1.1"), {pool}, false});
    dhcp = server.get();
    r.sockets().serve_udp({.port = 67, .interface = IfIndex{0}}, std::move(server));
    lab.cable(lan, r);
    lab.cable(r, s);
  }
  IpNode& client(const std::string& name) {
    IpNode& node = lab.host(name, "");
    lab.cable(node, lan);
    node.start_dhcp_client(IfIndex{0});
    return node;
  }
  static std::string address_of(const IpNode& node) {
    const auto address = node.stack().addresses().primary(IfIndex{0});
    return address ? address->to_string() : "none";
  }
  static DhcpClientState state_of(const IpNode& node) {
    return node.sockets_if_any()->dhcp_client(IfIndex{0})->state();
  }
  Lab lab;
  Switch& lan = lab.bridge("lan");
  IpNode& r = lab.router("r", {"192.168.1.1/24", "203.0.113.1/24"});
  FarEnd& s = lab.far("s", "203.0.113.10");
  const DhcpServer* dhcp = nullptr;
};

TEST(Dhcp, AClientGetsAnAddressARouteAndTheWorld) {
  Home home;
  IpNode& laptop = home.client("laptop");
  home.lab.run(5_s);
  EXPECT_EQ(Home::state_of(laptop), DhcpClientState::bound) << home.lab.story();
  EXPECT_TRUE(prefix("192.168.1.96/28").contains(IpAddress(ip(Home::address_of(laptop)))));
  const Outcomes& near = home.lab.ping(laptop, "192.168.1.1");
  home.lab.ping(laptop, "203.0.113.10");
  home.lab.run(1_s);
  EXPECT_EQ(near.result(), "answered");
  EXPECT_FRAME(home.s.next(), icmp(8, 0), ipv4(src(Home::address_of(laptop)), ttl(63)));
  ASSERT_EQ(home.dhcp->leases(home.lab.now()).size(), 1u);
  EXPECT_EQ(home.dhcp->leases(home.lab.now())[0].state, LeaseState::bound);
}

TEST(Dhcp, DHCP_08_TheAddressIsProbedForAndTakenOnlyIfNobodyAnswers) {
  Home home;
  // Somebody sits on every address but .105, behind the server's back.
  FarEnd& squatter = home.lab.far("squatter", "192.168.1.100");
  home.lab.cable(squatter, home.lan);
  for (int host = 101; host <= 109; ++host)
    if (host != 105) squatter.answer_arp_for("192.168.1." + std::to_string(host));
  IpNode& laptop = home.client("laptop");
  home.lab.run(200_s);  // a declined address costs ten seconds
  EXPECT_EQ(Home::address_of(laptop), "192.168.1.105") << home.lab.story();
}

TEST(Dhcp, DHCP_10_ALeaseIsKeptByRenewing) {
  Home home;
  IpNode& laptop = home.client("laptop");
  home.lab.run(5_s);
  const std::string address = Home::address_of(laptop);
  home.lab.run(3600_s);
  EXPECT_EQ(Home::address_of(laptop), address);
  EXPECT_EQ(Home::state_of(laptop), DhcpClientState::bound);
  const Outcomes& ping = home.lab.ping(laptop, "192.168.1.1");
  home.lab.run(1_s);
  EXPECT_EQ(ping.result(), "answered");
}

TEST(Dhcp, ManyClientsGetAnAddressEachUntilThereAreNoneLeft) {
  Home home;
  std::vector<IpNode*> clients;
  for (int i = 0; i < 12; ++i) clients.push_back(&home.client("client" + std::to_string(i)));
  home.lab.run(60_s);
  std::multiset<std::string> addresses;
  for (const IpNode* client : clients) addresses.insert(Home::address_of(*client));
  EXPECT_EQ(addresses.count("none"), 2u) << "DHCP-25";
  EXPECT_EQ(std::set<std::string>(addresses.begin(), addresses.end()).size(), 11u);
}

/// A DISCOVER from a far end.
Frame discover(MacAddress chaddr, bool broadcast) {
  DhcpMessage message;
  message.type = DhcpType::discover;
  message.xid = 77;
  message.chaddr = chaddr;
  message.broadcast = broadcast;
  Bytes payload(message.size());
  message.emit(payload);
  return udp({.src = "0.0.0.0:68", .dst = "255.255.255.255:67", .payload = payload}).to_all();
}

TEST(Dhcp, DHCP_03_AnOfferGoesStraightToTheClientsMac) {
  Home home;
  FarEnd& client = home.lab.far("client");
  home.lab.cable(client, home.lan);
  client.sends(0_ms, discover(client.mac(), false));
  home.lab.run(100_ms);
  const Sighting offer = client.next();
  ASSERT_FRAME(offer, at(4_ms), to(client.mac()), ipv4(src("192.168.1.1")),
               udp(src_port(67), dst_port(68)), valid_checksums());  // and no ARP before it
  const auto message = DhcpMessage::parse(Dissected(offer).ip->payload().subspan(8));
  ASSERT_TRUE(message.ok());
  EXPECT_EQ(message->type, DhcpType::offer);
  EXPECT_EQ(message->yiaddr, Dissected(offer).ip->destination());
  EXPECT_SILENCE(client);
}

TEST(Dhcp, DHCP_04_OrToAllWhenTheClientWantsThat) {
  Home home;
  FarEnd& client = home.lab.far("client");
  home.lab.cable(client, home.lan);
  client.sends(0_ms, discover(client.mac(), true));
  home.lab.run(100_ms);
  EXPECT_FRAME(client.next(), to_all(), ipv4(src("192.168.1.1"), dst("255.255.255.255")),
               udp(src_port(67), dst_port(68)));
}

TEST(Dhcp, DHCP_01_ADiscoverComesFromNowhereToAll) {
  Home home;
  FarEnd& listener = home.lab.far("listener");
  home.lab.cable(listener, home.lan);
  IpNode& laptop = home.client("laptop");
  home.lab.run(1_ms * 20);
  const Sighting seen = listener.next();
  ASSERT_FRAME(seen, to_all(), from(laptop.port(IfIndex{0}).mac()),
               ipv4(src("0.0.0.0"), dst("255.255.255.255")), udp(src_port(68), dst_port(67)),
               valid_checksums());
  EXPECT_GE(Dissected(seen).ip->payload().size(), 308u) << "300 octets of BOOTP";
}

/// Everything is dropped at one base chain.
Ruleset drop_all(const char* chain) {
  Ruleset rules;
  rules.table(Table::filter).chain(chain).accept = false;
  return rules;
}

TEST(Dhcp, DHCP_37_AClientsFirewallDoesNotStopIt) {
  Home home;
  IpNode& laptop = home.lab.host("laptop", "");
  home.lab.cable(laptop, home.lan);
  Ruleset closed = drop_all("INPUT");
  closed.table(Table::filter).chain("OUTPUT").accept = false;
  home.lab.filter(laptop, closed);
  laptop.start_dhcp_client(IfIndex{0});
  home.lab.run(10_s);
  EXPECT_EQ(Home::state_of(laptop), DhcpClientState::bound) << home.lab.story();
}

TEST(Dhcp, DHCP_37_AServersFirewallDoes) {
  Home home;
  home.lab.filter(home.r, drop_all("INPUT"));
  IpNode& laptop = home.client("laptop");
  home.lab.run(60_s);
  EXPECT_EQ(Home::address_of(laptop), "none");
  EXPECT_THAT(home.lab.drops(), Contains("r: policy"));
}

TEST(Dhcp, DHCP_13_WithoutServerTheAddressAndItsRoutesGo) {
  Home home;
  IpNode& laptop = home.client("laptop");
  home.lab.run(5_s);
  ASSERT_NE(Home::address_of(laptop), "none");
  home.lab.filter(home.r, drop_all("INPUT"));
  home.lab.run(110_s);
  EXPECT_NE(Home::address_of(laptop), "none") << "the lease still holds";
  home.lab.run(15_s);
  EXPECT_EQ(Home::address_of(laptop), "none") << home.lab.story();
  EXPECT_TRUE(laptop.stack().routes().routes().empty());
  EXPECT_EQ(Home::state_of(laptop), DhcpClientState::selecting);
  const Outcomes& ping = home.lab.ping(laptop, "203.0.113.10");
  home.lab.run(1_s);
  EXPECT_EQ(ping.result(), "unreachable: net unreachable (3/0) from 0.0.0.0");
}

}  // namespace
}  // namespace natsim::lab
