#include "sim/transport/cubic.h"

namespace natsim {

std::uint32_t cube_root(std::uint64_t value) {
  std::uint64_t root = 0;
  for (std::uint64_t bit = std::uint64_t{1} << 20; bit > 0; bit >>= 1) {
    const std::uint64_t next = root | bit;
    if (next * next * next <= value) root = next;
  }
  return std::uint32_t(root);
}

// RFC 9438 4.2: K = cbrt((W_max - cwnd_epoch) / C), windows in segments, K in seconds.
void Cubic::begin_epoch(Instant now) {
  epoch_ = now;
  origin_ = std::max(window_before_, window_);
  const std::uint64_t gap = origin_ - window_;
  // In ms: K^3 = gap / segment / 0.4 * 10^9.
  plateau_ms_ = cube_root(gap * 2'500'000'000 / segment_);
  reno_window_ = window_;
  reno_credit_ = growth_credit_ = 0;
}

// RFC 9438 4.2: W_cubic(t) = C (t - K)^3 + W_max.
std::uint64_t Cubic::cubic_window(std::int64_t ms) const {
  constexpr std::int64_t kDistanceMax = 100'000;
  const std::int64_t d = std::clamp(ms - plateau_ms_, -kDistanceMax, kDistanceMax);
  // 0.4 segments/s^3 in octets/ms^3 is segment * 4 / 10^10.
  const std::int64_t change = d * d * d / 1'000'000 * std::int64_t(segment_) * 4 / 10'000;
  return std::uint64_t(std::max<std::int64_t>(std::int64_t(origin_) + change, segment_));
}

void Cubic::avoid_congestion(std::uint32_t octets, Duration round_trip, Instant now) {
  if (!epoch_) begin_epoch(now);
  // RFC 9438 4.3: what Reno would have by now, W_est += alpha * acked / cwnd segments, where alpha
  // is 3 (1 - beta) / (1 + beta) = 9/17 until it reaches the window of before.
  const bool caught_up = reno_window_ >= window_before_;
  reno_credit_ += std::uint64_t(octets) * segment_ * (caught_up ? 17 : 9);
  const std::uint64_t gained = reno_credit_ / (std::uint64_t(window_) * 17);
  reno_window_ += gained;
  reno_credit_ -= gained * window_ * 17;

  const std::int64_t ms = (now - *epoch_).ns() / 1'000'000;
  if (cubic_window(ms) < reno_window_) {
    window_ = std::uint32_t(std::max<std::uint64_t>(window_, reno_window_));
    return;
  }
  // 4.4, 4.5: towards where the curve will be a round trip from now, at most half as much again.
  const std::uint64_t target = std::clamp<std::uint64_t>(
      cubic_window(ms + round_trip.ns() / 1'000'000), window_, std::uint64_t(window_) * 3 / 2);
  growth_credit_ += (target - window_) * octets;
  const std::uint64_t growth = growth_credit_ / window_;
  growth_credit_ -= growth * window_;
  window_ += std::uint32_t(growth);
}

// RFC 9438 4.6, 4.7: beta is 0.7; a window that shrank before it was reached again leaves room for
// newcomers (fast convergence).
std::uint32_t Cubic::reduced(std::uint32_t flight, Instant) {
  epoch_.reset();
  const std::uint64_t window = window_;
  window_before_ = window < window_before_ ? std::uint32_t(window * 17 / 20) : window_;
  return std::uint32_t(std::uint64_t(flight) * 7 / 10);
}

}  // namespace natsim
