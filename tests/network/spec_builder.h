// Writes topologies in tests as a file would: one item a line, in the order of the calls.
//
//   Spec().network("home")
//       .host("nas").eth("eth0", {.network = "home", .addresses = {"192.168.1.10/24"}})
//       .gateway("192.168.1.1");
//
// Every item gets the next line as its place, and a label ("nas:eth0 192.168.1.10/24") by which
// tests name that place again.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "sim/base/check.h"
#include "sim/filter/ruleset.h"
#include "sim/network/spec.h"

namespace natsim::test {

inline Prefix prefix(const std::string& text) {
  const auto parsed = Prefix::parse(text);
  SIM_CHECK(parsed.has_value());
  return *parsed;
}
inline IpAddress ip(const std::string& text) {
  const auto parsed = IpAddress::parse(text);
  SIM_CHECK(parsed.has_value());
  return *parsed;
}
inline MacAddress mac(const std::string& text) {
  const auto parsed = MacAddress::parse(text);
  SIM_CHECK(parsed.has_value());
  return *parsed;
}

/// An interface as a file writes it.
struct Eth {
  std::string network = {};
  std::vector<std::string> addresses = {};
  bool dhcp4 = false;
  std::string zone = {};
  std::string mac = {};
  std::uint32_t mtu = 1500;
  std::uint16_t vlan = 0;
  bool proxy_arp = false;
};

struct Dhcp {
  std::string first, last;
  std::string router = {};
  std::vector<std::pair<std::string, std::string>> reservations = {};  ///< MAC, address
};

/// A rule of the firewall; what is left empty matches all.
struct Rule {
  spec::Chain chain = spec::Chain::forward;
  std::string from = {}, to = {}, destination = {};
  std::optional<Protocol> protocol = {};
  std::uint16_t port = 0;
  std::uint8_t states = 0;
  spec::RuleAction action = spec::RuleAction::accept;
};

class Spec {
 public:
  spec::Topology build() const { return topology_; }
  /// The label of the item that was written there; "" for nowhere.
  const std::string& label(Place place) const {
    static const std::string nowhere;
    return place.line == 0 || place.line > labels_.size() ? nowhere : labels_[place.line - 1];
  }

  Spec& network(const std::string& name, spec::Cable cable = {}, bool internet = false) {
    topology_.networks.push_back({name, here("network " + name), cable, internet});
    return *this;
  }
  Spec& internet(const std::string& name) { return network(name, {}, true); }

  Spec& host(const std::string& name) { return node(name, spec::NodeKind::host); }
  Spec& router(const std::string& name) { return node(name, spec::NodeKind::router); }
  Spec& sw(const std::string& name, bool stp = false) {
    node(name, spec::NodeKind::switch_);
    last().stp = stp;
    return *this;
  }

  // What follows belongs to the node written last.
  Spec& eth(const std::string& name, const Eth& eth) {
    spec::Interface interface;
    const std::string full = last().name + ":" + name;
    interface.name = name;
    interface.place = here(full);
    interface.network = {eth.network, interface.place};
    interface.dhcp4 = eth.dhcp4;
    interface.zone.value = eth.zone;
    interface.mtu = eth.mtu;
    interface.proxy_arp = eth.proxy_arp;
    if (!eth.mac.empty()) interface.mac = {mac(eth.mac), here(full + " mac")};
    if (eth.vlan != 0) interface.vlan = {eth.vlan, here(full + " vlan")};
    for (const std::string& address : eth.addresses)
      interface.addresses.push_back({prefix(address), here(full + " " + address)});
    last().interfaces.push_back(interface);
    return *this;
  }
  Spec& route(const std::string& to, const std::string& via, const std::string& interface = {}) {
    spec::Route route;
    route.place = here(last().name + " route " + to);
    route.to = prefix(to == "default" ? "0.0.0.0/0" : to);
    if (!via.empty()) route.via = {ip(via), route.place};
    route.interface = {interface, route.place};
    last().routes.push_back(route);
    return *this;
  }
  Spec& gateway(const std::string& via) { return route("default", via); }
  Spec& neighbor(const std::string& address) {
    last().neighbors.push_back({here(last().name + " neighbor"), ip(address), {}, {}});
    return *this;
  }
  Spec& dhcp(const std::string& interface, const Dhcp& dhcp) {
    spec::DhcpServer server;
    server.place = here(last().name + " dhcp");
    server.interface = {interface, server.place};
    server.first = {ip(dhcp.first), here(last().name + " dhcp range")};
    server.last = {ip(dhcp.last), server.first.place};
    if (!dhcp.router.empty()) server.router = {ip(dhcp.router), here(last().name + " dhcp router")};
    for (const auto& [client, address] : dhcp.reservations)
      server.reservations.push_back(
          {here(last().name + " reservation " + address), mac(client), ip(address), {}});
    last().dhcp.push_back(server);
    return *this;
  }
  Spec& masquerade(const std::string& out) {
    return nat("masquerade", spec::Masquerade{{out, {}}, {}, false});
  }
  /// Rules as the text of iptables-save has them: one, in table nat.
  Spec& nat_in_iptables() {
    auto rules = std::make_shared<Ruleset>();
    rules->table(Table::nat).chain("POSTROUTING").rules.emplace_back();
    last().rules = rules;
    return *this;
  }
  Spec& snat(const std::string& out, const std::string& to) {
    return nat("snat", spec::SourceNat{{out, {}}, {}, {ip(to), {}}});
  }
  Spec& dnat(const std::string& in, const std::string& to) {
    return nat("dnat", spec::DestinationNat{{in, {}}, {}, {}, {}, {ip(to), {}}, {}});
  }
  Spec& forward(const std::string& in, std::uint16_t port, const std::string& to) {
    const auto target = Endpoint::parse(to);
    SIM_CHECK(target.has_value());
    return nat("forward " + std::to_string(port),
               spec::PortForward{{in, {}}, Protocol::tcp, {port, port}, {*target, {}}, false});
  }
  /// A firewall that drops what it does not accept.
  Spec& firewall(const std::vector<Rule>& rules) {
    spec::Firewall firewall;
    firewall.place = here(last().name + " firewall");
    firewall.forward.value = firewall.input.value = spec::RuleAction::drop;
    for (const Rule& rule : rules) firewall.rules.push_back(rule_of(rule));
    last().firewall = firewall;
    return *this;
  }
  Spec& access(const std::string& name, std::uint16_t vlan = 1) {
    last().ports.push_back({name, here(last().name + ":" + name), false, vlan, {}, {}});
    return *this;
  }
  Spec& trunk(const std::string& name, std::vector<std::uint16_t> vlans,
              std::optional<std::uint16_t> native = {}) {
    last().ports.push_back(
        {name, here(last().name + ":" + name), true, 1, std::move(vlans), native});
    return *this;
  }

  /// link("sw1:p1", "pc1:eth0").
  Spec& link(const std::string& a, const std::string& b, spec::Cable cable = {}) {
    const Place place = here("link " + a + " " + b);
    topology_.links.push_back({place, port(a, place), port(b, place), cable, cable});
    return *this;
  }

  /// What a node's name or an address is sent.
  Spec& ping(const std::string& from, const std::string& to) {
    return traffic(from, spec::Ping{target(to)});
  }
  Spec& udp(const std::string& from, const std::string& to) {
    return traffic(from, spec::UdpSend{target(to), "hello"});
  }
  Spec& http(const std::string& from, const std::string& url) {
    spec::HttpRequest request;
    request.method = "GET";
    request.url = url;
    return traffic(from, std::move(request));
  }
  Spec& expect(const std::string& from, const std::string& to, spec::ExpectedResult result) {
    spec::Expectation item;
    item.place = here("expect " + from + " " + to);
    item.from = from;
    item.to = target(to);
    item.result.value = result;
    topology_.expect.push_back(item);
    return *this;
  }

 private:
  Place here(const std::string& label) {
    labels_.push_back(label);
    return {0, std::uint32_t(labels_.size()), 1};
  }
  spec::Node& last() {
    SIM_CHECK(!topology_.nodes.empty());
    return topology_.nodes.back();
  }
  Spec& node(const std::string& name, spec::NodeKind kind) {
    spec::Node node;
    node.name = name;
    node.place = here(name);
    node.kind = kind;
    topology_.nodes.push_back(node);
    return *this;
  }
  template <class What>
  Spec& nat(const std::string& words, What what) {
    last().nat.push_back({here(last().name + " " + words), {}, what});
    return *this;
  }
  template <class What>
  Spec& traffic(const std::string& from, What what) {
    spec::Traffic item;
    item.place = here("traffic " + from);
    item.from.node = from;
    item.what = what;
    topology_.traffic.push_back(item);
    return *this;
  }
  static spec::PortName port(const std::string& text, Place place) {
    const auto colon = text.find(':');
    SIM_CHECK(colon != std::string::npos);
    return {text.substr(0, colon), text.substr(colon + 1), place};
  }
  static spec::Target target(const std::string& text) {
    spec::Target target;
    target.address = IpAddress::parse(text);
    if (!target.address) target.node = text;
    return target;
  }
  static spec::FirewallRule rule_of(const Rule& rule) {
    spec::FirewallRule made;
    made.chain.value = rule.chain;
    if (!rule.from.empty()) made.from.push_back({rule.from, {}});
    if (!rule.to.empty()) made.to.push_back({rule.to, {}});
    if (!rule.destination.empty()) made.destination.push_back({prefix(rule.destination), {}});
    made.protocol = rule.protocol;
    if (rule.port != 0) made.destination_ports.push_back({rule.port, rule.port});
    made.states = rule.states;
    made.action = rule.action;
    return made;
  }

  spec::Topology topology_;
  std::vector<std::string> labels_;
};

}  // namespace natsim::test
