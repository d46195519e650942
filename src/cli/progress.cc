#include "src/cli/progress.h"

#include <unistd.h>

#include <string>

#include <fmt/format.h>

#include "src/report/text.h"

namespace natsim {
namespace {

constexpr std::chrono::milliseconds kPatience{1000}, kPeriod{200};

void put(const std::string& text) {
  if (::write(STDERR_FILENO, text.data(), text.size()) < 0) return;  // nobody to tell that to
}

}  // namespace

Progress::Progress(bool shown) : shown_(shown), start_(Clock::now()), next_(start_ + kPatience) {}

Progress::~Progress() { clear(); }

void Progress::tick(Instant simulated, std::uint64_t events) {
  if (!shown_) return;
  const auto now = Clock::now();
  if (now < next_) return;
  next_ = now + kPeriod;
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now - start_).count();
  const std::uint64_t rate = events * 1000 / std::uint64_t(ms);
  put(fmt::format("\r\033[K{}.{} s simulated, {} events, {} events/s",
                  simulated.ns() / 1'000'000'000, simulated.ns() / 100'000'000 % 10,
                  grouped(events), grouped(rate)));
  visible_ = true;
}

void Progress::clear() {
  if (visible_) put("\r\033[K");
  visible_ = false;
}

}  // namespace natsim
