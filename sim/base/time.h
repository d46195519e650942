// Simulated time. Duration and Instant are whole nanoseconds in 64 bits (292 years), never floating
// point. Nothing in sim/ reads a clock: `now` is an argument.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>

namespace natsim {

/// A span of simulated time; may be negative as an intermediate result.
class Duration {
 public:
  constexpr Duration() = default;
  static constexpr Duration nanoseconds(std::int64_t count) { return Duration(count); }
  static constexpr Duration microseconds(std::int64_t count) { return Duration(count * 1'000); }
  static constexpr Duration milliseconds(std::int64_t count) { return Duration(count * 1'000'000); }
  static constexpr Duration seconds(std::int64_t count) { return Duration(count * 1'000'000'000); }
  static constexpr Duration max() { return Duration(std::numeric_limits<std::int64_t>::max()); }

  constexpr std::int64_t ns() const { return ns_; }
  /// Whole seconds, rounded towards zero.
  constexpr std::int64_t whole_seconds() const { return ns_ / 1'000'000'000; }

  constexpr auto operator<=>(const Duration&) const = default;
  constexpr Duration operator+(Duration other) const { return Duration(ns_ + other.ns_); }
  constexpr Duration operator-(Duration other) const { return Duration(ns_ - other.ns_); }
  constexpr Duration operator-() const { return Duration(-ns_); }
  constexpr Duration operator*(std::int64_t factor) const { return Duration(ns_ * factor); }
  constexpr Duration operator/(std::int64_t divisor) const { return Duration(ns_ / divisor); }
  constexpr std::int64_t operator/(Duration other) const { return ns_ / other.ns_; }
  constexpr Duration& operator+=(Duration other) { return ns_ += other.ns_, *this; }

 private:
  constexpr explicit Duration(std::int64_t ns) : ns_(ns) {}
  std::int64_t ns_ = 0;
};

/// A point in simulated time, counted from the start of the simulation.
class Instant {
 public:
  constexpr Instant() = default;
  static constexpr Instant from_ns(std::int64_t ns) { return Instant(ns); }
  /// Later than every event: the deadline of something that is not scheduled.
  static constexpr Instant never() { return Instant(std::numeric_limits<std::int64_t>::max()); }

  constexpr std::int64_t ns() const { return ns_; }
  constexpr Duration since_start() const { return Duration::nanoseconds(ns_); }

  constexpr auto operator<=>(const Instant&) const = default;
  constexpr Instant operator+(Duration d) const { return Instant(ns_ + d.ns()); }
  constexpr Instant operator-(Duration d) const { return Instant(ns_ - d.ns()); }
  constexpr Duration operator-(Instant o) const { return Duration::nanoseconds(ns_ - o.ns_); }

 private:
  constexpr explicit Instant(std::int64_t ns) : ns_(ns) {}
  std::int64_t ns_ = 0;
};

inline namespace literals {
constexpr Duration operator""_ns(unsigned long long n) {
  return Duration::nanoseconds(std::int64_t(n));
}
constexpr Duration operator""_us(unsigned long long n) {
  return Duration::microseconds(std::int64_t(n));
}
constexpr Duration operator""_ms(unsigned long long n) {
  return Duration::milliseconds(std::int64_t(n));
}
constexpr Duration operator""_s(unsigned long long n) { return Duration::seconds(std::int64_t(n)); }
constexpr Duration operator""_min(unsigned long long n) {
  return Duration::seconds(std::int64_t(n) * 60);
}
constexpr Duration operator""_h(unsigned long long n) {
  return Duration::seconds(std::int64_t(n) * 3600);
}
}  // namespace literals

}  // namespace natsim
