// A network that is ready to run: nodes, cables, and the parts that they run in.
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
#include "sim/network/division.h"
#include "sim/network/parts.h"
#include "sim/node/ip_node.h"

namespace natsim {

enum class NodeRole : std::uint8_t { host, router, switch_, lan };

class Network {
 public:
  /// One part, or as many as `division` says: cables between parts have delay, and none of their
  /// frames overtakes another. At most `threads` threads run the parts.
  explicit Network(std::uint64_t seed, Division division = {}, std::uint32_t threads = 1)
      : seed_(seed), division_(std::move(division)), parts_(division_.parts, threads) {}
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  std::uint64_t seed() const { return seed_; }
  /// What nodes that are not divided run on.
  Lane& lane() { return parts_.lane(0); }
  std::uint32_t part_count() const { return parts_.count(); }
  std::uint32_t thread_count() const { return parts_.thread_count(); }

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
  /// The physical interface or switch port of that name.
  std::optional<IfIndex> find_interface(NodeId node, std::string_view name) const;
  const std::vector<std::unique_ptr<Channel>>& channels() const { return channels_; }

  // --- running
  /// Told of everything from now on, by the thread that calls run_until(); nullptr: nobody is. Not
  /// owned.
  void observe(Observer* observer);
  bool observed() const { return parts_.observer() != nullptr; }
  /// Runs every event before `end`; all threads are at rest afterwards.
  std::uint64_t run_until(Instant end) { return parts_.run_until(end); }
  Instant now() const { return parts_.now(); }
  /// The next event's time, or never.
  Instant next_event() { return parts_.next_event(); }
  std::uint64_t events_run() const { return parts_.events_run(); }
  /// See Parts.
  void meet_at(Instant when) { parts_.meet_at(when); }
  void share_everything() { parts_.share_everything(); }

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
  Lane& lane_of(NodeId node) { return parts_.lane(division_.of(node)); }

  std::uint64_t seed_;
  Division division_;
  Parts parts_;  // outlive nodes and channels: their packets go back to the lanes' pools
  std::vector<Node> nodes_;
  absl::flat_hash_map<std::string, NodeId> by_name_;
  absl::flat_hash_map<std::uint64_t, int> macs_;
  std::vector<std::unique_ptr<Channel>> channels_;
};

}  // namespace natsim
