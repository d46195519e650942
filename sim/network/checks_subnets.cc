// Subnets against each other: two of one node that overlap, and one on a segment that stands alone.
#include <absl/container/flat_hash_map.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "sim/network/checks_survey.h"

namespace natsim::checks {
namespace {

bool is_single_address(const Prefix& prefix) { return prefix.length == prefix.address.bits(); }

struct Owned {
  Prefix subnet;
  std::uint32_t interface;
  Place place;
};

/// Sorted by first address, the wider one first, an overlap shows in the widest so far that is not
/// over yet: prefixes lie within each other or apart.
void check_overlaps(const Survey& survey, std::uint32_t node, Report& report) {
  const TopologyGraph& graph = survey.graph;
  std::vector<Owned> owned;
  for (std::uint32_t i = 0; i < survey.topology.nodes[node].interfaces.size(); ++i) {
    const spec::Interface& interface = graph.interface({node, i});
    for (const spec::At<Prefix>& address : interface.addresses)
      if (!is_single_address(address.value))
        owned.push_back({address.value.network(), i, place_of(address.place, interface.place)});
  }
  if (owned.size() < 2) return;
  std::stable_sort(owned.begin(), owned.end(), [](const Owned& a, const Owned& b) {
    return std::tie(a.subnet.address, a.subnet.length) <
           std::tie(b.subnet.address, b.subnet.length);
  });
  const Owned* outer = &owned[0];
  for (std::size_t i = 1; i < owned.size(); ++i) {
    if (!outer->subnet.contains(owned[i].subnet.address)) {
      outer = &owned[i];
      continue;
    }
    if (outer->interface == owned[i].interface) continue;
    const bool in_file_order = outer->place < owned[i].place;
    const Owned& first = in_file_order ? *outer : owned[i];
    const Owned& second = in_file_order ? owned[i] : *outer;
    report.warning(second.place,
                   fmt::format("{} and {} are in overlapping subnets, {} and {}",
                               graph.name(InterfaceRef{node, first.interface}),
                               graph.name(InterfaceRef{node, second.interface}),
                               first.subnet.to_string(), second.subnet.to_string()),
                   fmt::format("{} cannot tell which of the two an address lies behind; give each "
                               "interface a subnet of its own",
                               survey.topology.nodes[node].name));
  }
}

/// Finds the interfaces of one segment that share a subnet with nobody else there.
class Neighborhood {
 public:
  Neighborhood(const Survey& survey, std::uint32_t segment) : survey_(survey), segment_(segment) {
    for (const InterfaceRef& at : survey.segments()[segment].members) add(at);
    for (const auto& [address, at] : addresses_) visit(address, at);
  }

  bool has_company(InterfaceRef at) const {
    for (const spec::At<Prefix>& address : survey_.graph.interface(at).addresses) {
      const Subnets::const_iterator found = subnets_.find(key(address.value.network()));
      if (found != subnets_.end() && found->second.shared) return true;
    }
    return guests_.contains(at) || serves_clients(at) || has_link_route(at);
  }
  /// The subnets that others share, for the message.
  std::vector<std::string> inhabited() const {
    std::vector<std::string> names;
    for (const Prefix& subnet : order_)
      if (subnets_.find(key(subnet))->second.shared) names.push_back(subnet.to_string());
    return names;
  }

 private:
  struct Inhabitants {
    InterfaceRef first;
    bool shared = false;
  };
  using Key = std::tuple<std::uint64_t, std::uint64_t, std::uint8_t>;
  using Subnets = absl::flat_hash_map<Key, Inhabitants>;

  static Key key(const Prefix& network) {
    return {network.address.high(), network.address.low(), network.length};
  }

  void add(InterfaceRef at) {
    const spec::Interface& interface = survey_.graph.interface(at);
    has_clients_ = has_clients_ || interface.dhcp4;
    for (const spec::At<Prefix>& address : interface.addresses) {
      const Prefix network = address.value.network();
      addresses_.emplace_back(address.value.address, at);
      (network.address.is_v4() ? lengths_v4_ : lengths_v6_).insert(network.length);
      const auto [found, is_new] = subnets_.try_emplace(key(network), Inhabitants{at});
      if (is_new) order_.push_back(network);
      if (found->second.first != at) found->second.shared = true;
    }
  }

  /// An address within another's wider or narrower subnet is company too, for both.
  void visit(IpAddress address, InterfaceRef at) {
    for (const std::uint8_t length : address.is_v4() ? lengths_v4_ : lengths_v6_) {
      const Subnets::iterator found = subnets_.find(key(Prefix{address, length}.network()));
      if (found == subnets_.end() || found->second.first == at) continue;
      found->second.shared = true;
      guests_.insert(at);
    }
  }

  bool serves_clients(InterfaceRef at) const {
    const auto services = survey_.dhcp_services_on(segment_);
    return has_clients_ && std::any_of(services.begin(), services.end(),
                                       [&](const DhcpService& s) { return s.at == at; });
  }

  bool has_link_route(InterfaceRef at) const {
    const std::vector<spec::Route>& routes = survey_.topology.nodes[at.node].routes;
    return std::any_of(routes.begin(), routes.end(), [&](const spec::Route& route) {
      return !route.via && route.interface.value == survey_.graph.interface(at).name;
    });
  }

  const Survey& survey_;
  std::uint32_t segment_;
  bool has_clients_ = false;
  Subnets subnets_;  // looked up only
  std::vector<Prefix> order_;
  std::vector<std::pair<IpAddress, InterfaceRef>> addresses_;
  std::set<std::uint8_t> lengths_v4_, lengths_v6_;
  std::set<InterfaceRef> guests_;
};

/// Whether the addresses of the segment lie in more than one subnet: the rare case.
bool is_mixed(const Survey& survey, std::uint32_t segment) {
  std::optional<Prefix> common;
  for (const InterfaceRef& at : survey.segments()[segment].members) {
    for (const spec::At<Prefix>& address : survey.graph.interface(at).addresses) {
      const Prefix network = address.value.network();
      if (common && *common != network) return true;
      common = network;
    }
  }
  return false;
}

void check_company(const Survey& survey, std::uint32_t segment, Report& report) {
  if (survey.segments()[segment].members.size() < 2 || !is_mixed(survey, segment)) return;
  const TopologyGraph& graph = survey.graph;
  const Neighborhood neighborhood(survey, segment);
  const std::vector<std::string> inhabited = neighborhood.inhabited();
  for (const InterfaceRef& at : survey.segments()[segment].members) {
    const spec::Interface& interface = graph.interface(at);
    if (interface.addresses.empty() || interface.dhcp4 || neighborhood.has_company(at)) continue;
    if (std::all_of(interface.addresses.begin(), interface.addresses.end(),
                    [](const auto& address) { return is_single_address(address.value); }))
      continue;
    const spec::At<Prefix>& address = interface.addresses[0];
    report.warning(place_of(address.place, interface.place),
                   fmt::format("{} is alone in {} on {}", graph.name(at),
                               address.value.network().to_string(), survey.describe(segment)),
                   inhabited.empty() ? "no two interfaces there are in one subnet"
                                     : fmt::format("the others are in {}", list_of(inhabited)));
  }
}

}  // namespace

void check_subnets(const Survey& survey, Report& report) {
  for (std::uint32_t n = 0; n < survey.topology.nodes.size(); ++n)
    check_overlaps(survey, n, report);
  for (std::uint32_t s = 0; s < survey.segments().size(); ++s) check_company(survey, s, report);
}

}  // namespace natsim::checks
