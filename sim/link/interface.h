// A network interface: where a node meets a cable.
#pragma once

#include <cstdint>
#include <string>

#include "sim/base/ids.h"
#include "sim/link/lane.h"
#include "sim/wire/mac.h"
#include "sim/wire/packet.h"

namespace natsim {

class Channel;
class Interface;

/// Whose interface it is: gets every frame that arrives.
class FrameHandler {
 public:
  virtual void on_frame(Interface& from, Packet&& frame) = 0;

 protected:
  ~FrameHandler() = default;
};

/// Frames and bytes, without FCS, in one direction.
struct InterfaceCounters {
  std::uint64_t frames = 0;
  std::uint64_t bytes = 0;
};

/// A physical port. VLAN sub-interfaces are not one: they are a matter of the node above. Belongs
/// to its node, and lives as long as the network.
class Interface {
 public:
  Interface(Lane& lane, FrameHandler& owner, NodeId node, IfIndex index, std::string name,
            MacAddress mac, std::uint32_t mtu)
      : lane_(&lane),
        owner_(&owner),
        node_(node),
        index_(index),
        name_(std::move(name)),
        mac_(mac),
        mtu_(mtu) {}

  NodeId node() const { return node_; }
  IfIndex index() const { return index_; }
  const std::string& name() const { return name_; }
  MacAddress mac() const { return mac_; }
  /// Longest payload of an untagged frame, in bytes.
  std::uint32_t mtu() const { return mtu_; }
  const InterfaceCounters& received() const { return received_; }
  const InterfaceCounters& sent() const { return sent_; }
  bool plugged() const { return channel_ != nullptr; }

  /// Plugs the sending direction of a cable in. Not owned.
  void plug(Channel& channel) { channel_ = &channel; }

  /// Puts a frame on the cable, padded to the shortest legal one (IEEE 802.3 4.2.8). A frame sent
  /// by an interface without a cable is gone.
  void send(Packet&& frame);
  /// A frame comes from the cable.
  void receive(Packet&& frame);

 private:
  void tell(Direction direction, const Packet& frame);
  void drop(Packet&& frame, Cause cause);

  Lane* lane_;
  FrameHandler* owner_;
  Channel* channel_ = nullptr;
  NodeId node_;
  IfIndex index_;
  std::string name_;
  MacAddress mac_;
  std::uint32_t mtu_;
  InterfaceCounters received_, sent_;
};

}  // namespace natsim
