// A timer: one deadline that can be moved and cancelled at will.
#pragma once

#include "sim/engine/simulator.h"

namespace natsim {

/// Calls `handler.on_event(argument)` at its deadline. Moving or cancelling is free: at most one
/// event is pending for each earlier deadline, and one that fires too early or too late is ignored
/// or put back. Owns nothing; must outlive the simulator's use of it.
class Timer final : private EventHandler {
 public:
  Timer(Simulator& simulator, OrderSource& order, EventHandler& handler, std::uint64_t argument = 0)
      : simulator_(simulator), order_(order), handler_(handler), argument_(argument) {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  Instant deadline() const { return deadline_; }
  bool armed() const { return deadline_ != Instant::never(); }

  /// Replaces the deadline. One in the past fires now; Instant::never() cancels.
  void arm(Instant deadline) {
    deadline_ = deadline < simulator_.now() ? simulator_.now() : deadline;
    if (armed() && deadline_ < pending_) schedule();
  }
  void cancel() { deadline_ = Instant::never(); }

 private:
  void schedule() {
    pending_ = deadline_;
    simulator_.schedule(deadline_, order_.next(), *this, std::uint64_t(pending_.ns()));
  }
  void on_event(std::uint64_t pending) override {
    if (std::uint64_t(pending_.ns()) != pending) return;  // an earlier deadline replaced it
    pending_ = Instant::never();
    if (deadline_ > simulator_.now()) {
      if (armed()) schedule();
      return;
    }
    deadline_ = Instant::never();
    handler_.on_event(argument_);
  }

  Simulator& simulator_;
  OrderSource& order_;
  EventHandler& handler_;
  std::uint64_t argument_;
  Instant deadline_ = Instant::never();
  Instant pending_ = Instant::never();  // the event that counts
};

}  // namespace natsim
