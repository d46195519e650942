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
  /// The order of the event that is being run: what observers sort by within one instant.
  EventOrder order() const { return order_; }
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
  /// The next event's time, or never.
  Instant next_event() { return queue_.empty() ? Instant::never() : queue_.top().when; }
  /// Makes run_until() return after the event that is being run.
  void stop() { stopped_ = true; }

 private:
  EventQueue queue_;
  Instant now_;
  EventOrder order_ = 0;
  std::uint64_t events_run_ = 0;
  bool stopped_ = false;
};

}  // namespace natsim
