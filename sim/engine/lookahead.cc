#include "sim/engine/lookahead.h"

#include <algorithm>

#include "sim/base/check.h"

namespace natsim {
namespace {

constexpr Duration kNoWay = Duration::max();

Duration sum(Duration a, Duration b) { return a >= kNoWay - b ? kNoWay : a + b; }

}  // namespace

Lookahead::Lookahead(std::size_t parts) : parts_(parts), shortest_(parts * parts, kNoWay) {}

void Lookahead::add(std::size_t from, std::size_t to, Duration delay) {
  SIM_CHECK(delay > Duration() && from != to && from < parts_ && to < parts_);
  Duration& known = shortest_[from * parts_ + to];
  if (delay >= known) return;
  known = delay;
  closed_ = false;
}

// Floyd and Warshall. The way from a part to itself is the shortest loop through others.
void Lookahead::close() {
  for (std::size_t via = 0; via < parts_; ++via)
    for (std::size_t from = 0; from < parts_; ++from)
      for (std::size_t to = 0; to < parts_; ++to) {
        Duration& known = shortest_[from * parts_ + to];
        known = std::min(known, sum(shortest_[from * parts_ + via], shortest_[via * parts_ + to]));
      }
  closed_ = true;
}

void Lookahead::horizons(std::span<const Instant> next, std::span<Instant> out) {
  SIM_CHECK(next.size() == parts_ && out.size() == parts_);
  if (!closed_) close();
  for (std::size_t to = 0; to < parts_; ++to) {
    Duration horizon = kNoWay;
    for (std::size_t from = 0; from < parts_; ++from)
      horizon = std::min(horizon, sum(next[from].since_start(), shortest_[from * parts_ + to]));
    out[to] = Instant() + horizon;
  }
}

}  // namespace natsim
