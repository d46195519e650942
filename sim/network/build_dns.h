// DNS servers from their description.
#pragma once

#include "sim/network/spec.h"
#include "sim/node/ip_node.h"

namespace natsim {

/// Starts the server of `spec` on `node`, at port 53. Root servers are the nodes of the topology
/// that serve the zone ".".
void start_dns_server(const spec::Topology& topology, const spec::DnsServer& spec, IpNode& node,
                      std::uint64_t seed);

}  // namespace natsim
