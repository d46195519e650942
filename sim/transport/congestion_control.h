// How much may be under way: the congestion window, behind one interface. Octets and integers.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>

#include "sim/base/time.h"
#include "sim/transport/tcp_settings.h"

namespace natsim {

/// RFC 5681's window and threshold; how they grow and shrink is the algorithm's. When and what is
/// retransmitted is TcpSender's.
class CongestionControl {
 public:
  static std::unique_ptr<CongestionControl> make(CongestionAlgorithm algorithm,
                                                 std::uint32_t segment_octets,
                                                 std::uint32_t window_octets);
  virtual ~CongestionControl() = default;
  /// Goes on where another algorithm was.
  void take_over(const CongestionControl& before) {
    window_ = before.window_;
    threshold_ = before.threshold_;
  }

  std::uint32_t window() const { return window_; }
  std::uint32_t threshold() const { return threshold_; }
  bool in_slow_start() const { return window_ < threshold_; }

  /// `octets` were acknowledged for the first time, while the window was what held sending back.
  /// Not called in fast recovery.
  void on_ack(std::uint32_t octets, Duration round_trip, Instant now) {
    if (in_slow_start())
      window_ += std::min(octets, segment_);  // RFC 5681 3.1 (2) (TCP-18)
    else
      avoid_congestion(octets, round_trip, now);
  }
  /// A loss was told by duplicate ACKs: fast recovery begins, with `flight` octets under way.
  void on_loss(std::uint32_t flight, Instant now) {
    threshold_ = std::max(reduced(flight, now), 2 * segment_);
    window_ = threshold_;
  }
  /// The retransmission timer expired; `first`: for the first time at these octets.
  void on_timeout(std::uint32_t flight, bool first, Instant now) {
    if (first) threshold_ = std::max(reduced(flight, now), 2 * segment_);
    window_ = segment_;  // RFC 5681 3.1, the loss window (TCP-20)
  }
  /// Fast recovery is over, with `flight` octets under way (RFC 6582 3.2 (3)).
  void on_recovered(std::uint32_t flight) {
    window_ = std::min(threshold_, std::max(flight, segment_) + segment_);
  }
  /// Nothing was sent for longer than the timeout: RFC 5681 4.1.
  void on_idle(std::uint32_t restart_window) { window_ = std::min(window_, restart_window); }
  /// Segments are smaller from now on.
  void set_segment(std::uint32_t octets) { segment_ = octets; }

 protected:
  CongestionControl(std::uint32_t segment_octets, std::uint32_t window_octets)
      : segment_(segment_octets), window_(window_octets) {}

  /// Grows window_ beyond slow start.
  virtual void avoid_congestion(std::uint32_t octets, Duration round_trip, Instant now) = 0;
  /// What remains of `flight` after a loss; remembers what the algorithm needs.
  virtual std::uint32_t reduced(std::uint32_t flight, Instant now) = 0;

  std::uint32_t segment_;  // SMSS
  std::uint32_t window_;
  std::uint32_t threshold_ = std::numeric_limits<std::uint32_t>::max();
};

}  // namespace natsim
