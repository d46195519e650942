// Work on what somebody else wrote, in a process of its own with limits.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace natsim {

struct ApartLimits {
  unsigned wall_ms = 20'000;
  unsigned cpu_s = 15;
  std::size_t memory_bytes = std::size_t{2} << 30;  ///< of address space; not with a sanitizer
  std::size_t output_bytes = std::size_t{8} << 20;
};

/// How it ended, and what it had to say.
struct ApartResult {
  std::string output;
  std::string failure;  ///< empty: it ended by itself. "needed more than 20 s", …
};

/// Runs `work` in a child of this process and returns what it returned. Whatever it does to memory,
/// time or itself stays there. What it prints is lost. REQUIRES: no other threads are running.
ApartResult run_apart(const std::function<std::string()>& work, const ApartLimits& limits = {});

}  // namespace natsim
