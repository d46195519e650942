// The objects of a topology file: the schema of each, and the readers that put them together.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sim/network/spec.h"
#include "src/topology/schema.h"

namespace natsim::topology {

/// A node that was named where the node itself may come later in the file.
struct NodeReference {
  enum class Use : std::uint8_t {
    sends,   ///< packets of its own: not a switch
    target,  ///< packets go to it: needs an address
    any,
  };
  std::string name;
  Place place;
  Use use = Use::any;
};

/// A topology in the making.
struct Reading {
  spec::Topology topology;
  std::vector<NodeReference> references;
};

const ObjectSchema& topology_schema();
const ObjectSchema& network_schema();
const ObjectSchema& node_schema();
const ObjectSchema& interface_schema();
const ObjectSchema& switch_port_schema();
const ObjectSchema& route_schema();
const ObjectSchema& neighbor_schema();
const ObjectSchema& listen_schema();
const ObjectSchema& dhcp_schema();
const ObjectSchema& reservation_schema();
const ObjectSchema& dns_schema();
const ObjectSchema& dns_record_schema();
const ObjectSchema& dns_view_schema();
const ObjectSchema& page_schema();
const ObjectSchema& proxy_schema();
const ObjectSchema& tls_listener_schema();
const ObjectSchema& certificate_schema();
const ObjectSchema& nat_schema();
const ObjectSchema& firewall_schema();
const ObjectSchema& policy_schema();
const ObjectSchema& rule_schema();
const ObjectSchema& link_schema();
const ObjectSchema& direction_schema();
const ObjectSchema& traffic_schema();
const ObjectSchema& expect_schema();

void read_topology_map(Context& context, Yaml root, Reading& out);

void read_networks(Context& context, Yaml map, Reading& out);
/// reno and cubic, in the order of CongestionAlgorithm.
const std::vector<std::string_view>& congestion_words();
void read_nodes(Context& context, Yaml map, Reading& out);
void read_links(Context& context, Yaml list, Reading& out);
void read_traffic(Context& context, Yaml list, Reading& out);
void read_expect(Context& context, Yaml list, Reading& out);

/// "www.example.com", "www.example.com AAAA", or {name: …, type: …}.
std::optional<spec::NameLookup> read_name_lookup(Context& context, Yaml value);
/// The same as text. nullopt after an error.
std::optional<spec::NameLookup> parse_name_lookup(Context& context, Place place,
                                                  std::string_view text);

/// What a traffic item says of when its repetitions begin.
struct PacingDraft {
  std::optional<Spacing> interval, on, off;
  std::optional<Instant> until;
  std::optional<Duration> length;  ///< of all; instead of `until`
  std::optional<std::uint64_t> rate_bps;
};
/// Checks that it ends, and sets the item's pacing. `payload_bytes` is what `rate` counts;
/// `programs_max` how many there may be.
void finish_pacing(Context& context, Yaml item, const PacingDraft& draft, std::size_t payload_bytes,
                   std::uint64_t programs_max, spec::Traffic& out);

void read_certificates(Context& context, Yaml map, Reading& out);
/// Keys of a listen item: what a web server serves, and its TLS.
void read_pages(Context& context, Yaml list, spec::Listen& out);
void read_hosts(Context& context, Yaml map, spec::Listen& out);
void read_proxy(Context& context, Yaml map, spec::Listen& out);
void read_listen_tls(Context& context, Yaml map, spec::Listen& out);
/// "GET http://web/", or a map with that as `request`. nullopt after an error.
std::optional<spec::HttpRequest> read_http_request(Context& context, Yaml value,
                                                   std::vector<NodeReference>& references);
/// "web:443", or a map with that as `to`.
std::optional<spec::TlsConnect> read_tls_connect(Context& context, Yaml value,
                                                 std::vector<NodeReference>& references);
/// "web", or a map with that as `to`; in probing_schema.cc.
std::optional<spec::RouteTrace> read_traceroute(Context& context, Yaml value,
                                                std::vector<NodeReference>& references);
std::optional<spec::PortScan> read_scan(Context& context, Yaml value,
                                        std::vector<NodeReference>& references);
/// Whether the certificates that are named exist.
void check_certificates(Context& context, const Reading& reading);

void read_interfaces(Context& context, Yaml map, spec::Node& out);
void read_switch_ports(Context& context, Yaml map, spec::Node& out);
void read_routes(Context& context, Yaml list, spec::Node& out);
void read_neighbors(Context& context, Yaml list, spec::Node& out);
void read_listen(Context& context, Yaml list, spec::Node& out);
void read_dhcp(Context& context, Yaml map, spec::Node& out);
void read_dns(Context& context, Yaml map, spec::Node& out);
void read_nat(Context& context, Yaml list, spec::Node& out);
void read_firewall(Context& context, Yaml map, spec::Node& out);
void read_iptables_text(Context& context, Yaml value, spec::Node& out);
void read_iptables_file(Context& context, Yaml value, spec::Node& out);
void read_ipset_text(Context& context, Yaml value, spec::Node& out);
void read_ufw_commands(Context& context, Yaml value, spec::Node& out);
/// A node's rules are in one language: iptables' text, ufw's commands and native keys do not mix.
void check_rule_languages(Context& context, Yaml node);

/// The entries of a map from names to objects, each handed to `each(name, place, value)`. A name
/// that is no V is an error, and its entry is read all the same, so that what refers to it is not
/// wrong as well. A name that is there twice is an error, and its second entry is left out.
template <class V, class Each>
void for_each_named(Context& context, Yaml map, std::string_view what, Each&& each) {
  if (map.is_nothing()) return;
  if (!map.is_map()) {
    return complain(context, map,
                    std::string("a map from the name of ") + std::string(what) + " to what it has",
                    map.is_list() ? "'name: …' instead of '- …'" : "");
  }
  std::map<std::string_view, Place> seen;
  for (const auto [key, value] : map.entries()) {
    if (!context.visit(key.place())) return;
    if (!key.is_scalar()) {
      complain(context, key, expected(V::kind));
      continue;
    }
    const auto [first, is_new] = seen.emplace(key.text(), key.place());
    if (!is_new) {
      context.error(key.place(), quoted(key.text()) + " is there twice",
                    "the first is in line " + std::to_string(first->second.line));
      continue;
    }
    const auto name = read_scalar<V>(context, key);
    each(name ? *name : std::string(key.text()), key.place(), value);
  }
}

}  // namespace natsim::topology
