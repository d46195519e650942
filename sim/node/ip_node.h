// A host or a router: interfaces below, one IPv4 stack in the middle, sockets and services above.
//
//   Interface ─▶ MAC filter, VLAN sub-interface ─▶ Stack ─▶ UDP, TCP and ICMP of this node
//             ◀─ VLAN tag ◀──────────────────────── Stack ◀─ services, probes, traffic sources
//
// It is the only place where the protocol cores meet the event queue: one timer for the stack, one
// for what is above it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/engine/timer.h"
#include "sim/ip/stack.h"
#include "sim/link/interface.h"
#include "sim/link/lane.h"
#include "sim/node/sockets.h"

namespace natsim {

enum class IpNodeKind : std::uint8_t { host, router };

class IpNode final : public FrameHandler, private StackPort, private EventHandler {
 public:
  /// `seed` is the simulation's; the node's own streams are named after it.
  IpNode(Lane& lane, NodeId id, std::string name, IpNodeKind kind, std::uint64_t seed,
         StackOptions options = {});
  ~IpNode();

  NodeId id() const { return id_; }
  const std::string& name() const { return name_; }
  IpNodeKind kind() const { return kind_; }
  OrderSource& order() { return order_; }
  Stack& stack() { return stack_; }
  const Stack& stack() const { return stack_; }
  Lane& lane() { return lane_; }

  // --- interfaces. Indexes count physical ones and VLAN sub-interfaces together.
  IfIndex add_interface(StackInterface interface);
  /// `vlan` 1 … 4094 on a physical interface of this node.
  IfIndex add_vlan(IfIndex parent, std::uint16_t vlan, StackInterface interface);
  /// The physical port of an interface (of a VLAN's parent).
  /// Not a VLAN on another interface.
  bool is_physical(IfIndex index) const { return ports_of_.at(index.value).vlan == 0; }
  Interface& port(IfIndex index) { return *ports_.at(ports_of_.at(index.value).port); }
  std::size_t port_count() const { return ports_.size(); }
  Interface& port_at(std::size_t number) { return *ports_.at(number); }
  std::optional<IfIndex> find_interface(std::string_view name) const;

  /// What is above IP; made on first use, so that idle hosts stay small.
  Sockets& sockets();
  const Sockets* sockets_if_any() const { return sockets_.get(); }
  /// Starts a DHCP client on the interface, at once.
  void start_dhcp_client(IfIndex interface);

  /// Turns watching on or off, for the lane's observer.
  void watch(bool watched) { stack_.set_watched(watched); }

  void on_frame(Interface& from, Packet&& frame) override;

 private:
  friend class Sockets;
  /// Where frames of an interface go: a port, and a tag there (0: none).
  struct PortOf {
    std::uint32_t port;
    std::uint16_t vlan;
  };
  enum Timers : std::uint64_t { kStackTimer };

  // StackPort
  void transmit(IfIndex out, Packet&& frame) override;
  bool deliver_udp(const LocalDelivery& delivery) override;
  bool deliver_tcp(const LocalDelivery& delivery) override;
  bool deliver_icmp(const LocalDelivery& delivery) override;
  bool deliver_raw(const LocalDelivery& delivery) override;
  void send_failed(const Ipv4View& ip, Cause cause) override;
  void deadline_changed() override { stack_timer_.arm(stack_.next_deadline()); }
  void visited(const Visit& visit) override;
  void noted(const std::string& text) override;
  void on_event(std::uint64_t timer) override;

  void receive_tagged(IfIndex parent, Packet&& frame);

  Lane& lane_;
  NodeId id_;
  IpNodeKind kind_;
  bool has_vlans_ = false;
  OrderSource order_;
  std::string name_;
  std::uint64_t seed_;
  std::vector<std::unique_ptr<Interface>> ports_;
  std::vector<PortOf> ports_of_;  // by IfIndex
  Stack stack_;
  Timer stack_timer_;
  std::unique_ptr<Sockets> sockets_;
};

}  // namespace natsim
