// How far the parts of a simulation may run without waiting for each other (conservative
// synchronisation: Chandy and Misra 1979, Bryant 1977).
//
//   part A ──── 5 ms ────▶ part B       A's next event at 10 ms cannot be felt in B before 15 ms;
//          ◀─── 2 ms ─────              B's own events come back to it, by A, after 7 ms at least
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "sim/base/time.h"

namespace natsim {

class Lookahead {
 public:
  explicit Lookahead(std::size_t parts);

  /// What `from` does is felt in `to` no sooner than `delay` later. REQUIRES: delay > 0, from !=
  /// to.
  void add(std::size_t from, std::size_t to, Duration delay);

  /// The time up to which each part can run now, its events at that time excluded, if `next` holds
  /// the time of each part's next event. Beyond that of the earliest one, unless all are never.
  void horizons(std::span<const Instant> next, std::span<Instant> out);

 private:
  void close();

  std::size_t parts_;
  std::vector<Duration> shortest_;  // by from and to: the quickest way, of one cable at least
  bool closed_ = true;
};

}  // namespace natsim
