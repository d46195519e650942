// When things that repeat begin: evenly, at random (a Poisson process), and in bursts.
//
//   interval 10ms                     |....|....|....|....|
//   interval exponential 10ms         |..|......|.|....|
//   interval 10ms, on 30ms, off 50ms  |....|....|............|....|....|
//
// Time between two passes during "on" only: what of it is left when a burst ends is waited for in
// the next one, so that the mean rate is that of the interval times on / (on + off).
#pragma once

#include <cstdint>
#include <optional>

#include "sim/base/random.h"
#include "sim/base/time.h"

namespace natsim {

/// A time that is always the same, or a random one (exponentially distributed) with that mean.
struct Spacing {
  Duration mean;
  bool exponential = false;

  constexpr Spacing() = default;
  constexpr Spacing(Duration time, bool random = false) : mean(time), exponential(random) {}
  bool operator==(const Spacing&) const = default;
};

/// Activity and silence by turns, beginning with activity. REQUIRES: both are above zero.
struct Bursts {
  Spacing on, off;
  bool operator==(const Bursts&) const = default;
};

struct Pacing {
  std::uint64_t count = 1;           ///< at least 1
  Spacing interval;                  ///< from the beginning of one to that of the next
  Instant until = Instant::never();  ///< nothing begins from then on, but for the first
  std::optional<Bursts> bursts;

  bool is_random() const {
    return interval.exponential || (bursts && (bursts->on.exponential || bursts->off.exponential));
  }
  /// How many there will be, about, when the first is at `start`.
  std::uint64_t expected(Instant start) const;
};

/// An exponentially distributed time. Integers only: the same on every machine. At most 45 times
/// the mean. REQUIRES: the mean is at most kExponentialMeanMax.
Duration draw_exponential(Prng& rng, Duration mean);
inline constexpr Duration kExponentialMeanMax = Duration::seconds(100'000'000);

class Pacer {
 public:
  /// The first begins at `start`. `rng` is drawn from only where something is random.
  Pacer(const Pacing& pacing, Instant start, Prng rng);

  /// To be called when one begins, at `now`: when the next one does. nullopt: that was the last.
  std::optional<Instant> next(Instant now);
  bool finished() const { return finished_; }

 private:
  Duration draw(const Spacing& spacing);

  Pacing pacing_;
  Prng rng_;
  std::uint64_t begun_ = 0;
  Instant burst_end_ = Instant::never();
  bool finished_ = false;
};

}  // namespace natsim
