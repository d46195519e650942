// Changes one end of a packet in place, checksums included (RFC 3022 4.1, RFC 1624).
#pragma once

#include "sim/filter/traversal.h"
#include "sim/filter/unique_tuple.h"

namespace natsim {

/// One end of a packet.
struct FlowEnd {
  Ipv4Address address;
  std::uint16_t port;  ///< or the ICMP identifier, which both ends share
};
/// What a packet of flow `key` has there.
inline FlowEnd end_of(const FlowKeyV4& key, NatSide side) {
  if (side == NatSide::source) return {key.source, key.source_port};
  const bool icmp = key.protocol == Protocol::icmp;
  return {key.destination, icmp ? key.source_port : key.destination_port};
}
/// What a packet the other way has there.
inline FlowEnd end_of_inverse(const FlowKeyV4& key, NatSide side) {
  return end_of(key, side == NatSide::source ? NatSide::destination : NatSide::source);
}

/// Gives the packet that source (or destination). Keeps the traversal's cached fields right. False:
/// its transport header is cut off.
bool rewrite(Traversal& packet, NatSide side, FlowEnd end);

/// The same for the packet that an ICMP error quotes, as far as it is there; the error's own
/// checksum is made anew. False: the quotation is too short.
bool rewrite_quoted(Traversal& error, NatSide side, FlowEnd end);

/// Gives the packet another address there; its transport checksum is not touched.
void rewrite_address(Traversal& packet, NatSide side, Ipv4Address address);

}  // namespace natsim
