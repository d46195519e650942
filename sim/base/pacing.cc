#include "sim/base/pacing.h"

#include <algorithm>
#include <bit>

#include "sim/base/check.h"

namespace natsim {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr int kFractionBits = 32;
constexpr std::uint64_t kLn2 = 2'977'044'472;  // ln 2 in units of 2^-32, rounded

/// log2(value) in units of 2^-32, rounded down. REQUIRES: value > 0. A bit of the fraction for each
/// squaring of the mantissa (Knuth, TAOCP 1.2.2, exercise 25).
std::uint64_t log2_fixed(std::uint64_t value) {
  const auto whole = unsigned(std::bit_width(value) - 1);
  std::uint64_t mantissa = value << (63 - whole);  // in [1, 2), with 63 bits behind the point
  std::uint64_t fraction = 0;
  for (int bit = 0; bit < kFractionBits; ++bit) {
    const auto square = Wide(mantissa) * mantissa;  // in [1, 4), with 126 bits
    const bool carry = (square >> 127) != 0;
    mantissa = std::uint64_t(square >> (carry ? 64 : 63));
    fraction = fraction << 1 | std::uint64_t(carry);
  }
  return std::uint64_t(whole) << kFractionBits | fraction;
}

}  // namespace

// -ln(u) for u = draw / 2^64, by inversion: ln(2^64 / draw) = (64 - log2 draw) * ln 2.
Duration draw_exponential(Prng& rng, Duration mean) {
  SIM_CHECK(mean <= kExponentialMeanMax);
  const std::uint64_t draw = std::max<std::uint64_t>(rng.next(), 1);
  const std::uint64_t exponent = (std::uint64_t{64} << kFractionBits) - log2_fixed(draw);
  const auto factor = std::uint64_t(Wide(exponent) * kLn2 >> kFractionBits);
  return Duration::nanoseconds(
      std::int64_t(Wide(factor) * std::uint64_t(mean.ns()) >> kFractionBits));
}

std::uint64_t Pacing::expected(Instant start) const {
  if (until == Instant::never()) return count;
  const std::int64_t interval_ns = std::max<std::int64_t>(interval.mean.ns(), 1);
  std::int64_t active_ns = std::max<std::int64_t>((until - start).ns(), 0);
  if (bursts) {
    const Duration cycle = bursts->on.mean + bursts->off.mean;
    active_ns = std::int64_t(Wide(active_ns) * std::uint64_t(bursts->on.mean.ns()) /
                             std::uint64_t(cycle.ns()));
  }
  return std::min(count, std::uint64_t(active_ns / interval_ns) + 1);
}

Pacer::Pacer(const Pacing& pacing, Instant start, Prng rng) : pacing_(pacing), rng_(rng) {
  SIM_CHECK(pacing.count > 0);
  if (!pacing.bursts) return;
  SIM_CHECK(pacing.bursts->on.mean > Duration{});
  SIM_CHECK(pacing.bursts->off.mean > Duration{});
  burst_end_ = start + draw(pacing.bursts->on);
}

Duration Pacer::draw(const Spacing& spacing) {
  return spacing.exponential ? draw_exponential(rng_, spacing.mean) : spacing.mean;
}

std::optional<Instant> Pacer::next(Instant now) {
  if (finished_ || ++begun_ >= pacing_.count) {
    finished_ = true;
    return std::nullopt;
  }
  Instant when = now + draw(pacing_.interval);
  while (when >= burst_end_ && when < pacing_.until) {
    const Duration silence = draw(pacing_.bursts->off);
    when = when + silence;
    burst_end_ = burst_end_ + silence + draw(pacing_.bursts->on);
  }
  finished_ = when >= pacing_.until;
  return finished_ ? std::nullopt : std::optional(when);
}

}  // namespace natsim
