#include "sim/engine/simulator.h"

#include <algorithm>

namespace natsim {

template <bool kRanked>
inline void Simulator::run_next(const Event& next) {
  SIM_CHECK(next.when >= now_);
  if constexpr (kRanked) rank_ = next.when == now_ ? std::max(rank_, next.order) : next.order;
  now_ = next.when;
  order_ = next.order;
  EventHandler* const handler = next.handler;
  const std::uint64_t argument = next.argument;
  queue_.drop_top();
  ++events_run_;
  handler->on_event(argument);
}

template <bool kRanked>
std::uint64_t Simulator::run(Instant end) {
  const std::uint64_t before = events_run_;
  stopped_ = false;
  while (!queue_.empty()) {
    const Event& next = queue_.top();
    if (next.when >= end) break;
    run_next<kRanked>(next);
    if (stopped_) [[unlikely]] {
      order_ = kNoOrder;
      return events_run_ - before;
    }
  }
  order_ = kNoOrder;
  if (end != Instant::never()) pass_to(end);
  return events_run_ - before;
}

std::uint64_t Simulator::run_until(Instant end) { return run<false>(end); }
std::uint64_t Simulator::run_ranked_until(Instant end) { return run<true>(end); }

void Simulator::run_one() {
  run_next<true>(queue_.top());
  order_ = kNoOrder;
}

void Simulator::wait_until(Instant when) {
  SIM_CHECK(next_event() >= when);
  pass_to(when);
}

void Simulator::pass_to(Instant when) {
  if (when <= now_) return;
  now_ = when;
  rank_ = 0;
}

}  // namespace natsim
