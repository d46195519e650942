#include "sim/engine/simulator.h"

namespace natsim {

std::uint64_t Simulator::run_until(Instant end) {
  const std::uint64_t before = events_run_;
  stopped_ = false;
  while (!queue_.empty()) {
    const Event& next = queue_.top();
    if (next.when >= end) break;
    SIM_CHECK(next.when >= now_);
    now_ = next.when;
    order_ = next.order;
    EventHandler* const handler = next.handler;
    const std::uint64_t argument = next.argument;
    queue_.drop_top();
    ++events_run_;
    handler->on_event(argument);
    if (stopped_) [[unlikely]]
      return events_run_ - before;
  }
  if (end != Instant::never() && end > now_) now_ = end;
  return events_run_ - before;
}

}  // namespace natsim
