#include "sim/engine/team.h"

#include "sim/base/check.h"

namespace natsim {
namespace {

// About 20 us: longer than a window of simulated time usually takes the others, shorter than
// falling asleep and being woken.
constexpr unsigned kSpins = 4000;

void breathe() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Returns when `value` is no longer `old`; with it, what was written before is visible.
std::uint32_t wait_while(const std::atomic<std::uint32_t>& value, std::uint32_t old,
                         unsigned spins) {
  for (unsigned i = 0; i < spins; ++i, breathe())
    if (const std::uint32_t now = value.load(std::memory_order_acquire); now != old) return now;
  value.wait(old, std::memory_order_acquire);
  return value.load(std::memory_order_acquire);
}

}  // namespace

Team::Team(unsigned members, Job job, void* context)
    : job_(job),
      context_(context),
      // With more threads than processors, who waits awake keeps the others from working.
      spins_(members <= std::thread::hardware_concurrency() ? kSpins : 0) {
  SIM_CHECK(members > 0);
  for (unsigned member = 1; member < members; ++member)
    threads_.emplace_back([this, member] { work(member); });
}

Team::~Team() {
  over_ = true;
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Team::run() {
  busy_.store(std::uint32_t(threads_.size()), std::memory_order_relaxed);
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  job_(context_, 0);
  for (std::uint32_t busy = busy_.load(std::memory_order_acquire); busy != 0;)
    busy = wait_while(busy_, busy, spins_);
}

void Team::work(unsigned member) {
  for (std::uint32_t round = 0;;) {
    wait_while(round_, round, spins_);
    ++round;  // the next one begins only when this member has done this one
    if (over_) return;
    job_(context_, member);
    if (busy_.fetch_sub(1, std::memory_order_acq_rel) == 1) busy_.notify_one();
  }
}

}  // namespace natsim
