// Goal: deadlines come out soonest first, equal ones by number, after any history of changes.
#include "sim/base/deadline_heap.h"

#include <gtest/gtest.h>

#include <set>

#include "sim/base/random.h"

namespace natsim {
namespace {

TEST(DeadlineHeap, IsNeverDueWhenEmpty) {
  DeadlineHeap heap;
  EXPECT_EQ(heap.next(), Instant::never());
  heap.cancel(3);
  heap.set(3, Instant() + 1_s);
  heap.cancel(3);
  EXPECT_EQ(heap.next(), Instant::never());
}

TEST(DeadlineHeap, AgreesWithASetWhileDeadlinesMoveAndGo) {
  Prng random(1);
  DeadlineHeap heap;
  std::set<std::pair<Instant, std::uint32_t>> plain;
  const auto forget = [&](std::uint32_t number) {
    std::erase_if(plain, [&](const auto& item) { return item.second == number; });
  };
  for (int step = 0; step < 5000; ++step) {
    const auto number = std::uint32_t(random.below(60));
    switch (random.below(4)) {
      case 0:
        heap.cancel(number);
        forget(number);
        break;
      case 1:
        if (plain.empty()) break;
        ASSERT_EQ(heap.pop(), plain.begin()->second);
        plain.erase(plain.begin());
        break;
      default: {
        const Instant when = Instant() + 1_s * std::int64_t(random.below(20));
        heap.set(number, when);
        forget(number);
        plain.emplace(when, number);
      }
    }
    ASSERT_EQ(heap.next(), plain.empty() ? Instant::never() : plain.begin()->first);
  }
}

}  // namespace
}  // namespace natsim
