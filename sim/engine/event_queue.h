// The pending events, earliest first, in their total order (time, then order).
//
// Two structures behind one face:
// - near: a sorted ring of the earliest few. Most pushes belong at or close to its late end, and
//   most simulations of a few nodes never leave it: a push is a compare or two, a pop is one load.
// - far: a radix heap (Ahuja, Mehlhorn, Orlin, Tarjan 1990). Bucket b holds the events whose time
//   first differs from `base_` in bit b-1, so a push is one append, and an event moves only when
//   the bucket it is in becomes the earliest. Its cost stays flat from a thousand to ten million
//   pending events, where a heap grows with the logarithm and with cache misses.
// Everything in near is before `limit_`, everything in far is not. A crowd at one instant (ten
// thousand hosts that start together) waits in a heap by order, `instant_`, which hands events to
// near one by one.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "sim/engine/event.h"

namespace natsim {

class EventQueue {
 public:
  EventQueue();

  bool empty() const { return near_count_ == 0 && far_count_ == 0; }
  std::size_t size() const { return near_count_ + far_count_; }

  /// REQUIRES: event.when is not before the last popped event's.
  void push(const Event& event) {
    if (event.when >= limit_) return push_beyond(event);
    if (near_count_ == kNearMax) [[unlikely]] {
      spill();
      if (event.when >= limit_) return push_beyond(event);
    }
    insert_near(event);
  }

  /// The earliest event. REQUIRES: !empty().
  const Event& top() {
    if (near_count_ == 0) [[unlikely]]
      refill();
    return near_[near_first_];
  }
  /// Removes what top() has just returned.
  void drop_top() {
    near_first_ = (near_first_ + 1) & kNearMask;
    --near_count_;
  }
  /// Removes the earliest event. REQUIRES: !empty().
  Event pop() {
    const Event event = top();
    drop_top();
    return event;
  }

 private:
  static constexpr std::uint32_t kNearMax = 64;
  static constexpr std::uint32_t kNearMask = kNearMax - 1;
  // Timers that are far off must not be moved aside for every frame: they go to far.
  static constexpr std::uint32_t kShiftMax = 8;
  // A far bucket of at most this many moves to near whole.
  static constexpr std::size_t kTakeMax = 32;
  // Which buckets are used changes as time goes by: each has room from the start, or a network that
  // has long been warm would allocate when the clock passes a power of two.
  static constexpr std::size_t kBucketRoom = 16;

  void insert_near(const Event& event) {
    const std::uint32_t last = near_first_ + near_count_++;
    std::uint32_t i = last;
    while (i != near_first_ && event.before(near_[(i - 1) & kNearMask])) {
      near_[i & kNearMask] = near_[(i - 1) & kNearMask];
      --i;
    }
    near_[i & kNearMask] = event;
    if (last - i > kShiftMax) [[unlikely]]
      shed(i + 1 - near_first_);
  }
  void push_far(const Event& event) {
    ++far_count_;
    if (!instant_.empty() && event.when == limit_) [[unlikely]] {
      push_instant(event);
      return;
    }
    const std::uint64_t difference = std::uint64_t(event.when.ns()) ^ base_;
    const auto bucket = std::size_t(64 - std::countl_zero(difference));
    buckets_[bucket].push_back(event);
    used_ |= std::uint64_t{1} << bucket;
  }
  void push_beyond(Event event) {
    // One of a crowd at limit_ may stand in near already, to be looked at: the earlier one stands.
    if (near_count_ > 0) {
      Event& last = near_[(near_first_ + near_count_ - 1) & kNearMask];
      if (event.before(last)) [[unlikely]]
        std::swap(event, last);
    }
    push_far(event);
  }
  void push_instant(const Event& event);
  void shed(std::uint32_t keep);
  void move_to_far(std::uint32_t keep);
  void lower_limit(Instant limit);
  void spill();
  void refill();
  void refill_from_instant();
  void take(std::vector<Event>& bucket);

  std::array<Event, kNearMax> near_;
  std::uint32_t near_first_ = 0;
  std::uint32_t near_count_ = 0;
  Instant limit_ = Instant::never();
  std::uint64_t base_ = 0;  // times in far are >= this
  std::uint64_t used_ = 0;  // bit b: bucket b is not empty
  std::size_t far_count_ = 0;
  std::array<std::vector<Event>, 64> buckets_;  // times are positive: at most 63 differing bits
  std::vector<Event> instant_;                  // a crowd of events at limit_: a heap by order
  std::vector<Event> crowd_;                    // events being spread; kept for its capacity
};

}  // namespace natsim
