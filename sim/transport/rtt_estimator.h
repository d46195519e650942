// The retransmission timeout, RFC 6298, with Linux's floor under the variance.
#pragma once

#include <algorithm>
#include <optional>

#include "sim/base/time.h"
#include "sim/transport/tcp_settings.h"

namespace natsim {

/// SRTT and RTTVAR in nanoseconds, integers throughout.
class RttEstimator {
 public:
  explicit RttEstimator(const TcpSettings& settings)
      : rto_(settings.rto_initial), min_(settings.rto_min), max_(settings.rto_max) {}

  /// A round trip was measured (not of a retransmission, unless by timestamps: Karn).
  void sample(Duration round_trip) {
    if (!srtt_) {  // RFC 6298 2.2
      srtt_ = round_trip;
      rttvar_ = round_trip / 2;
    } else {  // 2.3: alpha 1/8, beta 1/4
      const Duration error = round_trip - *srtt_;
      const Duration distance = error < Duration() ? -error : error;
      rttvar_ = (rttvar_ * 3 + distance) / 4;
      srtt_ = (*srtt_ * 7 + round_trip) / 8;
    }
    restore();
  }
  /// The timer expired: RFC 6298 5.5.
  void back_off() { rto_ = std::min(rto_ * 2, max_); }
  /// Something new was acknowledged: back to what the samples say (5.7).
  void restore() {
    if (srtt_) rto_ = std::min(*srtt_ + std::max(rttvar_ * 4, min_), max_);
  }
  /// Begins again with this timeout, as if nothing had been measured.
  void restart(Duration rto) { rto_ = rto; }

  Duration rto() const { return rto_; }
  std::optional<Duration> smoothed() const { return srtt_; }

 private:
  std::optional<Duration> srtt_;
  Duration rttvar_;
  Duration rto_, min_, max_;
};

}  // namespace natsim
