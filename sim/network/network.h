// A network that is ready to run: nodes, cables, and the lane that they run on.
//
// Put together by build_network() from a description, or by hand:
//
//   Network network(42);
//   IpNode& a = network.add_node("a", IpNodeKind::host);
//   …
//   network.connect(a.port(eth0), b.port(eth0), options);
//   network.run_until(Instant::from_ns(1'000'000'000));
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/link/cable.h"
#include "sim/link/lane.h"
#include "sim/link/switch.h"
#include "sim/node/ip_node.h"

namespace natsim {

enum class NodeRole : std::uint8_t { host, router, switch_, lan };

class Network {
 public:
  explicit Network(std::uint64_t seed) : seed_(seed) {}
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  std::uint64_t seed() const { return seed_; }
  Lane& lane() { return lane_; }

  // --- building. Names are unique; nodes are numbered in the order in which they are added.
  IpNode& add_node(std::string name, IpNodeKind kind, StackOptions options = {});
  Switch& add_switch(std::string name, Duration ageing = Switch::kAgeingDefault);
  /// An unmanaged switch that stands for a LAN; plug() connects to it.
  Switch& add_lan(std::string name);
  /// A cable between two interfaces, named for its random streams.
  void connect(Interface& a, Interface& b, const ChannelOptions& a_to_b,
               const ChannelOptions& b_to_a, std::string_view name);
  /// A cable from an interface to a new port of a LAN. Half of the delay is on it; chances of loss
  /// and the like are on the way into the LAN, so that a frame meets them once.
  void plug(Interface& interface, Switch& lan, const ChannelOptions& options,
            std::string_view name);
  /// An address for the interface that depends on the two names only.
  MacAddress make_mac(std::string_view node, std::string_view interface);

  // --- looking
  std::size_t node_count() const { return nodes_.size(); }
  std::optional<NodeId> find(std::string_view name) const;
  const std::string& name(NodeId node) const { return nodes_.at(node.value).name; }
  NodeRole role(NodeId node) const { return nodes_.at(node.value).role; }
  /// nullptr if the node is a switch.
  IpNode* ip_node(NodeId node) const { return nodes_.at(node.value).ip.get(); }
  /// nullptr if it is not.
  Switch* switch_node(NodeId node) const { return nodes_.at(node.value).bridge.get(); }
  const std::string& interface_name(NodeId node, IfIndex interface) const;
  const std::vector<std::unique_ptr<Channel>>& channels() const { return channels_; }

  // --- running
  /// Told of everything from now on; nullptr: nobody is. Not owned.
  void observe(Observer* observer);
  std::uint64_t run_until(Instant end) { return lane_.simulator.run_until(end); }
  Instant now() const { return lane_.simulator.now(); }

 private:
  struct Node {
    std::string name;
    NodeRole role;
    OrderSource order;
    std::unique_ptr<IpNode> ip;
    std::unique_ptr<Switch> bridge;
  };
  NodeId next_id(const std::string& name);
  OrderSource& order_of(const Interface& interface);

  std::uint64_t seed_;
  Lane lane_;  // outlives nodes and channels: their packets go back to its pool
  std::vector<Node> nodes_;
  absl::flat_hash_map<std::string, NodeId> by_name_;
  absl::flat_hash_map<std::uint64_t, int> macs_;
  std::vector<std::unique_ptr<Channel>> channels_;
};

}  // namespace natsim
