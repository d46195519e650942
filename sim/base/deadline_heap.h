// Deadlines of numbered things, one each at most: the soonest first, equal ones by number.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/base/time.h"

namespace natsim {

/// A binary heap that knows where each number stands, so that a deadline moves or goes without
/// leaving a trace. Allocates only as the largest number grows.
class DeadlineHeap {
 public:
  /// `number` is due at `when`, whatever was set before.
  void set(std::uint32_t number, Instant when);
  /// Fine without one.
  void cancel(std::uint32_t number);

  /// Instant::never() when empty.
  Instant next() const { return heap_.empty() ? Instant::never() : heap_.front().when; }
  /// Takes the soonest out. REQUIRES: next() is not never().
  std::uint32_t pop();

 private:
  struct Item {
    Instant when;
    std::uint32_t number;
    auto operator<=>(const Item&) const = default;
  };
  static constexpr std::uint32_t kAbsent = 0xffff'ffff;

  void put(std::size_t at, Item item);
  void settle(std::size_t at, Item item);

  std::vector<Item> heap_;
  std::vector<std::uint32_t> place_;  // by number
};

}  // namespace natsim
