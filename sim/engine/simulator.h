// The simulator: a clock that jumps from event to event.
#pragma once

#include <cstdint>

#include "sim/engine/event.h"
#include "sim/engine/event_queue.h"

namespace natsim {

/// Runs events in their total order. Has no global state: any number live side by side. Not
/// thread-safe: each part of a network that runs on its own thread has its own simulator.
class Simulator {
 public:
  Simulator() = default;
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  Instant now() const { return now_; }
  /// The order of the event that is being run; between runs kNoOrder.
  EventOrder order() const { return order_; }
  /// The last of the orders that were run at this instant: what is told of several simulators that
  /// run side by side is merged by it. (An event may cause another at its own instant with an order
  /// before its own; that one comes right behind it.) Kept by run_ranked_until() and run_one().
  EventOrder rank() const { return rank_; }
  std::uint64_t events_run() const { return events_run_; }
  std::size_t events_pending() const { return queue_.size(); }

  /// REQUIRES: when >= now(), and `order` was never used before.
  void schedule(Instant when, EventOrder order, EventHandler& handler, std::uint64_t argument = 0) {
    SIM_CHECK(when >= now_);
    queue_.push({when, order, &handler, argument});
  }

  /// Runs every event before `end` and moves the clock there (it stays at the last event if `end`
  /// is never). Returns the number of events run.
  std::uint64_t run_until(Instant end);
  /// The same, and keeps rank().
  std::uint64_t run_ranked_until(Instant end);
  /// Runs the next event. REQUIRES: there is one.
  void run_one();
  /// Moves the clock on. REQUIRES: no event is before `when`.
  void wait_until(Instant when);
  /// The next event's time, or never.
  Instant next_event() { return queue_.empty() ? Instant::never() : queue_.top().when; }
  /// That event's order. REQUIRES: there is one.
  EventOrder next_order() { return queue_.top().order; }
  /// Makes run_until() return after the event that is being run.
  void stop() { stopped_ = true; }

 private:
  template <bool kRanked>
  std::uint64_t run(Instant end);
  template <bool kRanked>
  void run_next(const Event& next);
  void pass_to(Instant when);

  EventQueue queue_;
  Instant now_;
  EventOrder order_ = kNoOrder;
  EventOrder rank_ = 0;
  std::uint64_t events_run_ = 0;
  bool stopped_ = false;
};

}  // namespace natsim
