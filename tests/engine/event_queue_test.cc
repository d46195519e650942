// The event queue hands out events in their total order, whatever is pushed and when.
#include "sim/engine/event_queue.h"

#include <gtest/gtest.h>

#include <queue>
#include <vector>

#include "sim/base/random.h"

namespace natsim {
namespace {

struct Later {
  bool operator()(const Event& a, const Event& b) const { return b.before(a); }
};
using Reference = std::priority_queue<Event, std::vector<Event>, Later>;

// Pushes and pops at random against a plain heap. `spread` is how far ahead events lie.
void compare_with_heap(std::uint64_t seed, std::uint64_t spread, std::size_t pending_max) {
  Prng random(seed);
  EventQueue queue;
  Reference reference;
  Instant now;
  std::uint64_t order = 0;
  for (int step = 0; step < 20'000; ++step) {
    const bool push =
        reference.empty() || (reference.size() < pending_max && random.chance({3, 5}));
    // Who looks at the next event may still schedule something before it.
    if (!reference.empty() && random.chance({1, 3})) {
      ASSERT_EQ(queue.top().order, reference.top().order);
    }
    if (push) {
      // The order's high bits are those of the causing node: later pushes may come first.
      const EventOrder key = random.below(8) << 40 | order++;
      const Event event{now + Duration::nanoseconds(std::int64_t(random.below(spread))), key};
      queue.push(event);
      reference.push(event);
    } else {
      const Event expected = reference.top();
      reference.pop();
      ASSERT_EQ(queue.top().order, expected.order) << "seed " << seed << " step " << step;
      const Event got = queue.pop();
      ASSERT_EQ(got.when, expected.when);
      ASSERT_EQ(got.order, expected.order);
      now = got.when;
    }
    ASSERT_EQ(queue.size(), reference.size());
  }
}

TEST(EventQueue, AgreesWithAHeapForEverySpreadAndCrowd) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed)
    for (const std::uint64_t spread : {1ull, 2ull, 7ull, 1000ull, 1'000'000ull, 10'000'000'000ull})
      for (const std::size_t pending_max : {3u, 40u, 70u, 1000u, 20'000u})
        compare_with_heap(seed, spread, pending_max);
}

TEST(EventQueue, SimultaneousEventsComeInOrderOfNodeThenCounter) {
  EventQueue queue;
  const Instant when = Instant::from_ns(5);
  for (std::uint64_t node = 200; node-- > 0;)
    for (std::uint64_t n = 0; n < 3; ++n) queue.push({when, node << 40 | n});
  EventOrder last = 0;
  for (int i = 0; i < 600; ++i) {
    const Event event = queue.pop();
    EXPECT_TRUE(i == 0 || event.order > last);
    last = event.order;
  }
  EXPECT_TRUE(queue.empty());
}

TEST(EventQueue, AnEventForNowOvertakesTheCrowdThatWaits) {
  EventQueue queue;
  const Instant when = Instant::from_ns(5);
  for (std::uint64_t node = 1; node <= 500; ++node) queue.push({when, node << 40});
  for (int i = 0; i < 100; ++i) queue.pop();
  queue.top();
  queue.push({when, 7});  // node 0 is woken by what node 100 just did
  EXPECT_EQ(queue.pop().order, 7u);
  EXPECT_EQ(queue.pop().order, std::uint64_t{101} << 40);
}

}  // namespace
}  // namespace natsim
