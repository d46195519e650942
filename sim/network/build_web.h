// Web servers, with and without TLS, from their description.
#pragma once

#include "sim/network/network.h"
#include "sim/network/spec.h"

namespace natsim {

/// Makes the topology's certificates for the network. False after a problem.
bool make_certificates(const spec::Topology& topology, Network& network, Problems& problems);

/// Starts what answers at a TCP port of `node`.
void start_tcp_listener(const spec::Topology& topology, const spec::Listen& listen, IpNode& node,
                        const Network& network);

}  // namespace natsim
