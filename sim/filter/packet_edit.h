// What mangle's targets change in a packet, checksums included.
#pragma once

#include "sim/filter/interface_table.h"
#include "sim/filter/traversal.h"

namespace natsim {

/// Stays within 0 … 255.
void change_ttl(Traversal& packet, const TtlTarget& target);
void change_dscp(Traversal& packet, std::uint8_t dscp);
/// Lowers the MSS option of a SYN; never raises it, and adds none (NAT-C09). Without a value: to
/// what the smaller of the two interfaces' MTUs leaves.
void clamp_mss(Traversal& packet, const TcpMssTarget& target, const InterfaceTable& interfaces);

}  // namespace natsim
