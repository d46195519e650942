// The network as a graph (Boost.Graph): what is cabled to what, and who hears whose broadcasts.
//
//   laptop ─── home ─── router ─── internet ─── web      vertices: nodes (hosts, routers, switches)
//   (host)    (LAN)    (router)     (LAN)      (host)    and LANs; edges: cables
//
// A cable is a link of the topology, or the drop cable from an interface to its network. On top of
// it lie the segments: the broadcast domains, VLAN by VLAN (topology_segments.h).
//
// What names something that does not exist is left out, so that a half-finished topology can be
// looked at too; nothing here judges (checks.h does).
#pragma once

#include <absl/container/flat_hash_map.h>

#include <boost/graph/adjacency_list.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/network/spec.h"

namespace natsim {

enum class VertexKind : std::uint8_t { host, router, switch_, network };

struct TopologyVertex {
  VertexKind kind = VertexKind::host;
  std::uint32_t index = 0;  ///< into Topology::networks for a network, else Topology::nodes
};

struct TopologyEdge {
  std::uint32_t cable = 0;  ///< into TopologyGraph::cables()
  /// The smaller delay of the two directions: how far ahead of each other the two ends may be
  /// simulated. A network's delay lies half on each drop cable.
  Duration delay_min;
};

/// An interface of a host or router, VLAN sub-interfaces included.
struct InterfaceRef {
  std::uint32_t node = 0;       ///< into Topology::nodes
  std::uint32_t interface = 0;  ///< into its Node::interfaces
  auto operator<=>(const InterfaceRef&) const = default;
};

/// Where a cable is plugged in.
struct CableEnd {
  static constexpr std::uint32_t kUnlisted = 0xffff'ffff;

  std::uint32_t vertex = 0;
  /// Into Node::ports of a switch, or Node::interfaces of a host or router (the carrier, see
  /// TopologyGraph::carrier()); kUnlisted for a network, and for a port that only the link names.
  std::uint32_t port = kUnlisted;
  std::string_view port_name;  ///< empty for a network
};

struct TopologyCable {
  static constexpr std::uint32_t kNoLink = 0xffff'ffff;

  Place place;
  std::uint32_t link = kNoLink;  ///< into Topology::links; kNoLink: an interface's drop cable
  CableEnd a, b;                 ///< as the link has them; a drop cable's b is the network
  Duration delay_min;
  std::uint32_t mtu = 0;  ///< the smaller of the two directions, bytes
  bool is_drop() const { return link == kNoLink; }
};

class TopologyGraph {
 public:
  using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS, TopologyVertex,
                                      TopologyEdge>;

  /// Does not own `topology`, which must outlive this and stay as it is. Linear in its size.
  explicit TopologyGraph(const spec::Topology& topology);
  explicit TopologyGraph(spec::Topology&&) = delete;

  const spec::Topology& topology() const { return topology_; }

  /// Vertices are numbered nodes first, then networks, each as in the topology; edges come in the
  /// order of cables(). Two vertices may have several cables between them, and a vertex one to
  /// itself.
  const Graph& graph() const { return graph_; }
  std::uint32_t vertex_of_node(std::size_t node) const { return std::uint32_t(node); }
  std::uint32_t vertex_of_network(std::size_t network) const {
    return std::uint32_t(topology_.nodes.size() + network);
  }
  bool is_network(std::uint32_t vertex) const { return vertex >= topology_.nodes.size(); }
  bool is_switch(std::uint32_t vertex) const {
    return !is_network(vertex) && topology_.nodes[vertex].kind == spec::NodeKind::switch_;
  }

  /// Drop cables in the order of their interfaces, then the links.
  const std::vector<TopologyCable>& cables() const { return cables_; }

  /// The part of the graph that each vertex lies in, numbered by first vertex. A topology without
  /// vertices has no parts.
  std::vector<std::uint32_t> components() const;

  /// The switch port that a cable is plugged into; one that is not listed is an access port of
  /// VLAN 1. REQUIRES: is_switch(end.vertex).
  const spec::SwitchPort& switch_port(const CableEnd& end) const;

  const spec::Interface& interface(InterfaceRef at) const {
    return topology_.nodes[at.node].interfaces[at.interface];
  }
  /// The interface that carries a VLAN sub-interface; an interface itself if it is none; the first
  /// sub-interface of the name where the base interface is not listed.
  InterfaceRef carrier(InterfaceRef at) const;
  /// Whether a cable is plugged into the interface, or into its carrier.
  bool is_plugged(InterfaceRef at) const;

  /// Interfaces are also numbered through: 0 … interface_count()-1, in the order of the topology.
  std::uint32_t interface_count() const { return std::uint32_t(refs_.size()); }
  std::uint32_t number_of(InterfaceRef at) const {
    return first_interface_[at.node] + at.interface;
  }
  InterfaceRef interface_at(std::uint32_t number) const { return refs_[number]; }
  /// All interfaces that use the cable plugged in at `end`: the base interface and its
  /// sub-interfaces, by number. Empty at a switch or network.
  std::span<const std::uint32_t> interfaces_at(const CableEnd& end) const;

  /// "laptop", "home".
  const std::string& name(std::uint32_t vertex) const;
  /// "sw1:p1", or the network's name.
  std::string name(const CableEnd& end) const;
  /// "laptop:eth0".
  std::string name(InterfaceRef at) const;

  static constexpr std::uint32_t kNone = 0xffff'ffff;
  std::uint32_t find_node(std::string_view name) const;     ///< kNone if there is none
  std::uint32_t find_network(std::string_view name) const;  ///< kNone if there is none
  /// An interface of a host or router, or a port of a switch, within its node; or kNone. A base
  /// interface that is not listed is its first sub-interface.
  std::uint32_t find_port(std::uint32_t node, std::string_view name) const;

 private:
  static constexpr std::size_t kScannedMax = 8;  // Ports of a node that are searched, not hashed.

  void number_nodes();
  void index_ports(std::uint32_t node);
  void add_drop_cables();
  void add_links();
  void find_carriers();
  void plug_in();
  CableEnd end_of(std::uint32_t node, std::string_view port) const;
  void add_cable(TopologyCable cable);

  const spec::Topology& topology_;
  Graph graph_;
  std::vector<TopologyCable> cables_;
  std::vector<std::uint32_t> first_interface_;   ///< by node: the number of its first interface
  std::vector<InterfaceRef> refs_;               ///< by number
  std::vector<std::uint32_t> carriers_;          ///< by number: number of the carrier
  std::vector<bool> plugged_;                    ///< by number of the carrier
  std::vector<std::uint32_t> by_carrier_;        ///< numbers, sorted by carrier
  std::vector<std::uint32_t> by_carrier_first_;  ///< by number: where its part begins
  // Looked up only, never iterated.
  absl::flat_hash_map<std::string_view, std::uint32_t> nodes_, networks_;
  absl::flat_hash_map<std::pair<std::uint32_t, std::string_view>, std::uint32_t> ports_;
};

}  // namespace natsim
