// Random choices of a test, the same for the same seed.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "sim/base/random.h"

namespace natsim::lab {

class Dice {
 public:
  /// `purpose` keeps two tests with one seed from throwing alike.
  Dice(std::uint64_t seed, std::string_view purpose) : prng_(Prng::stream(seed, purpose)) {}
  std::uint32_t below(std::uint32_t limit) { return std::uint32_t(prng_.next() % limit); }
  bool one_in(std::uint32_t n) { return below(n) == 0; }
  template <class T>
  T any(std::initializer_list<T> list) {
    return list.begin()[below(std::uint32_t(list.size()))];
  }

 private:
  Prng prng_;
};

}  // namespace natsim::lab
