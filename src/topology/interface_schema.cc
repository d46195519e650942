// Interfaces, switch ports, and what a node knows about its neighbourhood: routes, neighbours.
#include <bitset>

#include <fmt/format.h>

#include "src/topology/objects.h"

namespace natsim::topology {
namespace {

using spec::Interface;
using spec::Neighbor;
using spec::Route;
using spec::SwitchPort;

using MtuValue = IntegerValue<std::uint32_t, 68, 65535>;  // RFC 791: every module forwards 68

const Schema<Interface>& interface_rows() {
  using R = Rows<Interface>;
  static const Schema<Interface> schema(
      "an interface",
      {
          R::one<NameValue, &Interface::network>("network", "the network that it plugs into")
              .also("net lan connect"),
          R::one_or_more<InterfaceAddressValue, &Interface::addresses>(
              "addresses", "its addresses, each with a prefix length; the first is the primary one")
              .also("ip ipv4 ip_address inet cidr"),
          R::one<BooleanValue, &Interface::dhcp4>("dhcp4", "asks a DHCP server for an address")
              .or_else("false")
              .also("dhcp"),
          R::one<MacValue, &Interface::mac>(
              "mac", "its MAC address; made from the names of node and interface if left out")
              .also("macaddress hwaddr ether lladdr"),
          R::one<VlanValue, &Interface::vlan>(
              "vlan", "makes NAME.SUFFIX a sub-interface of NAME that is tagged with this VLAN")
              .also("id tag"),
          R::one<NameValue, &Interface::zone>("zone", "the firewall zone that it belongs to"),
          R::one<MtuValue, &Interface::mtu>("mtu", "the longest IP packet that it sends, bytes")
              .or_else("1500; a sub-interface has its parent's"),
          R::one<BooleanValue, &Interface::proxy_arp>(
              "proxy_arp", "answers ARP for addresses that it has another route to")
              .or_else("false"),
      });
  return schema;
}

struct PortDraft {
  SwitchPort port;
  std::optional<Place> access, trunk, native;
};

void read_access(Context& context, Yaml value, PortDraft& out) {
  out.access = value.place();
  if (const auto vlan = read_scalar<VlanValue>(context, value)) out.port.access = *vlan;
}

void read_native(Context& context, Yaml value, PortDraft& out) {
  out.native = value.place();
  if (const auto vlan = read_scalar<VlanValue>(context, value)) out.port.native = *vlan;
}

void read_trunk(Context& context, Yaml value, PortDraft& out) {
  out.trunk = value.place();
  out.port.trunk = true;
  std::bitset<4096> seen;
  for_each_or_one(context, value, [&](Yaml item) {
    const auto vlan = read_scalar<VlanValue>(context, item);
    if (!vlan) return;
    if (seen.test(*vlan))
      return context.error(item.place(), fmt::format("VLAN {} is there twice", *vlan));
    seen.set(*vlan);
    out.port.allowed.push_back(*vlan);
  });
}

const Schema<PortDraft>& port_rows() {
  using R = Rows<PortDraft>;
  static const Schema<PortDraft> schema(
      "a switch port",
      {
          R::by<&read_access>("access", "the VLAN of its untagged frames", ValueKind::vlan,
                              Shape::one)
              .or_else("1")
              .also("vlan pvid untagged"),
          R::by<&read_trunk>("trunk", "the VLANs that travel tagged", ValueKind::vlan,
                             Shape::one_or_more)
              .also("tagged allowed vlans"),
          R::by<&read_native>("native",
                              "the VLAN of a trunk's untagged frames; without it they are dropped",
                              ValueKind::vlan, Shape::one),
      });
  return schema;
}

void finish_port(Context& context, const PortDraft& draft) {
  if (draft.access && draft.trunk)
    context.error(*draft.access, "a port is an access port or a trunk, not both",
                  "a trunk's untagged VLAN is 'native'");
  if (draft.native && !draft.trunk)
    context.error(*draft.native, "'native' belongs to a trunk",
                  "an access port's VLAN is 'access'");
}

const std::vector<std::string_view>& route_words() {
  static const std::vector<std::string_view> words = {"unicast", "blackhole", "unreachable",
                                                      "prohibit"};
  return words;
}

const Schema<Route>& route_rows() {
  using R = Rows<Route>;
  static const Schema<Route> schema(
      "a route",
      {
          R::one<DestinationValue, &Route::to>("to", "where to: a network, an address or 'default'")
              .required()
              .also("dst destination network"),
          R::one<AddressValue, &Route::via>("via", "the next router's address")
              .also("gateway gw nexthop"),
          R::one<InterfaceNameValue, &Route::interface>(
              "interface", "the interface; if left out the one whose network holds 'via'")
              .also("dev device"),
          R::one<IntegerValue<std::uint32_t, 0, 0xffff'ffff>, &Route::metric>(
              "metric", "of equal routes the one with the smallest counts")
              .or_else("0")
              .also("priority distance"),
          R::word<&route_words, &Route::kind, spec::RouteKind>(
              "type", "what becomes of the packets: unicast sends them on, the rest drop them")
              .or_else("unicast")
              .also("kind"),
      });
  return schema;
}

void finish_route(Context& context, Yaml item, const Route& route) {
  const bool sends = route.kind == spec::RouteKind::unicast;
  const bool aimed = route.via || !route.interface.value.empty();
  if (sends && !aimed && !item.find("via") && !item.find("interface"))
    context.error(item.place(), "a route needs 'via' or 'interface'",
                  "such as {to: default, via: 192.168.1.1}");
  if (!sends && aimed)
    context.error(route.via ? route.via->place : route.interface.place,
                  "a route that drops packets has no next hop");
}

const Schema<Neighbor>& neighbor_rows() {
  using R = Rows<Neighbor>;
  static const Schema<Neighbor> schema(
      "a neighbor",
      {
          R::one<AddressValue, &Neighbor::address>("address", "its address").required().also("ip"),
          R::one<MacValue, &Neighbor::mac>("mac", "its MAC address").required().also("lladdr"),
          R::one<InterfaceNameValue, &Neighbor::interface>("interface",
                                                           "the interface that it is behind")
              .required()
              .also("dev device"),
      });
  return schema;
}

}  // namespace

const ObjectSchema& interface_schema() { return interface_rows(); }
const ObjectSchema& switch_port_schema() { return port_rows(); }
const ObjectSchema& route_schema() { return route_rows(); }
const ObjectSchema& neighbor_schema() { return neighbor_rows(); }

void read_interfaces(Context& context, Yaml map, spec::Node& out) {
  std::vector<std::size_t> without_mtu;
  for_each_named<InterfaceNameValue>(context, map, "an interface",
                                     [&](std::string name, Place place, Yaml value) {
                                       Interface interface;
                                       interface.name = std::move(name);
                                       interface.place = place;
                                       read_object(context, value, interface_rows(), interface);
                                       if (!value.find("mtu"))
                                         without_mtu.push_back(out.interfaces.size());
                                       out.interfaces.push_back(std::move(interface));
                                     });
  // As on Linux, a VLAN sub-interface begins with its parent's MTU.
  for (const std::size_t index : without_mtu) {
    Interface& sub = out.interfaces[index];
    const std::string_view name = sub.name;
    const auto parent = name.substr(0, name.find('.'));
    if (parent.size() == name.size()) continue;
    for (const Interface& other : out.interfaces)
      if (other.name == parent) sub.mtu = other.mtu;
  }
}

void read_switch_ports(Context& context, Yaml map, spec::Node& out) {
  for_each_named<InterfaceNameValue>(context, map, "a port",
                                     [&](std::string name, Place place, Yaml value) {
                                       PortDraft draft;
                                       draft.port.name = std::move(name);
                                       draft.port.place = place;
                                       read_object(context, value, port_rows(), draft);
                                       finish_port(context, draft);
                                       out.ports.push_back(std::move(draft.port));
                                     });
}

void read_routes(Context& context, Yaml list, spec::Node& out) {
  for_each_item(context, list, [&](Yaml item) {
    Route route;
    route.place = item.place();
    if (!read_object(context, item, route_rows(), route)) return;
    finish_route(context, item, route);
    out.routes.push_back(std::move(route));
  });
}

void read_neighbors(Context& context, Yaml list, spec::Node& out) {
  for_each_item(context, list, [&](Yaml item) {
    Neighbor neighbor;
    neighbor.place = item.place();
    if (read_object(context, item, neighbor_rows(), neighbor))
      out.neighbors.push_back(std::move(neighbor));
  });
}

}  // namespace natsim::topology
