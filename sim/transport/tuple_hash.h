// Tuples as keys of flat hash maps.
#pragma once

#include <absl/hash/hash.h>

#include <cstddef>
#include <tuple>

#include "sim/wire/address.h"

namespace natsim {

struct TupleHash {
  std::size_t operator()(const Tuple& tuple) const {
    const auto& [source, destination, protocol] = tuple;
    return absl::HashOf(source.address.high(), source.address.low(), source.port,
                        destination.address.high(), destination.address.low(), destination.port);
  }
};

}  // namespace natsim
