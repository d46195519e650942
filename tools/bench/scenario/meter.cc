#include "tools/bench/scenario/meter.h"

#include <malloc.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>

namespace natsim::bench {
namespace {

double seconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return double(now.tv_sec) + double(now.tv_nsec) * 1e-9;
}

}  // namespace

Stopwatch::Stopwatch() : wall_(seconds(CLOCK_MONOTONIC)), cpu_(seconds(CLOCK_PROCESS_CPUTIME_ID)) {}

Cost Stopwatch::read() const {
  return {seconds(CLOCK_MONOTONIC) - wall_, seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_};
}

std::uint64_t heap_bytes() {
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

std::uint64_t resident_bytes() {
  unsigned long size = 0, resident = 0;
  if (std::FILE* const file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%lu %lu", &size, &resident) != 2) resident = 0;
    std::fclose(file);
  }
  return std::uint64_t(resident) * std::uint64_t(sysconf(_SC_PAGESIZE));
}

std::uint64_t resident_bytes_peak() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return std::uint64_t(usage.ru_maxrss) * 1024;
}

}  // namespace natsim::bench
