// Telling the observer that the link layer dropped a frame.
#pragma once

#include "sim/link/lane.h"

namespace natsim {

/// Nothing happens if nobody watches. `interface` is where the frame was.
void report_drop(Lane& lane, NodeId node, IfIndex interface, const Packet& frame, Cause cause);

/// The bytes of the VLAN tags in a frame: 0, 4 or 8.
std::size_t tag_bytes(ByteSpan frame);

}  // namespace natsim
