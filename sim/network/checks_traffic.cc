// Senders of traffic and probes: do they know a way to where they send, and does the answer back?
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "sim/filter/ruleset.h"
#include "sim/network/checks_survey.h"
#include "sim/network/traffic_kinds.h"

namespace natsim::checks {
namespace {

/// What one node can send to.
struct Reach {
  AddressRanges known;
  std::optional<IpAddress> source;  ///< what it would be seen as; of several, unknown
  bool is_unknown = false;          ///< a lease from nowhere in the file decides
  bool has_address = false;
};

/// Who is to send to where.
struct Errand {
  Place place;
  std::string_view from;
  const spec::Target* to;
  std::string_view url;  ///< instead of `to`
  bool wants_answer;
};

/// "http://HOST[:PORT]/…" -> HOST.
std::string_view host_of(std::string_view url) {
  if (const auto scheme = url.find("://"); scheme != std::string_view::npos)
    url.remove_prefix(scheme + 3);
  if (url.starts_with('[')) return url.substr(1, url.find(']') - 1);
  return url.substr(0, url.find_first_of(":/?#"));
}

std::optional<Errand> errand_of(const spec::Traffic& item) {
  Errand errand{item.place, item.from.node, target_of(item), {}, true};
  errand.wants_answer = !std::holds_alternative<spec::UdpSend>(item.what) &&
                        !std::holds_alternative<spec::SyslogLine>(item.what);
  if (const auto* http = std::get_if<spec::HttpRequest>(&item.what)) errand.url = http->url;
  if (errand.to == nullptr && errand.url.empty())
    return std::nullopt;  // Raw frames ask no routing table.
  return errand;
}

/// A domain name that somebody is to look up.
struct Lookup {
  Place place;
  std::string_view from;
  std::string name;
};

bool is_domain(std::string_view host) {
  return host.find('.') != std::string_view::npos && !IpAddress::parse(host);
}

/// `whole` is the item's place, for what has none of its own.
template <class Variant>
std::optional<Lookup> lookup_of(const Variant& what, std::string_view from, Place whole) {
  return std::visit(
      [&](const auto& kind) -> std::optional<Lookup> {
        if constexpr (requires { kind.to; }) {
          if (kind.to.domain.empty()) return std::nullopt;
          return Lookup{place_of(kind.to.place, whole), from, kind.to.domain};
        } else if constexpr (requires { kind.url; }) {
          const std::string_view host = host_of(kind.url);
          if (!is_domain(host)) return std::nullopt;
          return Lookup{whole, from, std::string(host)};
        } else if constexpr (requires { kind.type; }) {
          return Lookup{whole, from, kind.name};
        } else {
          return std::nullopt;
        }
      },
      what);
}

/// Nobody who expects a failure of routing needs to hear of it.
std::optional<Errand> errand_of(const spec::Expectation& item) {
  using Result = spec::ExpectedResult;
  const Result result = item.result.value;
  if (result == Result::no_route || result == Result::unreachable || result == Result::lost)
    return std::nullopt;
  const bool wants_answer = result == Result::delivered && item.protocol != Protocol::udp;
  return Errand{item.place, item.from, &item.to, {}, wants_answer};
}

bool has_nat(const spec::Node& node) {
  if (node.rules == nullptr) return !node.nat.empty();
  const TableRules* nat = node.rules->find(Table::nat);
  return nat != nullptr && std::any_of(nat->chains.begin(), nat->chains.end(),
                                       [](const Chain& chain) { return !chain.rules.empty(); });
}

class TrafficCheck {
 public:
  TrafficCheck(const Survey& survey, Report& report)
      : survey_(survey),
        graph_(survey.graph),
        report_(report),
        reaches_(survey.topology.nodes.size()),
        told_(survey.topology.nodes.size(), false),
        told_of_names_(survey.topology.nodes.size(), false),
        has_nat_(std::any_of(survey.topology.nodes.begin(), survey.topology.nodes.end(), has_nat)) {
  }

  void check(const Errand& errand) {
    const std::uint32_t from = graph_.find_node(errand.from);
    if (from == TopologyGraph::kNone || graph_.is_switch(from) || told_[from]) return;
    const std::optional<IpAddress> to = target_of(errand);
    if (!to || !is_routed(*to)) return;
    const Reach& reach = reach_of(from);
    if (reach.is_unknown || has_address(survey_.topology.nodes[from], *to)) return;
    if (!reach.has_address)
      return tell(from,
                  fmt::format("{} is to send to {}, but has no address",
                              survey_.topology.nodes[from].name, to->to_string()),
                  "give an interface `addresses`, or `dhcp4: true` where a server is");
    if (!reach.known.contains(*to)) return tell_no_route(from, *to);
    if (errand.wants_answer) check_way_back(from, *to, reach);
  }

  /// Nobody can look a name up who knows nobody to ask.
  void check(const Lookup& lookup) {
    const std::uint32_t from = graph_.find_node(lookup.from);
    if (from == TopologyGraph::kNone || graph_.is_switch(from) || told_of_names_[from]) return;
    const spec::Node& node = survey_.topology.nodes[from];
    if (!node.nameservers.empty() || survey_.has_unknown_lease(from)) return;
    for (std::uint32_t i = 0; i < node.interfaces.size(); ++i) {
      if (!node.interfaces[i].dhcp4) continue;
      for (const DhcpService& service : survey_.dhcp_services_on(survey_.segment_of({from, i})))
        if (!service.server->dns.empty()) return;
    }
    told_of_names_[from] = true;
    report_.warning(
        lookup.place,
        fmt::format("{} is to look up {}, but has no nameserver", node.name, lookup.name),
        fmt::format("give {} `nameservers: [ADDRESS]`, or let its DHCP server name one "
                    "with `dns`",
                    node.name));
  }

 private:
  static bool is_routed(IpAddress address) {
    if (!address.is_v4()) return address.high() >> 56 != 0xff && address.high() >> 54 != 0x3fa;
    const Ipv4Address v4 = address.v4();
    return !v4.is_multicast() && !v4.is_broadcast() && !v4.is_loopback() && !v4.is_unspecified();
  }

  std::optional<IpAddress> target_of(const Errand& errand) const {
    std::string_view name =
        errand.to != nullptr ? std::string_view(errand.to->node) : host_of(errand.url);
    if (errand.to != nullptr && name.empty()) return errand.to->address;
    const std::uint32_t node = graph_.find_node(name);
    return node != TopologyGraph::kNone ? first_address(node) : IpAddress::parse(name);
  }

  /// Of a node that asks by DHCP, the first address that it may be given stands for its own.
  std::optional<IpAddress> first_address(std::uint32_t node) const {
    const spec::Node& wanted = survey_.topology.nodes[node];
    for (std::uint32_t i = 0; i < wanted.interfaces.size(); ++i) {
      if (!wanted.interfaces[i].addresses.empty())
        return wanted.interfaces[i].addresses[0].value.address;
      if (!wanted.interfaces[i].dhcp4) continue;
      const auto services = survey_.dhcp_services_on(survey_.segment_of({node, i}));
      if (!services.empty()) return services[0].server->first.value;
    }
    return std::nullopt;
  }

  const Reach& reach_of(std::uint32_t node) {
    std::unique_ptr<Reach>& reach = reaches_[node];
    if (reach != nullptr) return *reach;
    reach = std::make_unique<Reach>();
    std::vector<AddressRange> ranges;
    const std::vector<Subnet> subnets = survey_.subnets_of(node);
    for (const Subnet& subnet : subnets) {
      ranges.push_back(AddressRange::of(subnet.network));
      if (graph_.interface(graph_.interface_at(subnet.interface)).dhcp4)
        ranges.push_back({Ipv4Address{0}, Ipv4Address{0xffff'ffff}});  // Leases name a router.
    }
    for (const spec::Route& route : survey_.topology.nodes[node].routes)
      ranges.push_back(AddressRange::of(route.to));
    reach->known = AddressRanges(std::move(ranges));
    reach->is_unknown = survey_.has_unknown_lease(node);
    reach->has_address = !subnets.empty();
    if (subnets.size() == 1) reach->source = first_address(node);
    return *reach;
  }

  std::string subnets_text(std::uint32_t node) const {
    std::vector<std::string> names;
    for (const Subnet& subnet : survey_.subnets_of(node))
      names.push_back(subnet.network.to_string());
    return list_of(names);
  }

  void tell_no_route(std::uint32_t from, IpAddress to) {
    const std::string& name = survey_.topology.nodes[from].name;
    const std::optional<InterfaceRef> router = router_beside(from);
    if (!router)
      return tell(
          from, fmt::format("{} cannot reach any router: {}", name, segments_of(from)),
          fmt::format("it is to send to {}, outside of {}", to.to_string(), subnets_text(from)));
    std::string hint;
    if (const auto& addresses = graph_.interface(*router).addresses; !addresses.empty())
      hint = fmt::format("add `routes: [{{to: default, via: {}}}]` to lead it via {}",
                         addresses[0].value.address.to_string(), graph_.name(*router));
    tell(from,
         fmt::format("{} has no route to {}, to which it is to send: it only knows {}", name,
                     to.to_string(), subnets_text(from)),
         hint);
  }

  /// Without any NAT in the file, who is asked sees the asker's own address.
  void check_way_back(std::uint32_t from, IpAddress to, const Reach& reach) {
    if (has_nat_ || !reach.source) return;
    const auto holders = survey_.holders_of(to);
    if (holders.size() != 1) return;
    const std::uint32_t asked = graph_.interface_at(holders[0].interface).node;
    if (told_[asked]) return;
    const Reach& back = reach_of(asked);
    if (back.is_unknown || back.known.contains(*reach.source)) return;
    tell(asked,
         fmt::format("{} cannot answer {}: it has no route to {}",
                     survey_.topology.nodes[asked].name, survey_.topology.nodes[from].name,
                     reach.source->to_string()),
         is_local_use(*reach.source) && !is_local_use(to)
             ? "a private address means nothing out there: hide it behind a router's NAT"
             : "a way back is a route too: give it a default route");
  }

  std::optional<InterfaceRef> router_beside(std::uint32_t node) const {
    for (std::uint32_t i = 0; i < survey_.topology.nodes[node].interfaces.size(); ++i) {
      const auto routers = survey_.routers_beside(node, survey_.segment_of({node, i}));
      if (!routers.empty()) return routers[0];
    }
    return std::nullopt;
  }

  /// "its interface eth0 is on network 'home', where no router has an interface".
  std::string segments_of(std::uint32_t node) const {
    std::vector<std::string> places;
    for (std::uint32_t i = 0; i < survey_.topology.nodes[node].interfaces.size(); ++i) {
      const InterfaceRef at{node, i};
      if (graph_.is_plugged(at))
        places.push_back(fmt::format("its interface {} is on {}", graph_.interface(at).name,
                                     survey_.describe(survey_.segment_of(at))));
    }
    if (places.empty()) return "it is not plugged in";
    return list_of(places) + ", where no router has an interface";
  }

  void tell(std::uint32_t node, std::string message, std::string hint) {
    told_[node] = true;
    report_.warning(survey_.topology.nodes[node].place, std::move(message), std::move(hint));
  }

  const Survey& survey_;
  const TopologyGraph& graph_;
  Report& report_;
  std::vector<std::unique_ptr<Reach>> reaches_;  // by node; made when first asked for
  std::vector<bool> told_;                       // by node: one report is enough
  std::vector<bool> told_of_names_;              // the same
  bool has_nat_;
};

}  // namespace

void check_traffic(const Survey& survey, Report& report) {
  TrafficCheck check(survey, report);
  for (const spec::Traffic& item : survey.topology.traffic)
    if (const auto errand = errand_of(item)) check.check(*errand);
  for (const spec::Expectation& item : survey.topology.expect)
    if (const auto errand = errand_of(item)) check.check(*errand);
  for (const spec::Traffic& item : survey.topology.traffic)
    if (const auto lookup = lookup_of(item.what, item.from.node, item.place)) check.check(*lookup);
  for (const spec::Expectation& item : survey.topology.expect) {
    const auto lookup = item.errand ? lookup_of(item.errand->what, item.from, item.place)
                                    : lookup_of(std::variant<spec::Ping>(spec::Ping{item.to}),
                                                item.from, item.place);
    // Who expects that there is no answer may have meant just that.
    if (lookup && !(item.errand && !item.errand->error.empty())) check.check(*lookup);
  }
}

}  // namespace natsim::checks
