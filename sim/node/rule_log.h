// What a node's rules log, sent to a collector by syslog.
#pragma once

#include <cstdint>

#include "sim/wire/address.h"

namespace natsim {

class IpNode;

/// Starts it on a node with a packet filter; it stays with the node. Lines go out as kern.warning,
/// as the kernel's LOG target writes them without --log-level.
void send_rule_log(IpNode& node, const Endpoint& collector, std::int64_t epoch_s);

}  // namespace natsim
