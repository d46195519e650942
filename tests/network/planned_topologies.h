// Five networks as a class would draw them, with nothing wrong in any.
#pragma once

#include "tests/network/spec_builder.h"

namespace natsim::test {

/// The firewall of a home: replies and what starts inside may pass.
inline std::vector<Rule> home_rules() {
  return {{.chain = spec::Chain::input, .from = "inside", .protocol = Protocol::udp, .port = 67},
          {.states = spec::kStateEstablished | spec::kStateRelated},
          {.from = "inside", .to = "outside"}};
}

inline Spec home_nat() {
  std::vector<Rule> rules = home_rules();
  rules.push_back(
      {.from = "outside", .destination = "192.168.1.10", .protocol = Protocol::tcp, .port = 80});
  Spec spec;
  spec.network("home").internet("internet");
  spec.host("laptop").eth("eth0", {.network = "home", .dhcp4 = true});
  spec.host("nas").eth("eth0", {.network = "home", .addresses = {"192.168.1.10/24"}});
  spec.gateway("192.168.1.1");
  spec.router("router")
      .eth("lan", {.network = "home", .addresses = {"192.168.1.1/24"}, .zone = "inside"})
      .eth("wan", {.network = "internet", .addresses = {"203.0.113.2/24"}, .zone = "outside"})
      .dhcp("lan", {.first = "192.168.1.100",
                    .last = "192.168.1.199",
                    .reservations = {{"02:00:00:00:00:07", "192.168.1.50"}}})
      .masquerade("wan")
      .forward("wan", 8080, "192.168.1.10:80")
      .firewall(rules);
  spec.host("web").eth("eth0", {.network = "internet", .addresses = {"203.0.113.80/24"}});
  spec.ping("laptop", "web").http("laptop", "http://203.0.113.80/").ping("web", "203.0.113.2");
  return spec.expect("laptop", "web", spec::ExpectedResult::delivered)
      .expect("web", "203.0.113.2", spec::ExpectedResult::dropped);
}

/// A server behind a router that has its own address by DHCP from the provider, behind a second
/// NAT: private addresses on both sides.
inline Spec port_forward() {
  Spec spec;
  spec.network("home").network("provider").internet("internet");
  spec.host("server").eth("eth0", {.network = "home", .addresses = {"192.168.1.10/24"}});
  spec.gateway("192.168.1.1");
  spec.router("home-router")
      .eth("lan", {.network = "home", .addresses = {"192.168.1.1/24"}})
      .eth("wan", {.network = "provider", .dhcp4 = true})
      .masquerade("wan")
      .forward("wan", 2222, "192.168.1.10:22")
      .forward("wan", 8080, "192.168.1.10:80");
  spec.router("isp")
      .eth("lan", {.network = "provider", .addresses = {"10.0.0.1/24"}})
      .eth("wan", {.network = "internet", .addresses = {"198.51.100.1/24"}})
      .dhcp("lan", {.first = "10.0.0.100", .last = "10.0.0.199"})
      .masquerade("wan")
      .forward("wan", 8080, "10.0.0.100:8080");
  spec.host("client").eth("eth0", {.network = "internet", .addresses = {"198.51.100.80/24"}});
  return spec.ping("server", "client")
      .ping("home-router", "client")
      .ping("client", "198.51.100.1")
      .expect("server", "client", spec::ExpectedResult::delivered);
}

inline Spec two_lans_router() {
  Spec spec;
  spec.network("left").sw("sw").access("p1").access("p2").access("p3").access("spare");
  spec.host("a").eth("eth0", {.network = "left", .addresses = {"10.1.0.2/24"}});
  spec.gateway("10.1.0.1");
  spec.host("b").eth("eth0", {.addresses = {"10.2.0.2/24"}}).gateway("10.2.0.1");
  spec.host("c").eth("eth0", {.addresses = {"10.2.0.3/24"}}).route("10.1.0.0/24", "10.2.0.1");
  spec.router("r")
      .eth("left", {.network = "left", .addresses = {"10.1.0.1/24"}})
      .eth("right", {.addresses = {"10.2.0.1/24"}})
      .eth("lo", {.addresses = {"10.255.0.1/32"}});
  spec.link("sw:p1", "r:right").link("sw:p2", "b:eth0").link("c:eth0", "sw:p3");
  return spec.ping("a", "b").ping("b", "c").ping("c", "a").ping("a", "10.255.0.1");
}

/// Two switches, a trunk, three VLANs, a router on a stick that serves two of them by DHCP.
inline Spec vlan_office() {
  Spec spec;
  spec.sw("sw1").access("p1", 10).access("p2", 20).trunk("up", {10, 20, 30}, 1);
  spec.trunk("stick", {10, 20, 30}, 1);
  spec.sw("sw2").access("p1", 10).access("p2", 20).access("p3", 30).trunk("up", {10, 20, 30}, 1);
  spec.router("router")
      .eth("eth0", {})
      .eth("eth0.10", {.addresses = {"10.0.10.1/24"}, .vlan = 10})
      .eth("eth0.20", {.addresses = {"10.0.20.1/24"}, .vlan = 20})
      .eth("eth0.30", {.addresses = {"10.0.30.1/24"}, .vlan = 30})
      .dhcp("eth0.10", {.first = "10.0.10.100", .last = "10.0.10.199"})
      .dhcp("eth0.20", {.first = "10.0.20.100", .last = "10.0.20.199"});
  spec.host("pc1").eth("eth0", {.dhcp4 = true});
  spec.host("pc2").eth("eth0", {.dhcp4 = true});
  spec.host("pc3").eth("eth0", {.dhcp4 = true});
  spec.host("pc4").eth("eth0", {.addresses = {"10.0.20.4/24"}}).gateway("10.0.20.1");
  spec.host("printer").eth("eth0", {.addresses = {"10.0.30.5/24"}}).gateway("10.0.30.1");
  spec.link("sw1:up", "sw2:up").link("router:eth0", "sw1:stick");
  spec.link("sw1:p1", "pc1:eth0").link("sw1:p2", "pc2:eth0").link("sw2:p1", "pc3:eth0");
  spec.link("sw2:p2", "pc4:eth0").link("sw2:p3", "printer:eth0");
  return spec.ping("pc1", "pc4").ping("pc1", "printer").ping("printer", "pc2").ping("pc4", "pc3");
}

/// Internet – outer firewall – DMZ – inner firewall – office; the inner one masquerades too.
inline Spec office_dmz() {
  Spec spec;
  spec.internet("internet").network("dmz").network("office");
  spec.router("outer")
      .eth("wan", {.network = "internet", .addresses = {"203.0.113.2/24"}, .zone = "outside"})
      .eth("dmz", {.network = "dmz", .addresses = {"172.16.0.1/24"}, .zone = "inside"})
      .gateway("203.0.113.1")
      .masquerade("wan")
      .forward("wan", 443, "172.16.0.80:443");
  std::vector<Rule> rules = home_rules();
  rules.push_back({.from = "outside", .protocol = Protocol::tcp, .port = 443});
  spec.firewall(rules);
  spec.router("inner")
      .eth("dmz", {.network = "dmz", .addresses = {"172.16.0.2/24"}, .zone = "outside"})
      .eth("lan", {.network = "office", .addresses = {"192.168.0.1/24"}, .zone = "inside"})
      .gateway("172.16.0.1")
      .dhcp("lan", {.first = "192.168.0.100", .last = "192.168.0.199"})
      .masquerade("dmz")
      .firewall(home_rules());
  spec.router("provider").eth("eth0", {.network = "internet", .addresses = {"203.0.113.1/24"}});
  spec.host("web").eth("eth0", {.network = "dmz", .addresses = {"172.16.0.80/24"}});
  spec.gateway("172.16.0.1").route("192.168.0.0/24", "172.16.0.2");
  spec.host("pc").eth("eth0", {.network = "office", .dhcp4 = true});
  spec.host("visitor").eth("eth0", {.network = "internet", .addresses = {"203.0.113.99/24"}});
  spec.ping("pc", "web").ping("pc", "visitor").ping("web", "visitor");
  return spec.expect("visitor", "203.0.113.2", spec::ExpectedResult::dropped)
      .expect("visitor", "192.168.0.100", spec::ExpectedResult::no_route);
}

}  // namespace natsim::test
