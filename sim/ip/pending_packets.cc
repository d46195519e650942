#include "sim/ip/pending_packets.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "sim/base/check.h"

namespace natsim {

std::uint32_t buffer_charge(std::size_t bytes) {
  // 64-bit Linux: struct sk_buff takes 256; the data come with room for a link header and struct
  // skb_shared_info, in a small head of 576 or else in a power of two.
  constexpr std::size_t kSkBuff = 256, kLinkHeader = 16, kSharedInfo = 320, kSmallHead = 576;
  const std::size_t head = bytes + kLinkHeader + kSharedInfo;
  return std::uint32_t(kSkBuff + (head <= kSmallHead ? kSmallHead : std::bit_ceil(head)));
}

void PendingPackets::push(Queue& queue, Held held) {
  queue.charge += buffer_charge(held.packet.size());
  std::uint32_t number = free_;
  if (number == kNone) {
    number = std::uint32_t(nodes_.size());
    nodes_.emplace_back();
  } else {
    free_ = nodes_[number].next;
  }
  nodes_[number].held = std::move(held);
  nodes_[number].next = kNone;
  (queue.empty() ? queue.first : nodes_[queue.last].next) = number;
  queue.last = number;
}

PendingPackets::Held PendingPackets::pop(Queue& queue) {
  SIM_CHECK(!queue.empty());
  const std::uint32_t number = queue.first;
  Node& node = nodes_[number];
  queue.first = node.next;
  node.next = std::exchange(free_, number);
  queue.charge -= buffer_charge(node.held.packet.size());
  return std::move(node.held);
}

std::size_t PendingPackets::count(const Queue& queue) const {
  std::size_t count = 0;
  for (std::uint32_t at = queue.first; at != kNone; at = nodes_[at].next) ++count;
  return count;
}

}  // namespace natsim
