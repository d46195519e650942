// A line on the terminal while a run takes its time.
#pragma once

#include <chrono>
#include <cstdint>

#include "sim/base/time.h"

namespace natsim {

/// Shows the simulated time and the speed on stderr, from the second second on, and takes the line
/// away in the end. Does nothing where stderr is no terminal.
class Progress {
 public:
  explicit Progress(bool shown);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// To be called often; looks at the clock and mostly does no more.
  void tick(Instant simulated, std::uint64_t events);
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  bool shown_;
  bool visible_ = false;
  Clock::time_point start_, next_;
};

}  // namespace natsim
