#include "sim/base/deadline_heap.h"

#include "sim/base/check.h"

namespace natsim {

void DeadlineHeap::set(std::uint32_t number, Instant when) {
  if (number >= place_.size()) place_.resize(number + 1, kAbsent);
  std::size_t at = place_[number];
  if (at == kAbsent) {
    at = heap_.size();
    heap_.emplace_back();
  }
  settle(at, {when, number});
}

void DeadlineHeap::cancel(std::uint32_t number) {
  if (number >= place_.size() || place_[number] == kAbsent) return;
  const std::size_t at = place_[number];
  place_[number] = kAbsent;
  const Item last = heap_.back();
  heap_.pop_back();
  if (at < heap_.size()) settle(at, last);
}

std::uint32_t DeadlineHeap::pop() {
  SIM_CHECK(!heap_.empty());
  const std::uint32_t number = heap_.front().number;
  cancel(number);
  return number;
}

void DeadlineHeap::put(std::size_t at, Item item) {
  heap_[at] = item;
  place_[item.number] = std::uint32_t(at);
}

/// Puts `item` where it belongs on the path through the vacant `at`.
void DeadlineHeap::settle(std::size_t at, Item item) {
  while (at > 0 && item < heap_[(at - 1) / 2]) {
    put(at, heap_[(at - 1) / 2]);
    at = (at - 1) / 2;
  }
  for (;;) {
    std::size_t child = 2 * at + 1;
    if (child + 1 < heap_.size() && heap_[child + 1] < heap_[child]) ++child;
    if (child >= heap_.size() || !(heap_[child] < item)) break;
    put(at, heap_[child]);
    at = child;
  }
  put(at, item);
}

}  // namespace natsim
