// What a topology file says is what the description holds: each key, its units and its defaults.
#include <filesystem>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "sim/base/units.h"
#include "src/topology/reader.h"

namespace natsim {
namespace {

/// The topology, without problems; a test that fails prints them.
spec::Topology read(std::string text) {
  SourceMap sources;
  auto result = read_topology(sources, "good.yaml", std::move(text));
  std::string said;
  for (const auto& problem : result.problems) said += render_problem(problem, sources, false);
  EXPECT_EQ(said, "");
  return result.topology.value_or(spec::Topology{});
}

Prefix prefix(std::string_view text) { return Prefix::parse(text).value(); }
IpAddress address(std::string_view text) { return IpAddress::parse(text).value(); }

/// A file with one node, whose further keys are `text`, each line indented by four spaces.
spec::Node read_node(std::string_view type, std::string_view text) {
  const auto topology =
      read(fmt::format("name: t\nnetworks: {{lan: {{}}, wan: {{}}}}\nnodes:\n  n:\n"
                       "    type: {}\n{}",
                       type, text));
  return topology.nodes.empty() ? spec::Node{} : topology.nodes.front();
}

constexpr std::string_view kRouterInterfaces =
    "    interfaces:\n"
    "      lan: {network: lan, addresses: [192.168.1.1/24], zone: inside}\n"
    "      wan: {network: wan, addresses: [203.0.113.2/24], zone: outside}\n";

class HomeNat : public testing::Test {
 protected:
  HomeNat() {
    SourceMap sources;
    auto result = read_topology_file(
        sources, std::string(NATSIM_SOURCE_DIR) + "/tests/topology/home-nat.yaml");
    EXPECT_TRUE(result.problems.empty());
    if (result.topology) topology_ = std::move(*result.topology);
  }
  const spec::Node& node(std::size_t index) { return topology_.nodes.at(index); }
  spec::Topology topology_;
};

TEST_F(HomeNat, HasItsNetworksAndNodesInTheOrderOfTheFile) {
  EXPECT_EQ(topology_.name, "home-nat");
  EXPECT_EQ(topology_.description, "A home router hides a house behind one public address.");
  ASSERT_EQ(topology_.networks.size(), 2u);
  EXPECT_EQ(topology_.networks[0].name, "home");
  EXPECT_EQ(topology_.networks[1].cable.delay, Duration::milliseconds(10));
  EXPECT_EQ(topology_.networks[1].cable.bandwidth_bps, 100'000'000u);
  std::string names;
  for (const auto& n : topology_.nodes) names += n.name + ' ';
  EXPECT_EQ(names, "laptop nas router web ");
  EXPECT_TRUE(node(0).interfaces[0].dhcp4);
  EXPECT_EQ(node(1).interfaces[0].addresses[0].value, prefix("192.168.1.10/24"));
  EXPECT_EQ(node(1).routes[0].to, prefix("0.0.0.0/0"));
  EXPECT_EQ(node(1).routes[0].via->value, address("192.168.1.1"));
  EXPECT_EQ(node(1).listen[0].app.value, "http");
}

TEST_F(HomeNat, HasItsRouterWithDhcpNatAndFirewall) {
  const auto& router = node(2);
  EXPECT_EQ(router.kind, spec::NodeKind::router);
  EXPECT_EQ(router.interfaces[1].zone.value, "outside");
  ASSERT_EQ(router.dhcp.size(), 1u);
  EXPECT_EQ(router.dhcp[0].interface.value, "lan");
  EXPECT_EQ(router.dhcp[0].first.value, address("192.168.1.100"));
  EXPECT_EQ(router.dhcp[0].last.value, address("192.168.1.199"));
  EXPECT_EQ(router.dhcp[0].lease, Duration::seconds(3600));
  EXPECT_EQ(router.dhcp[0].reservations[0].mac.to_string(), "02:00:00:00:00:07");
  ASSERT_EQ(router.nat.size(), 2u);
  EXPECT_EQ(std::get<spec::Masquerade>(router.nat[0].what).out.value, "wan");
  const auto& forward = std::get<spec::PortForward>(router.nat[1].what);
  EXPECT_EQ(forward.ports, (spec::PortRange{8080, 8080}));
  EXPECT_EQ(forward.to.value.to_string(), "192.168.1.10:80");
  EXPECT_EQ(router.nat[1].name, "nat rule 2");
  ASSERT_TRUE(router.firewall);
  EXPECT_EQ(router.firewall->forward.value, spec::RuleAction::drop);
  EXPECT_EQ(router.firewall->output.value, spec::RuleAction::accept);
  ASSERT_EQ(router.firewall->rules.size(), 4u);
  const auto& replies = router.firewall->rules[1];
  EXPECT_EQ(replies.states, spec::kStateEstablished | spec::kStateRelated);
  const auto& web = router.firewall->rules[3];
  EXPECT_EQ(web.from[0].value, "outside");
  EXPECT_EQ(web.destination[0].value, prefix("192.168.1.10/32"));
  EXPECT_EQ(web.destination_ports[0], (spec::PortRange{80, 80}));
}

TEST_F(HomeNat, HasItsScenario) {
  ASSERT_EQ(topology_.traffic.size(), 3u);
  EXPECT_EQ(topology_.traffic[0].at, Instant() + Duration::seconds(1));
  EXPECT_EQ(topology_.traffic[0].count, 3u);
  EXPECT_EQ(std::get<spec::Ping>(topology_.traffic[0].what).to.node, "web");
  EXPECT_EQ(std::get<spec::HttpRequest>(topology_.traffic[1].what).url, "http://203.0.113.80/");
  EXPECT_EQ(std::get<spec::TcpConnect>(topology_.traffic[2].what).to.port, 8080);
  ASSERT_EQ(topology_.expect.size(), 2u);
  EXPECT_EQ(topology_.expect[0].to.node, "web");
  EXPECT_EQ(topology_.expect[0].to.port, 80);
  EXPECT_EQ(topology_.expect[1].result.value, spec::ExpectedResult::dropped);
  EXPECT_EQ(topology_.expect[1].at_node.value, "router");
  EXPECT_EQ(topology_.expect[1].by.value, "policy");
}

TEST_F(HomeNat, KnowsWhereEverythingWasWritten) {
  EXPECT_EQ(node(2).place, (Place{0, 19, 3}));
  EXPECT_EQ(node(2).interfaces[1].network.place, (Place{0, 23, 22}));
  EXPECT_EQ(node(2).firewall->rules[3].place, (Place{0, 35, 11}));
  EXPECT_EQ(topology_.expect[1].by.place, (Place{0, 49, 84}));
}

TEST(Gallery, ReadsWithoutProblems) {
  const auto folder = std::filesystem::path(NATSIM_SOURCE_DIR) / "topologies";
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".yaml") continue;
    SourceMap sources;
    const auto result = read_topology_file(sources, entry.path().string());
    std::string said;
    for (const auto& p : result.problems) said += render_problem(p, sources, false);
    EXPECT_EQ(said, "");
    ++files;
  }
  EXPECT_GT(files, 0);
}

TEST(Defaults, AreThoseOfTheDescription) {
  const auto topology = read(
      "name: t\nnetworks: {lan: }\nnodes:\n"
      "  a: {type: host, interfaces: {eth0: {network: lan, addresses: [10.0.0.1/8]}}}\n");
  const spec::Cable& cable = topology.networks[0].cable;
  EXPECT_EQ(format_duration(cable.delay), "10us");
  EXPECT_EQ(format_rate(cable.bandwidth_bps), "1Gbit/s");
  EXPECT_EQ(format_size(cable.queue_bytes_max), "512KiB");
  EXPECT_EQ(cable.mtu, 9216u);
  EXPECT_TRUE(cable.loss.zero() && cable.reorder.zero() && cable.duplicate.zero());
  EXPECT_EQ(topology.epoch_s, 1'767'225'600);
  EXPECT_FALSE(topology.seed);
  EXPECT_FALSE(topology.capture);
  EXPECT_EQ(topology.nodes[0].interfaces[0].mtu, 1500u);
  EXPECT_FALSE(topology.nodes[0].firewall);
}

TEST(TopLevel, HasSeedEpochAndCapture) {
  const std::string nodes = "nodes: {a: {type: host}, b: {type: host}}\n";
  const auto topology = read("name: t\nseed: 18446744073709551615\nepoch: 2000-02-29T12:30:01Z\n" +
                             nodes + "capture: [a]\n");
  EXPECT_EQ(topology.seed, 18'446'744'073'709'551'615u);
  EXPECT_EQ(topology.epoch_s, 951'827'401);
  ASSERT_EQ(topology.capture->size(), 1u);
  EXPECT_EQ(topology.capture->front().node, "a");
  EXPECT_TRUE(read("name: t\ncapture: none\n" + nodes).capture->empty());
  EXPECT_FALSE(read("name: t\ncapture: all\n" + nodes).capture);
}

TEST(Links, AreAlikeBothWaysUnlessSaidOtherwise) {
  const auto topology = read(
      "name: t\nnodes:\n"
      "  sw: {type: switch, ports: {1: {}, p2: {}}}\n"
      "  a: {type: host, interfaces: {eth0: {addresses: [10.0.0.1/8]}}}\n"
      "  b: {type: host, interfaces: {eth0: {addresses: [10.0.0.2/8]}}}\n"
      "links:\n"
      "  - b_to_a: {delay: 40ms, loss: 0.1%}\n"  // Before what it differs from.
      "    endpoints: ['sw:1', 'a:eth0']\n"
      "    delay: 1ms\n"
      "    bandwidth: unlimited\n"
      "    jitter: 100us\n"
      "  - {endpoints: [sw:p2, b:eth0], mtu: 1500, queue: 64KiB, duplicate: 1%, reorder: 2%,"
      "     corrupt: 3%}\n");
  ASSERT_EQ(topology.links.size(), 2u);
  const auto& first = topology.links[0];
  EXPECT_EQ(first.a.node + ':' + first.a.interface, "sw:1");
  EXPECT_EQ(first.b.node + ':' + first.b.interface, "a:eth0");
  EXPECT_EQ(first.a_to_b.delay, Duration::milliseconds(1));
  EXPECT_EQ(first.b_to_a.delay, Duration::milliseconds(40));
  EXPECT_EQ(first.b_to_a.jitter, Duration::microseconds(100));
  EXPECT_EQ(first.b_to_a.loss, (Ratio{1, 1000}));
  EXPECT_TRUE(first.a_to_b.loss.zero());
  EXPECT_EQ(first.a_to_b.bandwidth_bps, 0u);
  const auto& second = topology.links[1];
  EXPECT_EQ(second.b_to_a.mtu, 1500u);
  EXPECT_EQ(second.b_to_a.queue_bytes_max, 65'536u);
  EXPECT_EQ(second.a_to_b.duplicate, (Ratio{1, 100}));
  EXPECT_EQ(second.a_to_b.reorder, (Ratio{1, 50}));
  EXPECT_EQ(second.a_to_b.corrupt, (Ratio{3, 100}));
}

TEST(Interfaces, HaveAllTheirKeys) {
  const auto node = read_node("router",
                              "    interfaces:\n"
                              "      eth0: {network: lan, mac: 02:00:00:00:00:2A, mtu: 1400}\n"
                              "      eth0.10: {vlan: 10, addresses: 10.0.10.1/24, zone: dmz}\n"
                              "      wan: {network: wan, addresses: [10.1.0.1/31, 10.1.0.9/24], "
                              "proxy_arp: true}\n");
  ASSERT_EQ(node.interfaces.size(), 3u);
  EXPECT_EQ(node.interfaces[0].mac->value.to_string(), "02:00:00:00:00:2a");
  EXPECT_EQ(node.interfaces[1].vlan->value, 10);
  EXPECT_EQ(node.interfaces[1].mtu, 1400u) << "a sub-interface begins with its parent's";
  EXPECT_EQ(node.interfaces[1].addresses[0].value, prefix("10.0.10.1/24"));
  EXPECT_EQ(node.interfaces[2].addresses.size(), 2u);
  EXPECT_TRUE(node.interfaces[2].proxy_arp);
}

TEST(Nodes, MayKeepQuietOrTellAll) {
  const std::string lan =
      "    interfaces: {eth0: {network: lan, addresses: [10.0.0.1/24]}, eth1: {network: wan}}\n";
  const auto usual = read_node("router", lan);
  EXPECT_TRUE(usual.icmp_rate_limit && usual.redirects);
  EXPECT_EQ(usual.congestion_control, CongestionAlgorithm::cubic);
  const auto other = read_node("router", lan +
                                             "    icmp_rate_limit: false\n    redirects: false\n"
                                             "    congestion_control: reno\n");
  EXPECT_FALSE(other.icmp_rate_limit || other.redirects);
  EXPECT_EQ(other.congestion_control, CongestionAlgorithm::reno);
}

TEST(Nodes, HaveRoutesNeighborsAndServices) {
  const auto node = read_node(
      "host",
      "    interfaces: {eth0: {network: lan, addresses: [10.0.0.1/24]}, eth1: {network: wan}}\n"
      "    routes:\n"
      "      - {to: default, via: 10.0.0.254, metric: 100}\n"
      "      - {to: 10.9.0.0/16, interface: eth1}\n"
      "      - {to: 10.8.0.0/16, type: prohibit}\n"
      "    neighbors: [{address: 10.0.0.9, mac: '02:00:00:00:00:09', interface: eth0}]\n"
      "    nameservers: [10.0.0.53, 10.0.1.53]\n"
      "    listen: [{proto: udp, port: 7}, {proto: tcp, port: 7, app: echo}]\n");
  ASSERT_EQ(node.routes.size(), 3u);
  EXPECT_EQ(node.routes[0].metric, 100u);
  EXPECT_EQ(node.routes[1].interface.value, "eth1");
  EXPECT_EQ(node.routes[2].kind, spec::RouteKind::prohibit);
  EXPECT_EQ(node.neighbors[0].interface.value, "eth0");
  EXPECT_EQ(node.nameservers[1].value, address("10.0.1.53"));
  EXPECT_EQ(node.listen[0].protocol, Protocol::udp);
  EXPECT_EQ(node.listen[0].app.value, "");
  EXPECT_EQ(node.listen[1].app.value, "echo");
}

TEST(Switches, HaveAccessPortsAndTrunks) {
  const auto topology = read(
      "name: t\nnodes:\n  sw:\n    type: switch\n    stp: false\n    ageing: 10s\n    ports:\n"
      "      p1: {access: 10}\n      p2: {trunk: [10, 20], native: 1}\n      p3:\n"
      "      p4: {trunk: 30}\n");
  const auto& sw = topology.nodes[0];
  EXPECT_EQ(sw.ageing, Duration::seconds(10));
  ASSERT_EQ(sw.ports.size(), 4u);
  EXPECT_EQ(sw.ports[0].access, 10);
  EXPECT_TRUE(sw.ports[1].trunk);
  EXPECT_EQ(sw.ports[1].allowed, (std::vector<std::uint16_t>{10, 20}));
  EXPECT_EQ(sw.ports[1].native, 1);
  EXPECT_FALSE(sw.ports[2].trunk);
  EXPECT_EQ(sw.ports[2].access, 1);
  EXPECT_FALSE(sw.ports[3].native);
}

TEST(Routers, HaveAllKindsOfNat) {
  const auto node = read_node(
      "router",
      std::string(kRouterInterfaces) +
          "    nat:\n"
          "      - {name: out, masquerade: {out: wan, src: 192.168.1.0/24, random: true}}\n"
          "      - snat: {out: wan, to: 203.0.113.3}\n"
          "      - dnat: {in: wan, dst: 203.0.113.2, proto: tcp, port: 8000-8010, "
          "to: '192.168.1.10:80'}\n"
          "      - dnat: {to: 192.168.1.11}\n"
          "      - port_forward: {in: wan, proto: udp, port: 5000:5010, "
          "to: 192.168.1.10, hairpin: true}\n");
  ASSERT_EQ(node.nat.size(), 5u);
  EXPECT_EQ(node.nat[0].name, "out");
  EXPECT_TRUE(std::get<spec::Masquerade>(node.nat[0].what).random);
  EXPECT_EQ(std::get<spec::Masquerade>(node.nat[0].what).source->value, prefix("192.168.1.0/24"));
  EXPECT_EQ(std::get<spec::SourceNat>(node.nat[1].what).to.value, address("203.0.113.3"));
  const auto& dnat = std::get<spec::DestinationNat>(node.nat[2].what);
  EXPECT_EQ(dnat.ports, (spec::PortRange{8000, 8010}));
  EXPECT_EQ(dnat.to_port, 80);
  EXPECT_EQ(dnat.protocol, Protocol::tcp);
  EXPECT_FALSE(std::get<spec::DestinationNat>(node.nat[3].what).to_port);
  const auto& forward = std::get<spec::PortForward>(node.nat[4].what);
  EXPECT_EQ(forward.protocol, Protocol::udp);
  EXPECT_EQ(forward.to.value.port, 0) << "each port keeps its own";
  EXPECT_TRUE(forward.hairpin);
}

TEST(Routers, HaveDhcpWithAllItsOptions) {
  const auto node = read_node(
      "router", std::string(kRouterInterfaces) +
                    "    dhcp:\n"
                    "      lan:\n"
                    "        range: 192.168.1.100 - 192.168.1.199\n"
                    "        lease: 2h\n"
                    "        router: 192.168.1.2\n"
                    "        dns: [192.168.1.1, 8.8.8.8]\n"
                    "        domain: home.example\n"
                    "        reservations:\n"
                    "          - {mac: 02-00-00-00-00-07, address: 192.168.1.50, hostname: nas}\n");
  const auto& server = node.dhcp.at(0);
  EXPECT_EQ(server.last.value, address("192.168.1.199"));
  EXPECT_EQ(server.lease, Duration::seconds(7200));
  EXPECT_EQ(server.router->value, address("192.168.1.2"));
  EXPECT_EQ(server.dns.size(), 2u);
  EXPECT_EQ(server.domain, "home.example");
  EXPECT_EQ(server.reservations[0].hostname, "nas");
}

TEST(Rules, HaveAllTheirMatches) {
  const auto node = read_node(
      "router",
      std::string(kRouterInterfaces) +
          "    firewall:\n"
          "      policy: {input: drop}\n"
          "      rules:\n"
          "        - {chain: forward, in: [lan, wan], out: wan, src: [10.0.0.0/8, 192.168.1.9],\n"
          "           proto: udp, sport: 1024-65535, dport: [53, 123], mac: 02:00:00:00:00:01,\n"
          "           action: reject, reject_with: icmp-admin-prohibited, log: true}\n"
          "        - {chain: input, proto: icmp, icmp_type: echo-request, state: new,\n"
          "           action: accept}\n"
          "        - {chain: output, proto: 89, action: drop}\n");
  ASSERT_TRUE(node.firewall);
  const auto& rules = node.firewall->rules;
  ASSERT_EQ(rules.size(), 3u);
  EXPECT_EQ(rules[0].name, "rule 1");
  EXPECT_EQ(rules[0].in.size(), 2u);
  EXPECT_EQ(rules[0].source[1].value, prefix("192.168.1.9/32"));
  EXPECT_EQ(rules[0].source_ports[0], (spec::PortRange{1024, 65535}));
  EXPECT_EQ(rules[0].destination_ports[1], (spec::PortRange{123, 123}));
  EXPECT_EQ(rules[0].mac->to_string(), "02:00:00:00:00:01");
  EXPECT_EQ(rules[0].reject_with, "icmp-admin-prohibited");
  EXPECT_TRUE(rules[0].log);
  EXPECT_EQ(rules[1].icmp_type, 8);
  EXPECT_EQ(rules[1].states, spec::kStateNew);
  EXPECT_EQ(int(rules[2].protocol.value()), 89);
  EXPECT_EQ(rules[2].chain.value, spec::Chain::output);
}

TEST(Scenario, HasAllKindsOfTraffic) {
  const auto topology = read(
      "name: t\nnetworks: {lan: {}}\nnodes:\n"
      "  a: {type: host, interfaces: {eth0: {network: lan, addresses: [10.0.0.1/8]}}}\n"
      "  b: {type: host, interfaces: {eth0: {network: lan, addresses: [10.0.0.2/8]}}}\n"
      "traffic:\n"
      "  - {at: 1s, from: a, udp: 'b:9', count: 100000, interval: 10us, size: 64}\n"
      "  - {at: 1s, from: a, text: 'hello', udp: '10.0.0.2:9'}\n"
      "  - {at: 100ms, from: 'a:eth0', frame: 'ff:ff:ff:ff:ff:ff 020000000001 0806'}\n"
      "  - {at: 1s, from: 'b:eth0', replay: captures/one.pcap}\n"
      "  - {at: 1s, from: a, ping: 10.0.0.2, size: 1KiB}\n"
      "  - {at: 1s, from: a, bulk: 'b:9', bytes: 1MB, congestion_control: reno}\n"
      "  - {at: 1s, from: a, bulk: 'b:9', for: 2s}\n"
      "expect:\n"
      "  - {from: a, to: b, result: delivered}\n"
      "  - {from: a, to: 'b:9', proto: udp, sport: 5000, result: lost, at: 5s}\n"
      "  - {from: a, to: b, result: unreachable, at: [5s, b], points: 5, hint: who answers?}\n");
  ASSERT_EQ(topology.traffic.size(), 7u);
  EXPECT_EQ(topology.traffic[0].interval, Duration::microseconds(10));
  EXPECT_EQ(topology.traffic[0].size, 64u);
  EXPECT_EQ(std::get<spec::UdpSend>(topology.traffic[1].what).text, "hello");
  EXPECT_EQ(std::get<spec::UdpSend>(topology.traffic[1].what).to.address, address("10.0.0.2"));
  EXPECT_EQ(std::get<spec::RawFrame>(topology.traffic[2].what).bytes.size(), 14u);
  EXPECT_EQ(topology.traffic[2].from.interface, "eth0");
  EXPECT_EQ(std::get<spec::Replay>(topology.traffic[3].what).path, "captures/one.pcap");
  EXPECT_EQ(topology.traffic[4].size, 1024u);
  const auto& bulk = std::get<spec::Bulk>(topology.traffic[5].what);
  EXPECT_EQ(bulk.bytes, 1'000'000u);
  EXPECT_EQ(bulk.congestion_control, CongestionAlgorithm::reno);
  EXPECT_EQ(std::get<spec::Bulk>(topology.traffic[6].what).congestion_control, std::nullopt);
  ASSERT_EQ(topology.expect.size(), 3u);
  EXPECT_EQ(topology.expect[0].protocol, Protocol::icmp);
  EXPECT_EQ(topology.expect[1].source_port, 5000);
  EXPECT_EQ(topology.expect[1].at, Instant() + Duration::seconds(5));
  EXPECT_EQ(topology.expect[2].at_node.value, "b");
  EXPECT_TRUE(topology.expect[2].at);
  EXPECT_EQ(topology.expect[1].points, 1u);
  EXPECT_EQ(topology.expect[2].points, 5u);
  EXPECT_EQ(topology.expect[2].hint, "who answers?");
}

TEST(Scalars, AreReadByTheSchemaAndNotByYaml) {
  // `no` is a name, 02:00:… no number to the base of 60, 010 ten, 1e3 a name as well.
  const auto topology = read(
      "name: no\nseed: 010\nnetworks: {yes: {}, null: {}, lan: {}}\nnodes:\n"
      "  off: {type: host, interfaces: {1e3: {network: yes, mac: 02:00:00:00:00:01}}}\n"
      "  'true': {type: host, interfaces: {eth0: {network: lan}, eth1: {network: 'null'}}}\n");
  EXPECT_EQ(topology.name, "no");
  EXPECT_EQ(topology.seed, 10u);
  EXPECT_EQ(topology.networks[0].name, "yes");
  EXPECT_EQ(topology.networks[1].name, "null");
  EXPECT_EQ(topology.nodes[0].name, "off");
  EXPECT_EQ(topology.nodes[0].interfaces[0].mac->value.as_u64(), 0x020000000001u);
}

TEST(Yaml, MayUseAnchorsAliasesAndJson) {
  const auto topology = read(
      "{\"name\": \"t\", \"networks\": {\"lan\": {}},\"nodes\":\n"
      " {\"a\":{\"type\":\"host\",\"interfaces\":{\"eth0\":{\"network\":\"lan\"}},"
      "\"routes\": &r [{\"to\": \"default\", \"interface\": \"eth0\"}]},\n"
      " \"b\": {\"type\": \"host\", \"interfaces\": {\"eth0\": {\"network\": \"lan\"}}, "
      "\"routes\": *r}}}\n");
  ASSERT_EQ(topology.nodes.size(), 2u);
  EXPECT_EQ(topology.nodes[1].routes.size(), 1u);
}

TEST(Yaml, MayLeaveCollectionsEmpty) {
  const auto topology = read(
      "name: t\nnetworks:\nnodes:\n  a:\n    type: host\n    routes:\n"
      "traffic:\nexpect: ~\nlinks: []\n");
  EXPECT_EQ(topology.nodes.size(), 1u);
  EXPECT_TRUE(topology.traffic.empty());
}

}  // namespace
}  // namespace natsim
