// Reproducible randomness: integers only, one stream for each named thing.
//
// A stream is derived from the simulation's seed and a stable name ("link/lan0/loss"), never from
// the order of construction: adding a host moves no other host's dice.
#pragma once

#include <cstdint>
#include <string_view>

namespace natsim {

/// An exact probability: numerator / denominator. REQUIRES: denominator > 0.
struct Ratio {
  std::uint32_t numerator = 0;
  std::uint32_t denominator = 1;
  constexpr bool zero() const { return numerator == 0; }
  bool operator==(const Ratio&) const = default;
};

/// xoshiro256** 1.0 (Blackman and Vigna), seeded through splitmix64. Own code and not <random>'s:
/// the standard leaves distributions to the library, so the same seed would not mean the same
/// bytes.
class Prng {
 public:
  explicit Prng(std::uint64_t seed);
  /// The stream called `name` in the simulation with this `seed`.
  static Prng stream(std::uint64_t seed, std::string_view name);

  std::uint64_t next();
  /// Uniform in [0, bound), without modulo bias. REQUIRES: bound > 0.
  std::uint64_t below(std::uint64_t bound);
  /// Uniform in [low, high], both included. REQUIRES: low <= high.
  std::uint64_t between(std::uint64_t low, std::uint64_t high);
  /// True with the given probability. Always draws once, so that a ratio of zero does not shift
  /// what comes after it.
  bool chance(Ratio probability);

 private:
  std::uint64_t state_[4];
};

/// A stable 64-bit hash of a name (FNV-1a with a final mix). Not for hostile input.
std::uint64_t hash_name(std::string_view name);

}  // namespace natsim
