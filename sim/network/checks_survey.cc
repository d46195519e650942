#include "sim/network/checks_survey.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "sim/ip/address_classes.h"

namespace natsim::checks {
namespace {

struct BySegment {
  bool operator()(const DhcpService& s, std::uint32_t segment) const { return s.segment < segment; }
  bool operator()(std::uint32_t segment, const DhcpService& s) const { return segment < s.segment; }
};

/// Of the interface's addresses the one whose subnet holds the range, else its first IPv4 one.
std::optional<Prefix> served_address(const spec::Interface& interface,
                                     const spec::DhcpServer& server) {
  std::optional<Prefix> first;
  for (const spec::At<Prefix>& address : interface.addresses) {
    if (!address.value.address.is_v4()) continue;
    if (address.value.contains(server.first.value)) return address.value;
    if (!first) first = address.value;
  }
  return first;
}

}  // namespace

Problems Report::take() {
  std::stable_sort(problems_.begin(), problems_.end(),
                   [](const Problem& a, const Problem& b) { return a.place < b.place; });
  return std::move(problems_);
}

Survey::Survey(const TopologyGraph& topology_graph)
    : graph(topology_graph), topology(topology_graph.topology()), map(topology_graph) {
  gather_interfaces();
  gather_dhcp();
}

void Survey::gather_interfaces() {
  traits_.resize(segments().size());
  for (std::uint32_t number = 0; number < graph.interface_count(); ++number) {
    const InterfaceRef at = graph.interface_at(number);
    const spec::Interface& interface = graph.interface(at);
    const std::uint32_t segment = map.segment_of(number);
    Traits& traits = traits_[segment];
    if (topology.nodes[at.node].kind == spec::NodeKind::router &&
        traits.routers.size() < kRoutersKept)
      traits.routers.push_back(at);
    if (interface.proxy_arp) traits.proxy_arp = true;
    for (std::uint32_t which = 0; which < interface.addresses.size(); ++which)
      holders_.push_back({interface.addresses[which].value.address, segment, number, which});
  }
  std::sort(holders_.begin(), holders_.end(), [](const Holder& a, const Holder& b) {
    return std::tie(a.address, a.segment, a.interface, a.which) <
           std::tie(b.address, b.segment, b.interface, b.which);
  });
}

void Survey::gather_dhcp() {
  std::vector<AddressRange> leased;
  for (std::uint32_t n = 0; n < topology.nodes.size(); ++n) {
    for (const spec::DhcpServer& server : topology.nodes[n].dhcp) {
      const std::uint32_t found = graph.find_port(n, server.interface.value);
      if (found == TopologyGraph::kNone || graph.is_switch(n)) continue;
      std::vector<AddressRange> reserved;
      for (const spec::DhcpReservation& reservation : server.reservations)
        reserved.push_back({reservation.address, reservation.address});
      leased.insert(leased.end(), reserved.begin(), reserved.end());
      const InterfaceRef at{n, found};
      services_.push_back({segment_of(at), at, &server, served_address(graph.interface(at), server),
                           AddressRanges(std::move(reserved))});
      leased.push_back(services_.back().range());
    }
  }
  leased_ = AddressRanges(std::move(leased));
  std::stable_sort(
      services_.begin(), services_.end(),
      [](const DhcpService& a, const DhcpService& b) { return a.segment < b.segment; });
}

std::span<const Holder> Survey::holders_of(IpAddress address) const {
  const auto begin = std::partition_point(holders_.begin(), holders_.end(),
                                          [&](const Holder& h) { return h.address < address; });
  const auto end = std::partition_point(begin, holders_.end(),
                                        [&](const Holder& h) { return h.address == address; });
  return {begin, end};
}

std::span<const Holder> Survey::holders_of(IpAddress address, std::uint32_t segment) const {
  const auto key = std::tie(address, segment);
  const auto begin = std::partition_point(holders_.begin(), holders_.end(), [&](const Holder& h) {
    return std::tie(h.address, h.segment) < key;
  });
  const auto end = std::partition_point(begin, holders_.end(), [&](const Holder& h) {
    return std::tie(h.address, h.segment) == key;
  });
  return {begin, end};
}

std::span<const DhcpService> Survey::dhcp_services_on(std::uint32_t segment) const {
  const auto [begin, end] =
      std::equal_range(services_.begin(), services_.end(), segment, BySegment{});
  return {begin, end};
}

bool Survey::may_be_leased(IpAddress address, std::uint32_t segment) const {
  const auto services = dhcp_services_on(segment);
  return std::any_of(services.begin(), services.end(),
                     [&](const DhcpService& service) { return service.may_lease(address); });
}

std::vector<InterfaceRef> Survey::routers_beside(std::uint32_t node, std::uint32_t segment) const {
  std::vector<InterfaceRef> beside = traits_[segment].routers;
  std::erase_if(beside, [&](const InterfaceRef& at) { return at.node == node; });
  return beside;
}

std::vector<Subnet> Survey::subnets_of(std::uint32_t node) const {
  std::vector<Subnet> subnets;
  for (std::uint32_t i = 0; i < topology.nodes[node].interfaces.size(); ++i) {
    const InterfaceRef at{node, i};
    const std::uint32_t number = graph.number_of(at);
    for (const spec::At<Prefix>& address : graph.interface(at).addresses)
      subnets.push_back({address.value.network(), number});
    if (!graph.interface(at).dhcp4) continue;
    for (const DhcpService& service : dhcp_services_on(map.segment_of(number)))
      if (service.own) subnets.push_back({service.own->network(), number});
  }
  return subnets;
}

bool Survey::has_unknown_lease(std::uint32_t node) const {
  for (std::uint32_t i = 0; i < topology.nodes[node].interfaces.size(); ++i) {
    const InterfaceRef at{node, i};
    if (!graph.interface(at).dhcp4) continue;
    const auto services = dhcp_services_on(segment_of(at));
    if (std::none_of(services.begin(), services.end(),
                     [](const DhcpService& service) { return service.own.has_value(); }))
      return true;
  }
  return false;
}

std::string list_of(const std::vector<std::string>& names, std::size_t shown_max) {
  if (names.empty()) return "none";
  const std::size_t shown = std::min(names.size(), shown_max);
  std::string text = names[0];
  for (std::size_t i = 1; i < shown; ++i)
    text += (i + 1 == names.size() ? " and " : ", ") + names[i];
  if (names.size() > shown) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

bool has_address(const spec::Node& node, IpAddress address) {
  for (const spec::Interface& interface : node.interfaces)
    for (const spec::At<Prefix>& own : interface.addresses)
      if (own.value.address == address) return true;
  return false;
}

bool is_local_use(IpAddress address) {
  if (address.is_v4()) return bogon_source(address.v4(), {.documentation_is_public = true});
  return address.high() >> 61 != 1;  // RFC 4291 2.4: global unicast as assigned is 2000::/3.
}

}  // namespace natsim::checks
