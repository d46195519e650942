// What the checks say about addresses and subnets.
#include <gtest/gtest.h>

#include "tests/network/problem_text.h"

namespace natsim::test {
namespace {

Spec lan(const std::vector<std::string>& addresses) {
  Spec spec = Spec().network("lan");
  for (std::size_t i = 0; i < addresses.size(); ++i)
    spec.host(std::string(1, char('a' + i)))
        .eth("e", {.network = "lan", .addresses = {addresses[i]}});
  return spec;
}

/// Two networks that a router joins, with one host each.
Spec apart(const std::string& left, const std::string& right) {
  Spec spec = Spec().network("left").network("right");
  spec.host("a").eth("e", {.network = "left", .addresses = {left}});
  spec.host("b").eth("e", {.network = "right", .addresses = {right}});
  return spec.router("r").eth("l", {.network = "left"}).eth("r", {.network = "right"});
}

TEST(AddressingChecks, AnAddressIsOneInterfacesOnItsSegment) {
  Spec vlans = Spec().sw("sw").access("p", 10).access("q", 20).host("a").eth(
      "e", {.addresses = {"10.0.0.1/24"}});
  vlans.host("b").eth("e", {.addresses = {"10.0.0.1/24"}}).link("sw:p", "a:e").link("sw:q", "b:e");
  vlans.router("r").eth("x", {}).eth("y", {}).link("sw:x", "r:x").link("sw:y", "r:y");
  expect_problems({
      {"taken twice",
       lan({"10.0.0.1/24", "10.0.0.2/24", "10.0.0.1/24"}),
       {"error at `c:e 10.0.0.1/24`: 10.0.0.1 is taken twice on network 'lan': by a:e and by c:e"}},
      {"taken three times",
       lan({"10.0.0.1/24", "10.0.0.1/24", "10.0.0.1/24"}),
       {"error at `b:e 10.0.0.1/24`: 10.0.0.1 is taken twice on network 'lan': by a:e and by b:e",
        "error at `c:e 10.0.0.1/24`: 10.0.0.1 is taken twice on network 'lan': by a:e and by c:e"}},
      {"IPv6 too",
       lan({"2001:db8::1/64", "2001:db8::1/64"}),
       {"error at `b:e 2001:db8::1/64`: 2001:db8::1 is taken twice on network 'lan': by a:e and by "
        "b:e"}},
      {"listed twice",
       Spec().network("lan").host("a").eth(
           "e", {.network = "lan", .addresses = {"10.0.0.1/24", "10.0.0.1/24"}}),
       {"error at `a:e 10.0.0.1/24`: 10.0.0.1 is listed twice on a:e"}},
      {"private addresses come again on every network",
       apart("192.168.1.1/24", "192.168.1.1/24"),
       {}},
      {"carriers' and link-local ones too", apart("100.64.0.1/24", "100.64.0.1/24"), {}},
      {"public ones do not",
       apart("203.0.113.9/24", "203.0.113.9/24"),
       {"warning at `b:e 203.0.113.9/24`: the public address 203.0.113.9 is taken twice: by a:e "
        "and "
        "by b:e"}},
      {"two VLANs of a switch are two segments", vlans, {}},
  });
}

TEST(AddressingChecks, AnAddressIsAHosts) {
  expect_problems({
      {"the network's",
       lan({"10.0.0.0/24"}),
       {"error at `a:e 10.0.0.0/24`: 10.0.0.0 is the address of the network 10.0.0.0/24 itself and "
        "cannot be a:e's"}},
      {"the broadcast address",
       lan({"10.0.0.63/26"}),
       {"error at `a:e 10.0.0.63/26`: 10.0.0.63 is the broadcast address of 10.0.0.0/26 and cannot "
        "be a:e's"}},
      {"no edges on a /31 or a /32",
       lan({"10.0.0.0/31", "10.0.0.1/31", "10.0.0.0/32"}),  // RFC 3021
       {"error at `c:e 10.0.0.0/32`: 10.0.0.0 is taken twice on network 'lan': by a:e and by c:e"}},
      {"nor on a wider subnet that happens to end in .255", lan({"10.0.0.255/16"}), {}},
      {"a group",
       lan({"224.0.0.9/24"}),
       {"error at `a:e 224.0.0.9/24`: 224.0.0.9 is a multicast group and cannot be a:e's"}},
      {"a group of IPv6",
       lan({"ff02::1/64"}),
       {"error at `a:e ff02::1/64`: ff02::1 is a multicast group and cannot be a:e's"}},
      {"nobody's",
       lan({"0.0.0.0/0"}),
       {"error at `a:e 0.0.0.0/0`: 0.0.0.0 means \"no address\" and cannot be a:e's"}},
  });
}

TEST(AddressingChecks, WrittenMacsAreUniqueOnTheirSegment) {
  const std::string twin = "02:00:00:00:00:07";
  Spec same = Spec().network("lan").network("other");
  same.host("a")
      .eth("e", {.network = "lan", .mac = twin})
      .eth("f", {.network = "other", .mac = twin});
  Spec elsewhere = same;
  same.host("b").eth("e", {.network = "lan", .mac = twin});
  expect_problems({
      {"used twice",
       same,
       {"warning at `b:e mac`: the MAC address 02:00:00:00:00:07 is used twice on network 'lan': "
        "by "
        "a:e and by b:e"}},
      {"on two networks nobody minds", elsewhere, {}},
  });
}

TEST(AddressingChecks, TheInternetRoutesNoPrivateAddresses) {
  const auto on_internet = [](const std::string& address) {
    Spec spec = Spec().internet("internet").host("a");
    return spec.eth("e", {.network = "internet", .addresses = {address}});
  };
  const auto warning = [](const std::string& address) {
    return "warning at `a:e " + address + "/24`: a:e has " + address +
           " on 'internet', which is the Internet: nobody there routes to that address";
  };
  expect_problems({
      {"private", on_internet("192.168.1.1/24"), {warning("192.168.1.1")}},
      {"a carrier's", on_internet("100.64.1.1/24"), {warning("100.64.1.1")}},
      {"public", on_internet("9.9.9.9/24"), {}},
      {"documentation stands for public", on_internet("198.51.100.7/24"), {}},
  });
}

TEST(SubnetChecks, SubnetsOfOneNodeLieApart) {
  const auto router = [](const std::string& left, const std::string& right) {
    Spec spec = Spec().network("l").network("r").router("router");
    spec.eth("left", {.network = "l", .addresses = {left}});
    return spec.eth("right", {.network = "r", .addresses = {right}});
  };
  expect_problems({
      {"the same subnet twice",
       router("10.0.0.1/24", "10.0.0.2/24"),
       {"warning at `router:right 10.0.0.2/24`: router:left and router:right are in overlapping "
        "subnets, 10.0.0.0/24 and 10.0.0.0/24"}},
      {"one within the other, the wider one last",
       router("10.0.5.1/24", "10.0.0.1/16"),
       {"warning at `router:right 10.0.0.1/16`: router:left and router:right are in overlapping "
        "subnets, 10.0.5.0/24 and 10.0.0.0/16"}},
      {"side by side", router("10.0.0.1/25", "10.0.0.129/25"), {}},
      {"a single address is no subnet", router("10.0.0.1/24", "10.0.0.9/32"), {}},
      {"two of one interface may overlap",
       Spec().network("l").router("r").eth(
           "e", {.network = "l", .addresses = {"10.0.0.1/24", "10.0.0.2/24"}}),
       {}},
  });
}

TEST(SubnetChecks, NobodyStandsAloneOnASegment) {
  Spec served = lan({"10.9.0.5/24", "10.9.0.6/24"});
  served.host("client").eth("e", {.network = "lan", .dhcp4 = true});
  Spec unserved = served;
  served.router("r")
      .eth("e", {.network = "lan", .addresses = {"192.168.1.1/24"}})
      .dhcp("e", {.first = "192.168.1.100", .last = "192.168.1.199"});
  Spec on_link = lan({"10.0.0.1/24", "10.0.0.2/24", "10.7.0.3/24"});
  on_link.route("10.0.0.0/24", "", "e");
  expect_problems({
      {"a digit wrong",
       lan({"192.168.1.1/24", "192.168.1.2/24", "192.168.2.3/24"}),
       {"warning at `c:e 192.168.2.3/24`: c:e is alone in 192.168.2.0/24 on network 'lan'"}},
      {"two that have nothing in common",
       lan({"10.0.0.1/24", "10.1.0.1/24"}),
       {"warning at `a:e 10.0.0.1/24`: a:e is alone in 10.0.0.0/24 on network 'lan'",
        "warning at `b:e 10.1.0.1/24`: b:e is alone in 10.1.0.0/24 on network 'lan'"}},
      {"two subnets of two", lan({"10.0.0.1/24", "10.0.0.2/24", "10.1.0.1/24", "10.1.0.2/24"}), {}},
      {"a wider mask is company", lan({"10.0.0.1/24", "10.0.0.2/16"}), {}},
      {"so is one's wider subnet that only holds the other",
       lan({"10.0.0.1/24", "10.0.5.5/16"}),
       {}},
      {"clients keep their server company", served, {}},
      {"a route out of the interface makes neighbours", on_link, {}},
      {"both versions of IP",
       lan({"10.0.0.1/24", "10.0.0.2/24", "2001:db8::1/64"}),
       {"warning at `c:e 2001:db8::1/64`: c:e is alone in 2001:db8::/64 on network 'lan'"}},
  });
}

}  // namespace
}  // namespace natsim::test
