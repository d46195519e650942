#include "sim/engine/event_queue.h"

#include <algorithm>
#include <span>

namespace natsim {
namespace {

bool later(const Event& a, const Event& b) { return b.before(a); }

// With more events pending than this, whom they wake is in no cache.
constexpr std::size_t kManyPending = 8192;
// A far bucket of at most this many is about to run.
constexpr std::size_t kSoon = 256;

/// Fetches whom these events wake, while others run. A million timers: 250 → 110 ns each. Inlined,
/// because g++ 12 takes a function that only prefetches for one without effect, and its calls away.
[[gnu::always_inline]] inline void prefetch_handlers(std::span<const Event> events) {
  for (const Event& event : events) {
    const char* const handler = reinterpret_cast<const char*>(event.handler);
    __builtin_prefetch(handler);
    __builtin_prefetch(handler + 64);
  }
}

}  // namespace

EventQueue::EventQueue() {
  for (std::vector<Event>& bucket : buckets_) bucket.reserve(kBucketRoom);
}

// near is full: its later part moves to far. Events of one instant stay together.
void EventQueue::spill() {
  const auto at = [this](std::uint32_t i) -> Event& {
    return near_[(near_first_ + i) & kNearMask];
  };
  // A crowd at the old limit_ would be taken for one at the new: it goes back among the others.
  crowd_.swap(instant_);
  far_count_ -= crowd_.size();
  for (const Event& event : crowd_) push_far(event);
  crowd_.clear();
  std::uint32_t keep = near_count_ / 2;
  while (keep > 0 && at(keep - 1).when == at(keep).when) --keep;
  if (keep == 0) {
    keep = near_count_ / 2;
    while (keep < near_count_ && at(keep).when == at(0).when) ++keep;
  }
  if (keep == near_count_) {  // near is all one instant
    lower_limit(at(0).when);
    far_count_ += near_count_;
    for (; near_count_ > 0; --near_count_) push_instant(at(near_count_ - 1));
    return;
  }
  move_to_far(keep);
}

// Moves what comes after the first `keep` events in near to far, all of an instant or none.
void EventQueue::shed(std::uint32_t keep) {
  const auto when = [this](std::uint32_t i) { return near_[(near_first_ + i) & kNearMask].when; };
  while (keep < near_count_ && when(keep) == when(keep - 1)) ++keep;
  if (keep == near_count_ || !instant_.empty()) return;
  move_to_far(keep);
}

// REQUIRES: the events that stay are before those that go.
void EventQueue::move_to_far(std::uint32_t keep) {
  lower_limit(near_[(near_first_ + keep) & kNearMask].when);
  for (std::uint32_t i = keep; i < near_count_; ++i) push_far(near_[(near_first_ + i) & kNearMask]);
  near_count_ = keep;
}

// base_ may lie beyond the new limit: looking at the next event moved it there, and then something
// earlier was scheduled. Then far is laid out anew.
void EventQueue::lower_limit(Instant limit) {
  limit_ = limit;
  if (far_count_ > 0 && base_ <= std::uint64_t(limit.ns())) return;
  base_ = std::uint64_t(limit.ns());
  if (far_count_ == 0) return;
  for (; used_ != 0; used_ &= used_ - 1) {
    std::vector<Event>& bucket = buckets_[std::size_t(std::countr_zero(used_))];
    crowd_.insert(crowd_.end(), bucket.begin(), bucket.end());
    bucket.clear();
  }
  far_count_ -= crowd_.size();  // what is left waits in instant_
  for (const Event& event : crowd_) push_far(event);
  crowd_.clear();
}

void EventQueue::push_instant(const Event& event) {
  instant_.push_back(event);
  std::push_heap(instant_.begin(), instant_.end(), later);
}

// Hands over one event only: what is pushed for this instant next may come before the others.
void EventQueue::refill_from_instant() {
  std::pop_heap(instant_.begin(), instant_.end(), later);
  near_first_ = 0;
  near_count_ = 1;
  near_[0] = instant_.back();
  instant_.pop_back();
  --far_count_;
  if (far_count_ > kManyPending)  // The next ones are at the heap's top.
    prefetch_handlers(std::span(instant_).first(std::min<std::size_t>(instant_.size(), 7)));
}

// REQUIRES: near is empty, far is not.
void EventQueue::refill() {
  SIM_CHECK(far_count_ > 0);
  if (!instant_.empty()) {
    refill_from_instant();
    return;
  }
  while (true) {
    const auto b = std::size_t(std::countr_zero(used_));
    std::vector<Event>& bucket = buckets_[b];
    used_ &= ~(std::uint64_t{1} << b);
    far_count_ -= bucket.size();
    if (bucket.size() <= kTakeMax) {
      // The bucket covers the times that agree with its events down to bit b-1 (b = 0: one
      // instant).
      const std::uint64_t span = b == 0 ? 1 : std::uint64_t{1} << (b - 1);
      base_ = std::uint64_t(bucket.front().when.ns()) & ~(span - 1);
      limit_ = far_count_ == 0 ? Instant::never() : Instant::from_ns(std::int64_t(base_ + span));
      take(bucket);
      return;
    }
    if (b == 0) {
      limit_ = bucket.front().when;
      instant_.swap(bucket);
      std::make_heap(instant_.begin(), instant_.end(), later);
      far_count_ += instant_.size();
      refill_from_instant();
      return;
    }
    crowd_.swap(bucket);
    const auto earliest =
        std::min_element(crowd_.begin(), crowd_.end(),
                         [](const Event& a, const Event& c) { return a.when < c.when; });
    base_ = std::uint64_t(earliest->when.ns());
    if (far_count_ > kManyPending && crowd_.size() <= kSoon) prefetch_handlers(crowd_);
    for (const Event& event : crowd_) push_far(event);  // always into a lower bucket
    crowd_.clear();
    crowd_.swap(bucket);  // the memory goes back to where it will be needed again
  }
}

void EventQueue::take(std::vector<Event>& bucket) {
  std::sort(bucket.begin(), bucket.end(),
            [](const Event& a, const Event& b) { return a.before(b); });
  near_first_ = 0;
  near_count_ = std::uint32_t(bucket.size());
  std::copy(bucket.begin(), bucket.end(), near_.begin());
  bucket.clear();
}

}  // namespace natsim
