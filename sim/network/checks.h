// Checks that need the whole network: what a file can say in good grammar and still not mean.
//
//   connectivity  what is not plugged in, parts that no cable joins, loops without STP
//   vlans         cables whose two ends disagree about VLANs; MTUs that differ on a segment
//   addressing    duplicates, network and broadcast addresses, subnets that overlap or stand alone
//   routes        gateways that are nowhere, elsewhere, or oneself
//   traffic       senders without a way to where they send
//   dhcp          ranges and reservations, servers and clients that miss each other
//   nat           translations that nothing can use
//
// An error means that the run makes no sense; a warning, that something will surely not work as
// written, although somebody may want to see just that.
#pragma once

#include "sim/base/place.h"
#include "sim/network/spec.h"
#include "sim/network/topology_graph.h"

namespace natsim {

/// Everything wrong with `topology`, in the order of the places. Near linear in its size.
/// What names something that does not exist is passed over: the reader of a file reports that, and
/// whatever can be seen in one item alone.
Problems check_topology(const spec::Topology& topology);
/// The same for who has the graph already.
Problems check_topology(const TopologyGraph& graph);

}  // namespace natsim
