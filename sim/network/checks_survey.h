// Internal to the checks: what all of them look up, gathered once, and where they report.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/base/place.h"
#include "sim/network/address_ranges.h"
#include "sim/network/spec.h"
#include "sim/network/topology_graph.h"
#include "sim/network/topology_segments.h"

namespace natsim::checks {

class Report {
 public:
  void error(Place place, std::string message, std::string hint = {}) {
    problems_.push_back({Severity::error, place, std::move(message), std::move(hint)});
  }
  void warning(Place place, std::string message, std::string hint = {}) {
    problems_.push_back({Severity::warning, place, std::move(message), std::move(hint)});
  }
  /// What was reported, in the order of the places.
  Problems take();

 private:
  Problems problems_;
};

/// An address that an interface is given in the file.
struct Holder {
  IpAddress address;
  std::uint32_t segment = 0;
  std::uint32_t interface = 0;  ///< TopologyGraph::number_of()
  std::uint32_t which = 0;      ///< into Interface::addresses
};

/// A DHCP server at its interface.
struct DhcpService {
  std::uint32_t segment = 0;
  InterfaceRef at;
  const spec::DhcpServer* server = nullptr;
  std::optional<Prefix> own;  ///< the interface's address whose subnet is served
  AddressRanges reserved;

  AddressRange range() const { return {server->first.value, server->last.value}; }
  bool may_lease(IpAddress address) const {
    return range().contains(address) || reserved.contains(address);
  }
};

/// A subnet that a node is connected to, by an address of the file's or of a DHCP server's.
struct Subnet {
  Prefix network;
  std::uint32_t interface = 0;  ///< number
};

class Survey {
 public:
  explicit Survey(const TopologyGraph& topology_graph);

  const TopologyGraph& graph;
  const spec::Topology& topology;
  const SegmentMap map;

  const std::vector<Segment>& segments() const { return map.segments(); }
  std::string describe(std::uint32_t segment) const {
    return natsim::describe(graph, map.segments()[segment]);
  }
  std::uint32_t segment_of(InterfaceRef at) const { return map.segment_of(graph.number_of(at)); }

  /// All addresses of the file, sorted by address, segment, interface.
  std::span<const Holder> holders() const { return holders_; }
  std::span<const Holder> holders_of(IpAddress address) const;
  std::span<const Holder> holders_of(IpAddress address, std::uint32_t segment) const;

  std::span<const DhcpService> dhcp_services() const { return services_; }  ///< by segment
  std::span<const DhcpService> dhcp_services_on(std::uint32_t segment) const;
  bool may_be_leased(IpAddress address, std::uint32_t segment) const;
  /// Whether the file has the address for somebody, somewhere.
  bool is_somebodys(IpAddress address) const {
    return !holders_of(address).empty() || leased_.contains(address);
  }

  bool has_router(std::uint32_t segment) const { return !traits_[segment].routers.empty(); }
  /// The first few interfaces of routers there other than `node`: enough to hint at.
  std::vector<InterfaceRef> routers_beside(std::uint32_t node, std::uint32_t segment) const;
  bool has_proxy_arp(std::uint32_t segment) const { return traits_[segment].proxy_arp; }

  std::vector<Subnet> subnets_of(std::uint32_t node) const;
  /// Whether an interface asks by DHCP and nobody in the file can answer: its subnet is unknown.
  bool has_unknown_lease(std::uint32_t node) const;

 private:
  struct Traits {
    std::vector<InterfaceRef> routers;  ///< the first kRoutersKept
    bool proxy_arp = false;
  };
  static constexpr std::size_t kRoutersKept = 4;
  void gather_interfaces();
  void gather_dhcp();

  std::vector<Traits> traits_;  ///< by segment
  std::vector<Holder> holders_;
  std::vector<DhcpService> services_;
  AddressRanges leased_;  ///< by any server
};

/// "a", "a and b", "a, b and c"; "a, b, c and 4 more" where there are more than `shown_max`.
std::string list_of(const std::vector<std::string>& names, std::size_t shown_max = 3);

/// The place of an item, or of what it is part of where a program gave it none.
inline Place place_of(Place place, Place whole) { return place.known() ? place : whole; }

/// Whether one of the node's interfaces is given the address in the file.
bool has_address(const spec::Node& node, IpAddress address);

/// An address that only means something on its own network: private, link-local, loopback, ….
bool is_local_use(IpAddress address);

// The checks, a file each.
void check_connectivity(const Survey& survey, Report& report);
void check_vlans(const Survey& survey, Report& report);
void check_mtus(const Survey& survey, Report& report);
void check_addressing(const Survey& survey, Report& report);
void check_subnets(const Survey& survey, Report& report);
void check_routes(const Survey& survey, Report& report);
void check_traffic(const Survey& survey, Report& report);
void check_dhcp(const Survey& survey, Report& report);
void check_nat(const Survey& survey, Report& report);

}  // namespace natsim::checks
