// Threads that do a piece of work together, again and again.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace natsim {

/// One job, done by every member side by side each time that run() is called. Member 0 is whoever
/// calls; the others are threads that wait in between: a moment awake, then asleep.
class Team {
 public:
  /// Called with `context` and the member's number.
  using Job = void (*)(void* context, unsigned member);

  /// Starts `members` - 1 threads. REQUIRES: members > 0.
  Team(unsigned members, Job job, void* context);
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;
  ~Team();

  /// Returns when every member has done the job. What one member wrote, all can read afterwards.
  void run();

 private:
  void work(unsigned member);

  Job job_;
  void* context_;
  unsigned spins_;
  // Each on a cache line of its own: one is written by the caller, the other one by the threads.
  alignas(64) std::atomic<std::uint32_t> round_ = 0;
  alignas(64) std::atomic<std::uint32_t> busy_ = 0;
  alignas(64) bool over_ = false;  // published by round_
  std::vector<std::thread> threads_;
};

}  // namespace natsim
