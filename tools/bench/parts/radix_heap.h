// A plain radix heap (Ahuja, Mehlhorn, Orlin, Tarjan 1990), the yardstick for the event queue: no
// handler is called, no order among equals is kept but that of pushing.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace natsim::bench {

/// As large as the simulator's event.
struct PlainEvent {
  std::uint64_t when, sequence, target, argument;
};
static_assert(sizeof(PlainEvent) == 32);

class RadixHeap {
 public:
  /// REQUIRES: event.when is not before the last popped one's.
  void push(const PlainEvent& event) {
    const auto bucket = std::size_t(std::bit_width(event.when ^ base_));
    buckets_[bucket].push_back(event);
    if (bucket > 0) used_ |= std::uint64_t{1} << (bucket - 1);
  }
  /// REQUIRES: not empty.
  PlainEvent pop() {
    if (head_ == buckets_[0].size()) refill();
    return buckets_[0][head_++];
  }

 private:
  void refill() {
    buckets_[0].clear();
    head_ = 0;
    std::vector<PlainEvent>& from = buckets_[std::size_t(std::countr_zero(used_)) + 1];
    used_ &= used_ - 1;
    base_ = from.front().when;
    for (const PlainEvent& event : from) base_ = std::min(base_, event.when);
    for (const PlainEvent& event : from) push(event);  // into lower buckets, all of them
    from.clear();
  }

  std::array<std::vector<PlainEvent>, 65> buckets_;
  std::size_t head_ = 0;    // of what is left of bucket 0
  std::uint64_t base_ = 0;  // bucket b: times that first differ from it in bit b - 1
  std::uint64_t used_ = 0;  // bit b - 1: bucket b is not empty
};

}  // namespace natsim::bench
