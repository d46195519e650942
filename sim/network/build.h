// From a description to a network that runs: the library's front door.
#pragma once

#include <memory>

#include "sim/base/place.h"
#include "sim/network/network.h"
#include "sim/network/spec.h"

namespace natsim {

/// Checks `topology` as a whole (check_topology()) and builds it. Problems found are appended; with
/// an error among them there is no network. `seed` overrules the description's.
/// Expects what a reader guarantees: names are unique, and every reference names something.
/// The network will be run by `threads` threads, or by fewer where its cables allow no such cut. A
/// large one is divided for a single thread too, whose caches then hold what it works on. What
/// happens is the same however it is divided.
std::unique_ptr<Network> build_network(const spec::Topology& topology, Problems& problems,
                                       std::optional<std::uint64_t> seed = std::nullopt,
                                       std::uint32_t threads = 1);

/// Of topologies that set none.
inline constexpr std::uint64_t kDefaultSeed = 1;

}  // namespace natsim
