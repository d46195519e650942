#include "sim/base/random.h"

#include "sim/base/check.h"

namespace natsim {
namespace {

std::uint64_t splitmix64(std::uint64_t& state) {
  std::uint64_t z = state += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

constexpr std::uint64_t rotate_left(std::uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

}  // namespace

std::uint64_t hash_name(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : name) hash = (hash ^ std::uint8_t(c)) * 0x100000001b3;
  return splitmix64(hash);
}

Prng::Prng(std::uint64_t seed) {
  for (auto& word : state_) word = splitmix64(seed);
}

Prng Prng::stream(std::uint64_t seed, std::string_view name) {
  std::uint64_t mixed = seed;
  return Prng(splitmix64(mixed) ^ hash_name(name));
}

std::uint64_t Prng::next() {
  const std::uint64_t result = rotate_left(state_[1] * 5, 7) * 9;
  const std::uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = rotate_left(state_[3], 45);
  return result;
}

std::uint64_t Prng::below(std::uint64_t bound) {
  SIM_CHECK(bound > 0);
  // Lemire's multiply and reject: the low half tells whether the draw fell into the biased rest.
  __extension__ using Wide = unsigned __int128;
  Wide product = Wide(next()) * bound;
  if (std::uint64_t(product) < bound) {
    const std::uint64_t rest = (0 - bound) % bound;
    while (std::uint64_t(product) < rest) product = Wide(next()) * bound;
  }
  return std::uint64_t(product >> 64);
}

std::uint64_t Prng::between(std::uint64_t low, std::uint64_t high) {
  SIM_CHECK(low <= high);
  const std::uint64_t span = high - low;
  return span == ~std::uint64_t{0} ? next() : low + below(span + 1);
}

bool Prng::chance(Ratio probability) {
  SIM_CHECK(probability.denominator > 0);
  return below(probability.denominator) < probability.numerator;
}

}  // namespace natsim
