// A network made up by dice: sites with a LAN each, behind routers that make a tree.
//
//   host … host                host … host
//      └─ lan0 ─ r0 ── link ── r1 ─ lan1          some routers masquerade, some hosts have leases,
//                └──── link ── r2 ─ lan2          cables with and without delay, jitter, loss
#pragma once

#include <cstdint>

#include "sim/network/spec.h"

namespace natsim::threads {

/// The same number gives the same country: its cables, its hosts, their traffic, and probes.
spec::Topology make_country(std::uint64_t number);

/// `towns` chains of `routers` routers each, with a host at either end that sends to the other one,
/// and a backbone of cables with `delay` that joins the towns: a network that divides well.
spec::Topology make_towns(std::uint32_t towns, std::uint32_t routers, Duration delay,
                          std::uint32_t datagrams);

}  // namespace natsim::threads
