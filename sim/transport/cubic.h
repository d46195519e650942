// CUBIC's window, RFC 9438: a cubic curve of the time since the last loss, flat around the window
// at which that happened, and never slower than Reno.
#pragma once

#include <optional>

#include "sim/transport/congestion_control.h"

namespace natsim {

/// C is 0.4 segments/s^3, beta 0.7. Times in milliseconds, windows in octets.
class Cubic final : public CongestionControl {
 public:
  Cubic(std::uint32_t segment_octets, std::uint32_t window_octets)
      : CongestionControl(segment_octets, window_octets) {}

 private:
  void avoid_congestion(std::uint32_t octets, Duration round_trip, Instant now) override;
  std::uint32_t reduced(std::uint32_t flight, Instant now) override;
  void begin_epoch(Instant now);
  std::uint64_t cubic_window(std::int64_t ms) const;

  std::optional<Instant> epoch_;     // when congestion avoidance began
  std::uint32_t window_before_ = 0;  // W_max
  std::uint32_t origin_ = 0;         // where the curve is flat
  std::int64_t plateau_ms_ = 0;      // K
  std::uint64_t reno_window_ = 0;    // W_est
  std::uint64_t reno_credit_ = 0;    // of W_est, in octets * octets
  std::uint64_t growth_credit_ = 0;  // of the window, likewise
};

/// The integer cube root, rounded down.
std::uint32_t cube_root(std::uint64_t value);

}  // namespace natsim
