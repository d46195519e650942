// Changes one end of a packet in place, checksums included (RFC 3022 4.1, RFC 1624).
#pragma once

#include "sim/filter/traversal.h"
#include "sim/filter/unique_tuple.h"

namespace natsim {

/// Gives the packet the source (or destination) of `target`: address, and port or ICMP identifier.
/// Keeps the traversal's cached fields right. False: its transport header is cut off.
bool rewrite(Traversal& packet, NatSide side, const FlowKeyV4& target);

/// The same for the packet that an ICMP error quotes, as far as it is there; the error's own
/// checksum is made anew. False: the quotation is too short.
bool rewrite_quoted(Traversal& error, NatSide side, const FlowKeyV4& target);

/// Gives the error itself the address of `target`.
void rewrite_address(Traversal& packet, NatSide side, Ipv4Address address);

}  // namespace natsim
