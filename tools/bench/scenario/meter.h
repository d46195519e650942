// What a stretch of the program cost: time on the wall, time on the processor, memory.
#pragma once

#include <cstdint>

namespace natsim::bench {

struct Cost {
  double wall_s = 0;
  double cpu_s = 0;  ///< of all threads; unlike the wall's it does not grow with what else runs
};

class Stopwatch {
 public:
  Stopwatch();
  Cost read() const;

 private:
  double wall_, cpu_;
};

/// Octets of heap in use.
std::uint64_t heap_bytes();
/// Octets of the process in memory, now and at most so far.
std::uint64_t resident_bytes();
std::uint64_t resident_bytes_peak();

}  // namespace natsim::bench
