// Nodes: hosts, routers and switches.
#include <fmt/format.h>

#include "sim/wire/syslog.h"
#include "src/topology/objects.h"

namespace natsim::topology {
namespace {

using spec::Node;
using spec::NodeKind;

const std::vector<std::string_view>& kind_words() {
  static const std::vector<std::string_view> words = {"host", "router", "switch"};
  return words;
}

/// The kinds that this node may be, and its name for messages; all of them where `type` is missing
/// or wrong, so that one mistake is one message.
NodeKindOnly kind_of(Yaml node) {
  const auto type = node.find("type");
  const std::string_view text = type ? type->text() : std::string_view();
  if (text == "host") return {kForHost, "a host"};
  if (text == "router") return {kForRouter, "a router"};
  if (text == "switch") return {kForSwitch, "a switch"};
  return {kForAll, "a node"};
}

void read_stp(Context& context, Yaml value, Node& out) {
  const auto stp = read_scalar<BooleanValue>(context, value);
  if (!stp) return;
  out.stp = *stp;
  if (*stp) context.not_supported_yet(value.place(), "'stp: true' (the spanning tree protocol)");
}

constexpr std::uint8_t kForHosts = kForHost | kForRouter;  // whatever has an IP stack

/// Its rules in other tools' words, and what its kernel is set to.
std::vector<Row<Node>> foreign_row_list() {
  using R = Rows<Node>;
  return {
      R::by<&read_iptables_text>("iptables", "its rules: the text of iptables-save",
                                 ValueKind::text, Shape::one)
          .only(kForHosts)
          .also("iptables_save rules_v4"),
      R::by<&read_iptables_file>("iptables_file",
                                 "a file with the text of iptables-save, beside this one",
                                 ValueKind::text, Shape::one)
          .only(kForHosts),
      R::by<&read_ipset_text>("ipset", "sets: the text of ipset save", ValueKind::text, Shape::one)
          .only(kForHosts),
      R::by<&read_ufw_commands>("ufw", "its rules: ufw's commands, one after the other",
                                ValueKind::text, Shape::one_or_more)
          .only(kForHosts),
      R::one<BooleanValue, &Node::icmp_rate_limit>(
          "icmp_rate_limit", "sends at most six ICMP errors at once to a host, then one a second")
          .or_else("true")
          .only(kForHosts),
      R::word<&congestion_words, &Node::congestion_control, CongestionAlgorithm>(
          "congestion_control", "how TCP shares the network: reno or cubic")
          .or_else("cubic")
          .only(kForHosts)
          .also("tcp_congestion_control"),
      R::one<BooleanValue, &Node::redirects>("redirects", "tells hosts of a better first hop")
          .or_else("true")
          .only(kForRouter)
          .also("send_redirects"),
      R::pending("nat_behavior", "how NAT behaves, in the words of RFC 4787").only(kForRouter),
  };
}

void read_log_to(Context& context, Yaml value, Node& out) {
  auto collector = read_scalar<EndpointValue>(context, value);
  if (!collector) return;
  if (collector->port == 0) collector->port = kSyslogPort;
  out.log_to = spec::At<Endpoint>{*collector, value.place()};
}

std::vector<Row<Node>> node_row_list() {
  using R = Rows<Node>;
  return {
      R::word<&kind_words, &Node::kind, NodeKind>("type",
                                                  "what the node is: host, router or switch")
          .required()
          .also("kind role"),
      R::by<&read_interfaces>("interfaces", "its interfaces by name", ValueKind::object, Shape::map,
                              &interface_schema)
          .only(kForHosts)
          .also("ethernets nics"),
      R::by<&read_routes>("routes", "its static routes", ValueKind::object, Shape::list,
                          &route_schema)
          .only(kForHosts)
          .also("gateway gateway4 default_gateway"),
      R::by<&read_neighbors>("neighbors", "its permanent ARP entries", ValueKind::object,
                             Shape::list, &neighbor_schema)
          .only(kForHosts)
          .also("arp neighbours"),
  };
}

/// What a host or a router offers and uses.
std::vector<Row<Node>> service_row_list() {
  using R = Rows<Node>;
  return {
      R::by<&read_log_to>("log_to", "a syslog collector that gets what its rules log",
                          ValueKind::endpoint, Shape::one)
          .only(kForHost | kForRouter)
          .also("syslog rsyslog"),
      R::one_or_more<AddressValue, &Node::nameservers>("nameservers", "its DNS servers")
          .only(kForHosts)
          .also("resolvers"),
      R::one_or_more<NameValue, &Node::trust>("trust", "the certificates that its clients believe")
          .only(kForHosts)
          .also("ca authorities"),
      R::by<&read_listen>("listen", "the ports that it answers on", ValueKind::object, Shape::list,
                          &listen_schema)
          .only(kForHosts)
          .also("services servers"),
      R::by<&read_dhcp>("dhcp", "the DHCP servers by interface", ValueKind::object, Shape::map,
                        &dhcp_schema)
          .only(kForHosts)
          .also("dhcp_server dhcpd"),
      R::by<&read_dns>("dns", "its DNS server", ValueKind::object, Shape::one, &dns_schema)
          .only(kForHosts)
          .also("dns_server named"),
  };
}

/// Rules, and what belongs to one kind of node.
std::vector<Row<Node>> rule_row_list() {
  using R = Rows<Node>;
  std::vector<Row<Node>> rows = {
      R::by<&read_nat>("nat", "its NAT rules, the first that matches decides", ValueKind::object,
                       Shape::list, &nat_schema)
          .only(kForRouter)
          .also("masquerade snat dnat port_forward"),
      R::by<&read_firewall>("firewall", "its packet filter", ValueKind::object, Shape::one,
                            &firewall_schema)
          .only(kForHosts)
          .also("rules policy filter"),
      R::by<&read_switch_ports>("ports", "its ports by name", ValueKind::object, Shape::map,
                                &switch_port_schema)
          .only(kForSwitch),
      R::by<&read_stp>("stp", "the spanning tree protocol", ValueKind::boolean, Shape::one)
          .or_else("false")
          .only(kForSwitch),
      R::one<DurationValue, &Node::ageing>("ageing", "how long an unseen address is remembered")
          .or_else("5m")
          .only(kForSwitch)
          .also("aging"),
  };
  const std::vector<Row<Node>> foreign = foreign_row_list();
  rows.insert(rows.end(), foreign.begin(), foreign.end());
  return rows;
}

void check_dns_port(Context& context, const Node& node) {
  if (node.dns == nullptr) return;
  for (const spec::Listen& listen : node.listen)
    if (listen.port == 53)
      context.error(listen.place, fmt::format("{} port 53 is taken", to_string(listen.protocol)),
                    "by the node's DNS server");
}

const Schema<Node>& node_rows() {
  static const Schema<Node> schema("a node", [] {
    std::vector<Row<Node>> all = node_row_list();
    for (auto& list : {service_row_list(), rule_row_list()})
      for (const auto& row : list) all.push_back(row);
    return all;
  }());
  return schema;
}

}  // namespace

const std::vector<std::string_view>& congestion_words() {
  static const std::vector<std::string_view> words = {to_string(CongestionAlgorithm::reno),
                                                      to_string(CongestionAlgorithm::cubic)};
  return words;
}

const ObjectSchema& node_schema() { return node_rows(); }

void read_nodes(Context& context, Yaml map, Reading& out) {
  for_each_named<NameValue>(context, map, "a node", [&](std::string name, Place place, Yaml value) {
    Node node;
    node.name = std::move(name);
    node.place = place;

    if (value.is_nothing())
      context.error(place, fmt::format("node '{}' is empty", node.name),
                    "it needs at least 'type: host'");
    else
      read_object(context, value, node_rows(), node, kind_of(value)),
          check_rule_languages(context, value);
    check_dns_port(context, node);
    out.topology.nodes.push_back(std::move(node));
  });
}

}  // namespace natsim::topology
