// Which address and port a translated connection gets: netfilter's get_unique_tuple (NAT-L01 …
// L25).
#pragma once

#include "sim/base/random.h"
#include "sim/base/time.h"
#include "sim/filter/connection_table.h"
#include "sim/filter/target.h"
#include "sim/filter/tcp_tracker.h"

namespace natsim {

/// Which end of the original direction a translation rewrites.
enum class NatSide : std::uint8_t { source, destination };

/// What packets of `connection` look like after translating `side` of `current` into `range`:
///
///   1. source only: unchanged if it is in the range and free; else as an earlier connection of the
///      same inside endpoint is translated, if that is free
///   2. an address of the range, by a hash of both addresses
///   3. the port unchanged if it may be and is free; else ports of its class from a random offset
///      on, a bounded number of times
///
/// "Free" is the whole reply tuple: the same port serves different destinations. When few tries are
/// left a closed TCP connection gives up its port, and ends (`tcp`). If nothing free is found the
/// result is not free; confirming the connection then fails.
FlowKeyV4 unique_tuple(const FlowKeyV4& current, const NatRange& range, NatSide side,
                       const Connection& connection, ConnectionTable& table, const TcpTracker& tcp,
                       Prng& rng, Instant now);

/// An address of the range: spread by source and destination, or with `persistent` by source alone.
/// The same choice as Linux makes.
Ipv4Address choose_address(const NatRange::Addresses& range, Ipv4Address source,
                           Ipv4Address destination, bool persistent);

}  // namespace natsim
