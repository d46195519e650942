// Whether every name that a file uses is one that it has.
//
// Only names: connectivity, subnets and addresses that collide are for whoever builds the network.
#pragma once

#include "src/topology/context.h"
#include "src/topology/names.h"
#include "src/topology/objects.h"

namespace natsim::topology {

/// Checks all of the following.
void check_references(Context& context, const Reading& reading);

/// Interfaces: their networks, VLAN sub-interfaces, links; each is plugged into one thing.
void check_plugs(Context& context, const spec::Topology& topology, Names& names);

/// What a node's routes, services, NAT and firewall say about its interfaces and zones.
void check_node(Context& context, const spec::Node& node);

/// Traffic, expectations and capture.
void check_scenario(Context& context, const Reading& reading, Names& names);

}  // namespace natsim::topology
