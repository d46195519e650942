// What the checks say about gateways, and about senders without a way.
#include <gtest/gtest.h>

#include "tests/network/planned_topologies.h"
#include "tests/network/problem_text.h"

namespace natsim::test {
namespace {

Eth at_home(const std::string& address) { return {.network = "home", .addresses = {address}}; }

/// A router at 192.168.1.1, and `pc` at 192.168.1.10, whose routes come next.
Spec home() {
  Spec spec = Spec().network("home").router("router").eth("lan", at_home("192.168.1.1/24"));
  return spec.host("pc").eth("eth0", at_home("192.168.1.10/24"));
}

/// The same without the router, but with another host at 192.168.1.20.
Spec no_router() {
  Spec spec = Spec().network("home").host("nas").eth("eth0", at_home("192.168.1.20/24"));
  return spec.host("pc").eth("eth0", at_home("192.168.1.10/24"));
}

TEST(RouteChecks, AGatewayIsANeighbour) {
  expect_problems({
      {"as it should be", home().gateway("192.168.1.1"), {}},
      {"in no subnet",
       home().gateway("192.168.2.1"),
       {"error at `pc route default`: the gateway 192.168.2.1 is in no subnet that pc is connected "
        "to (192.168.1.0/24)"}},
      {"the node itself",
       home().gateway("192.168.1.10"),
       {"error at `pc route default`: the gateway 192.168.1.10 is pc itself"}},
      {"outside the subnet of the interface that is named",
       home().eth("eth1", at_home("192.168.1.11/32")).route("10.0.0.0/8", "192.168.1.1", "eth1"),
       {"error at `pc route 10.0.0.0/8`: the gateway 192.168.1.1 is outside the subnet of pc:eth1 "
        "(192.168.1.11/32)"}},
      {"unless a route makes it one",
       home().route("10.9.9.9/32", "", "eth0").gateway("10.9.9.9"),
       {}},
      {"a route without a gateway has none to check", home().route("10.0.0.0/8", "", "eth0"), {}},
  });
}

TEST(RouteChecks, SomebodyIsAtTheGatewaysAddress) {
  Spec proxy = Spec().network("home").router("r").eth(
      "lan", {.network = "home", .addresses = {"192.168.1.1/24"}, .proxy_arp = true});
  proxy.host("pc").eth("eth0", at_home("192.168.1.10/24")).gateway("192.168.1.254");
  Spec leased = home().gateway("192.168.1.150").router("r2").eth("lan", at_home("192.168.1.2/24"));
  leased.dhcp("lan", {.first = "192.168.1.100", .last = "192.168.1.199"});
  Spec unplugged = Spec().host("pc").eth("eth0", {.addresses = {"192.168.1.10/24"}});
  unplugged.gateway("192.168.1.1");
  expect_problems({
      {"a digit wrong",
       home().gateway("192.168.1.254"),
       {"warning at `pc route default`: nobody on network 'home' has 192.168.1.254, the gateway of "
        "pc's route to default"}},
      {"no router at all",
       no_router().gateway("192.168.1.1"),
       {"warning at `pc route default`: pc cannot reach any router: its interface eth0 is on "
        "network "
        "'home', where no router has an interface"}},
      {"a host, which forwards nothing",
       no_router().gateway("192.168.1.20"),
       {"warning at `pc route default`: pc's gateway is nas:eth0, a host: hosts do not forward"}},
      {"proxy ARP answers for it", proxy, {}},
      {"it may be leased", leased, {}},
      {"a static neighbour", home().gateway("192.168.1.254").neighbor("192.168.1.254"), {}},
      {"without a cable that is all there is to say",
       unplugged,
       {"warning at `pc:eth0`: pc:eth0 is not plugged in: it names no network, and no link names "
        "it"}},
  });
}

TEST(RouteChecks, HintsNameTheRoutersWithinReach) {
  const Problems problems = check_topology(home().gateway("192.168.2.1").build());
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].hint, "routers within reach: 192.168.1.1 (router:lan)");
}

TEST(RouteChecks, ClientsOfDhcpHaveTheSubnetOfTheirServer) {
  const auto client = [](const char* via, bool served) {
    Spec spec = Spec().network("home").router("r").eth("lan", at_home("192.168.1.1/24"));
    if (served) spec.dhcp("lan", {.first = "192.168.1.100", .last = "192.168.1.199"});
    return spec.host("pc").eth("eth0", {.network = "home", .dhcp4 = true}).route("10.0.0.0/8", via);
  };
  expect_problems({
      {"within it", client("192.168.1.1", true), {}},
      {"outside",
       client("192.168.2.1", true),
       {"error at `pc route 10.0.0.0/8`: the gateway 192.168.2.1 is in no subnet that pc is "
        "connected to (192.168.1.0/24)"}},
      {"unknown without a server",
       client("192.168.2.1", false),
       {"warning at `pc:eth0`: nobody on network 'home' serves DHCP, but pc:eth0 asks for an "
        "address"}},
  });
}

TEST(TrafficChecks, SendersKnowAWay) {
  using Result = spec::ExpectedResult;
  Spec nothing = Spec().network("home").host("pc").eth("eth0", {.network = "home"});
  nothing.ping("pc", "10.0.0.1");
  expect_problems({
      {"within the subnet", home().ping("pc", "router"), {}},
      {"without a default route",
       home().ping("pc", "8.8.8.8"),
       {"warning at `pc`: pc has no route to 8.8.8.8, to which it is to send: it only knows "
        "192.168.1.0/24"}},
      {"once a node is enough",
       home().ping("pc", "8.8.8.8").udp("pc", "9.9.9.9"),
       {"warning at `pc`: pc has no route to 8.8.8.8, to which it is to send: it only knows "
        "192.168.1.0/24"}},
      {"without a router",
       no_router().udp("pc", "8.8.8.8"),
       {"warning at `pc`: pc cannot reach any router: its interface eth0 is on network 'home', "
        "where "
        "no router has an interface"}},
      {"a URL",
       home().http("pc", "http://8.8.8.8:8080/index.html"),
       {"warning at `pc`: pc has no route to 8.8.8.8, to which it is to send: it only knows "
        "192.168.1.0/24"}},
      {"a URL with a node's name", home().http("pc", "http://router/"), {}},
      {"a URL with a name for the DNS",
       home().http("pc", "http://example.com/"),
       {"warning at `traffic pc`: pc is to look up example.com, but has no nameserver"}},
      {"a probe",
       home().expect("pc", "8.8.8.8", Result::delivered),
       {"warning at `pc`: pc has no route to 8.8.8.8, to which it is to send: it only knows "
        "192.168.1.0/24"}},
      {"a probe that is to fail just so", home().expect("pc", "8.8.8.8", Result::no_route), {}},
      {"broadcasts and groups need no route",
       home().udp("pc", "255.255.255.255").udp("pc", "224.0.0.251").udp("pc", "192.168.1.255"),
       {}},
      {"oneself", home().ping("pc", "127.0.0.1").ping("pc", "192.168.1.10"), {}},
      {"no address to send from",
       nothing,
       {"warning at `pc`: pc is to send to 10.0.0.1, but has no address"}},
      {"nobody knows that name", home().ping("pc", "ghost").ping("ghost", "pc"), {}},
  });
}

/// Two networks with a router between, whose rules come next.
Spec router_between() {
  Spec spec = Spec().network("home").network("dmz").router("router");
  spec.eth("lan", at_home("192.168.1.1/24"));
  return spec.eth("dmz", {.network = "dmz", .addresses = {"10.0.0.1/24"}});
}

/// That, and a server at 10.0.0.80, whose routes come next.
Spec two_nets(Spec spec = router_between()) {
  spec.host("pc").eth("eth0", at_home("192.168.1.10/24")).gateway("192.168.1.1");
  return spec.host("server").eth("eth0", {.network = "dmz", .addresses = {"10.0.0.80/24"}});
}

TEST(TrafficChecks, AnswersNeedAWayBack) {
  const std::string stuck =
      "warning at `server`: server cannot answer pc: it has no route to 192.168.1.10";
  Spec masked = two_nets(router_between().masquerade("dmz"));
  Spec masked_by_iptables = two_nets(router_between().nat_in_iptables());
  expect_problems({
      {"none", two_nets().ping("pc", "server"), {stuck}},
      {"none for the probe",
       two_nets().expect("pc", "server", spec::ExpectedResult::delivered),
       {stuck}},
      {"a default route", two_nets().gateway("10.0.0.1").ping("pc", "server"), {}},
      {"nobody answers a datagram that is only sent", two_nets().udp("pc", "server"), {}},
      {"NAT may hide the asker", masked.ping("pc", "server"), {}},
      {"in the words of iptables too", masked_by_iptables.ping("pc", "server"), {}},
  });
}

}  // namespace
}  // namespace natsim::test
