// NewReno's window, RFC 5681: half of it after a loss, one segment more each round trip.
#pragma once

#include "sim/transport/congestion_control.h"

namespace natsim {

class NewReno final : public CongestionControl {
 public:
  NewReno(std::uint32_t segment_octets, std::uint32_t window_octets)
      : CongestionControl(segment_octets, window_octets) {}

 private:
  void avoid_congestion(std::uint32_t octets, Duration, Instant) override {
    acknowledged_ += octets;  // RFC 5681 3.1: count octets until there is a window of them.
    if (acknowledged_ < window_) return;
    acknowledged_ -= window_;
    window_ += segment_;
  }
  std::uint32_t reduced(std::uint32_t flight, Instant) override {
    acknowledged_ = 0;
    return flight / 2;
  }

  std::uint32_t acknowledged_ = 0;
};

}  // namespace natsim
