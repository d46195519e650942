// SIM_CHECK: a programming error stops the program at once, in every build.
//
// Input errors are never checked with this: whatever comes from a file or from the wire returns a
// Result or a Verdict instead.
#pragma once

namespace natsim {

/// Prints `expression` with its place to stderr and aborts.
[[noreturn]] void check_failed(const char* expression, const char* file, int line) noexcept;

}  // namespace natsim

#define SIM_CHECK(condition)                    \
  (__builtin_expect(!!(condition), 1) ? void(0) \
                                      : ::natsim::check_failed(#condition, __FILE__, __LINE__))
