// What mangle's targets change in a packet, checksums included.
#pragma once

#include "sim/filter/path_mtu_source.h"
#include "sim/filter/traversal.h"

namespace natsim {

/// Stays within 0 … 255.
void change_ttl(Traversal& packet, const TtlTarget& target);
void change_dscp(Traversal& packet, std::uint8_t dscp);
/// Lowers the MSS option, and adds one of at most 536 to a segment that has none and no data; never
/// raises it (NAT-C09). Without a value: to what the MTU of the ways to both ends leaves. False:
/// the segment is malformed, and has to go. Pointers into the packet other than `packet`'s are
/// stale after it.
bool change_mss(Traversal& packet, const TcpMssTarget& target, const PathMtuSource* paths,
                Instant now);

}  // namespace natsim
