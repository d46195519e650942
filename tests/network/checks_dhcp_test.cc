// What the checks say about DHCP servers and clients.
#include <gtest/gtest.h>

#include "tests/network/problem_text.h"

namespace natsim::test {
namespace {

Eth at_home(const std::string& address) { return {.network = "home", .addresses = {address}}; }

/// A router at 192.168.1.1/24 that serves, and a client.
Spec served(const Dhcp& dhcp) {
  Spec spec = Spec().network("home").router("r").eth("lan", at_home("192.168.1.1/24"));
  return spec.dhcp("lan", dhcp).host("pc").eth("eth0", {.network = "home", .dhcp4 = true});
}
Spec range(const std::string& first, const std::string& last) {
  return served({.first = first, .last = last});
}
Spec reserved(const std::vector<std::pair<std::string, std::string>>& reservations) {
  return served({.first = "192.168.1.100", .last = "192.168.1.199", .reservations = reservations});
}

TEST(DhcpChecks, TheRangeLiesWithinTheSubnet) {
  expect_problems({
      {"as it should", range("192.168.1.100", "192.168.1.199"), {}},
      {"another subnet",
       range("192.168.2.100", "192.168.2.199"),
       {"error at `r dhcp range`: the DHCP range 192.168.2.100-192.168.2.199 is not within "
        "192.168.1.0/24, the subnet of r:lan"}},
      {"only its end",
       range("192.168.1.200", "192.168.2.10"),
       {"error at `r dhcp range`: the DHCP range 192.168.1.200-192.168.2.10 is not within "
        "192.168.1.0/24, the subnet of r:lan"}},
      {"reversed",
       range("192.168.1.199", "192.168.1.100"),
       {"error at `r dhcp range`: the DHCP range of r:lan is reversed: "
        "192.168.1.199-192.168.1.100"}},
      {"the network's address",
       range("192.168.1.0", "192.168.1.0"),
       {"error at `r dhcp range`: the DHCP range 192.168.1.0-192.168.1.0 holds 192.168.1.0, the "
        "address of the network itself"}},
      {"the broadcast address",
       range("192.168.1.200", "192.168.1.255"),
       {"error at `r dhcp range`: the DHCP range 192.168.1.200-192.168.1.255 holds 192.168.1.255, "
        "the broadcast address of 192.168.1.0/24"}},
      {"the server's own",
       range("192.168.1.1", "192.168.1.99"),
       {"warning at `r dhcp range`: the DHCP range 192.168.1.1-192.168.1.99 holds the server's own "
        "address, 192.168.1.1"}},
      {"a server without an address",
       Spec()
           .network("home")
           .router("r")
           .eth("lan", {.network = "home"})
           .dhcp("lan", {.first = "10.0.0.1", .last = "10.0.0.9"}),
       {"error at `r dhcp`: r:lan serves DHCP but has no address of its own"}},
      {"the second of two addresses is served",
       Spec()
           .network("home")
           .router("r")
           .eth("lan", {.network = "home", .addresses = {"10.0.0.1/24", "192.168.1.1/24"}})
           .dhcp("lan", {.first = "192.168.1.100", .last = "192.168.1.199"}),
       {}},
  });
}

TEST(DhcpChecks, TheRangeLeavesOutWhatIsTaken) {
  const auto with_nas = [](Spec spec) {
    return spec.host("nas").eth("eth0", at_home("192.168.1.150/24"));
  };
  Spec many = range("192.168.1.100", "192.168.1.199");
  for (int i = 0; i < 5; ++i)
    many.host("h" + std::to_string(i))
        .eth("e", at_home("192.168.1.10" + std::to_string(i) + "/24"));
  expect_problems({
      {"a static address",
       with_nas(range("192.168.1.100", "192.168.1.199")),
       {"warning at `r dhcp range`: the DHCP range 192.168.1.100-192.168.1.199 of r:lan holds "
        "addresses that are taken: 192.168.1.150 (nas:eth0)"}},
      {"many",
       many,
       {"warning at `r dhcp range`: the DHCP range 192.168.1.100-192.168.1.199 of r:lan holds "
        "addresses that are taken: 192.168.1.100 (h0:e), 192.168.1.101 (h1:e), 192.168.1.102 "
        "(h2:e) "
        "and 2 more"}},
      {"reserved for whom it is", with_nas(reserved({{"02:00:00:00:00:09", "192.168.1.150"}})), {}},
      {"beside the range", with_nas(range("192.168.1.100", "192.168.1.149")), {}},
  });
}

TEST(DhcpChecks, ReservationsAreOneClientsEach) {  // DHCP-23: they may lie outside the range
  const std::string one = "02:00:00:00:00:01", two = "02:00:00:00:00:02";
  Spec taken = reserved({{one, "192.168.1.50"}});
  taken.host("nas").eth("e", {.network = "home", .addresses = {"192.168.1.50/24"}, .mac = two});
  Spec own = reserved({{one, "192.168.1.50"}});
  own.host("nas").eth("e", {.network = "home", .addresses = {"192.168.1.50/24"}, .mac = one});
  expect_problems({
      {"outside the range", reserved({{one, "192.168.1.50"}, {two, "192.168.1.150"}}), {}},
      {"outside the subnet",
       reserved({{one, "10.0.0.50"}}),
       {"error at `r reservation 10.0.0.50`: the reservation 10.0.0.50 is outside 192.168.1.0/24, "
        "the subnet of r:lan"}},
      {"one address twice",
       reserved({{one, "192.168.1.50"}, {two, "192.168.1.50"}}),
       {"error at `r reservation 192.168.1.50`: two reservations of r:lan are for 192.168.1.50"}},
      {"one client twice",
       reserved({{one, "192.168.1.50"}, {one, "192.168.1.51"}}),
       {"error at `r reservation 192.168.1.51`: two reservations of r:lan are for the client "
        "02:00:00:00:00:01"}},
      {"the broadcast address",
       reserved({{one, "192.168.1.255"}}),
       {"error at `r reservation 192.168.1.255`: the reservation 192.168.1.255 holds "
        "192.168.1.255, "
        "the broadcast address of 192.168.1.0/24"}},
      {"the server's",
       reserved({{one, "192.168.1.1"}}),
       {"warning at `r reservation 192.168.1.1`: 192.168.1.1 is reserved for 02:00:00:00:00:01, "
        "but "
        "r:lan has it"}},
      {"another node has it",
       taken,
       {"warning at `r reservation 192.168.1.50`: 192.168.1.50 is reserved for 02:00:00:00:00:01, "
        "but nas:e has it"}},
      {"the client itself has it", own, {}},
  });
}

TEST(DhcpChecks, ClientsAreToldOfARouterThatIsThere) {
  const auto router = [](const std::string& address) {
    return served({.first = "192.168.1.100", .last = "192.168.1.199", .router = address});
  };
  expect_problems({
      {"the server", router("192.168.1.1"), {}},
      {"nobody",
       router("192.168.1.254"),
       {"warning at `r dhcp router`: r:lan tells its clients of the router 192.168.1.254, which "
        "nobody on network 'home' is"}},
      {"somebody elsewhere",
       router("10.0.0.1"),
       {"error at `r dhcp router`: r:lan tells its clients of the router 10.0.0.1, which is "
        "outside "
        "their subnet, 192.168.1.0/24"}},
  });
}

TEST(DhcpChecks, ServersAndClientsMeet) {
  Spec two = range("192.168.1.100", "192.168.1.149");
  two.router("r2").eth("lan", at_home("192.168.1.2/24"));
  two.dhcp("lan", {.first = "192.168.1.150", .last = "192.168.1.199"});
  Spec unserved = Spec().network("home");
  for (const char* name : {"a", "b", "c", "d", "e"})
    unserved.host(name).eth("eth0", {.network = "home", .dhcp4 = true});
  Spec vlans = Spec().sw("sw").access("p", 10).access("q", 20).router("r").eth(
      "lan", {.addresses = {"192.168.1.1/24"}});
  vlans.dhcp("lan", {.first = "192.168.1.100", .last = "192.168.1.199"});
  vlans.host("pc").eth("eth0", {.dhcp4 = true}).link("sw:p", "r:lan").link("sw:q", "pc:eth0");
  expect_problems({
      {"two servers",
       two,
       {"warning at `r2 dhcp`: two DHCP servers are on network 'home': r:lan and r2:lan"}},
      {"no server, one report for all",
       unserved,
       {"warning at `a:eth0`: nobody on network 'home' serves DHCP, but a:eth0, b:eth0, c:eth0 and "
        "2 "
        "more ask for an address"}},
      {"a server in another VLAN",
       vlans,
       {"warning at `pc:eth0`: nobody on VLAN 20 of sw serves DHCP, but pc:eth0 asks for an "
        "address"}},
  });
}

TEST(DhcpChecks, TheRangeHasRoomForAllWhoAsk) {  // DHCP-25
  const auto three_clients = [](Spec spec) {
    spec.host("b").eth("e", {.network = "home", .dhcp4 = true});
    return spec.host("c").eth("e", {.network = "home", .dhcp4 = true, .mac = "02:00:00:00:00:03"});
  };
  expect_problems({
      {"one too many",
       three_clients(range("192.168.1.100", "192.168.1.101")),
       {"warning at `r dhcp range`: the DHCP range 192.168.1.100-192.168.1.101 of r:lan has room "
        "for "
        "2, but 3 on network 'home' ask"}},
      {"one of them has a reservation",
       three_clients(served({.first = "192.168.1.100",
                             .last = "192.168.1.101",
                             .reservations = {{"02:00:00:00:00:03", "192.168.1.9"}}})),
       {}},
  });
}

}  // namespace
}  // namespace natsim::test
