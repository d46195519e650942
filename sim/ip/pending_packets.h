// Packets that wait for their next hop's MAC address: one queue for each neighbour, in one store.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/base/ids.h"
#include "sim/wire/packet.h"

namespace natsim {

/// What Linux counts for a packet of `bytes` against the limits of its queues: the memory of its
/// buffer (skb->truesize), not its length. Reproduces the measured 256 small and 92 large packets
/// in a neighbour's 212,992 bytes (ARP-13).
std::uint32_t buffer_charge(std::size_t bytes);

class PendingPackets {
 public:
  struct Held {
    Packet packet;
    IfIndex arrived_by = kNoInterface;
  };
  /// A queue; its packets are in the store that it is used with.
  struct Queue {
    std::uint32_t first = kNone, last = kNone;
    std::uint32_t charge = 0;
    bool empty() const { return first == kNone; }
  };

  void push(Queue& queue, Held held);
  /// The oldest. REQUIRES: !queue.empty().
  Held pop(Queue& queue);
  std::size_t count(const Queue& queue) const;

 private:
  static constexpr std::uint32_t kNone = 0xffff'ffff;
  struct Node {
    Held held;
    std::uint32_t next = kNone;
  };
  std::vector<Node> nodes_;
  std::uint32_t free_ = kNone;
};

}  // namespace natsim
