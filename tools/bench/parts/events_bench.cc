// Events through the public interface of the simulator, beside a radix heap: each that runs
// schedules one, so that the number of those pending stays.
//
//   net      70 % 1 … 12 us, 25 % 10 us … 10 ms, 5 % 0.2 … 1 s: cables and timers
//   uniform  1 … 2 × pending ns: about one event each nanosecond
#include <benchmark/benchmark.h>

#include <cstdint>
#include <deque>
#include <string>
#include <utility>

#include "sim/engine/simulator.h"
#include "sim/engine/timer.h"
#include "tools/bench/parts/radix_heap.h"

namespace natsim::bench {
namespace {

constexpr std::int64_t kBatch = 1 << 14;

enum class Mix { net, uniform };

class Delays {
 public:
  Delays(Mix mix, std::uint64_t pending) : mix_(mix), span_(2 * pending) {}
  std::uint64_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    const std::uint64_t x = state_ >> 20;
    if (mix_ == Mix::uniform) return 1 + x % span_;
    const std::uint64_t kind = (state_ & 0xffff) * 100 >> 16;
    if (kind < 70) return 1'000 + x % 11'000;
    return kind < 95 ? 10'000 + x % 9'990'000 : 200'000'000 + x % 800'000'000;
  }

 private:
  Mix mix_;
  std::uint64_t span_;
  std::uint64_t state_ = 88'172'645'463'325'252;
};

/// Schedules one event for each that it gets, and stops the simulator when asked to.
class Holder final : public EventHandler {
 public:
  Holder(Mix mix, std::uint64_t pending) : delays_(mix, pending) {
    for (std::uint64_t i = 0; i < pending; ++i) schedule();
  }
  void run(std::uint64_t events) {
    left_ = events;
    simulator_.run_until(Instant::never());
  }
  void on_event(std::uint64_t) override {
    schedule();
    if (--left_ == 0) simulator_.stop();
  }

 private:
  void schedule() {
    const auto delay = Duration::nanoseconds(std::int64_t(delays_.next()));
    simulator_.schedule(simulator_.now() + delay, order_.next(), *this);
  }

  Simulator simulator_;
  OrderSource order_{NodeId{0}};
  Delays delays_;
  std::uint64_t left_ = 0;
};

/// The same with a timer for each that is pending.
class TimerHolder final : public EventHandler {
 public:
  TimerHolder(Mix mix, std::uint64_t pending) : delays_(mix, pending) {
    for (std::uint64_t i = 0; i < pending; ++i)
      arm(timers_.emplace_back(simulator_, order_, *this, i));
  }
  void run(std::uint64_t events) {
    left_ = events;
    simulator_.run_until(Instant::never());
  }
  void on_event(std::uint64_t timer) override {
    arm(timers_[timer]);
    if (--left_ == 0) simulator_.stop();
  }

 private:
  void arm(Timer& timer) {
    timer.arm(simulator_.now() + Duration::nanoseconds(std::int64_t(delays_.next())));
  }

  Simulator simulator_;
  OrderSource order_{NodeId{0}};
  Delays delays_;
  std::deque<Timer> timers_;
  std::uint64_t left_ = 0;
};

class HeapHolder {
 public:
  HeapHolder(Mix mix, std::uint64_t pending) : delays_(mix, pending) {
    for (std::uint64_t i = 0; i < pending; ++i) heap_.push({delays_.next(), sequence_++, i, 0});
  }
  void run(std::uint64_t events) {
    for (; events > 0; --events) {
      const PlainEvent event = heap_.pop();
      heap_.push({event.when + delays_.next(), sequence_++, event.target, event.argument + 1});
    }
  }

 private:
  RadixHeap heap_;
  Delays delays_;
  std::uint64_t sequence_ = 0;
};

template <class Holding>
void hold(benchmark::State& state, Mix mix) {
  const auto pending = std::uint64_t(state.range(0));
  Holding holding(mix, pending);
  holding.run(2 * pending);  // into the steady state
  while (state.KeepRunningBatch(kBatch)) holding.run(kBatch);
  state.SetItemsProcessed(state.iterations());
}

[[maybe_unused]] const bool registered = [] {
  for (const std::int64_t pending : {1, 1'000, 100'000, 1'000'000, 10'000'000}) {
    for (const Mix mix : {Mix::net, Mix::uniform}) {
      const auto add = [=](const std::string& what, auto function) {
        const std::string name = what + (mix == Mix::net ? "/net" : "/uniform");
        benchmark::RegisterBenchmark(name.c_str(), function, mix)->Arg(pending);
      };
      add("events", hold<Holder>);
      add("timers", hold<TimerHolder>);
      add("radix_heap", hold<HeapHolder>);
    }
  }
  return true;
}();

}  // namespace
}  // namespace natsim::bench
