// The packets by which a node says that it will not have another one: ICMP errors (RFC 792, RFC
// 1812 4.3.2) and TCP resets (RFC 9293 3.5.2, 3.5.3), byte for byte as Linux makes them.
//
// All spans and packets here start with the IPv4 header. What is made has headroom for Ethernet
// with a VLAN tag, and no journey yet.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sim/wire/address.h"
#include "sim/wire/icmp.h"
#include "sim/wire/packet.h"

namespace natsim {

/// Longest error (RFC 1812 4.3.2.3); 548 octets of it are the quoted packet (ICMP-04).
inline constexpr std::size_t kIcmpErrorBytesMax = 576;

/// What only the receiving interface and the routing table know about an offending packet.
struct OffenderContext {
  bool link_group = false;         ///< it came in a broadcast or multicast frame
  bool destination_group = false;  ///< its destination is a broadcast address of a local subnet
};

/// Whether an ICMP error about `offender` is permitted (RFC 1122 3.2.2, IPV4-31): not about ICMP
/// errors (unknown types count as such), fragments but the first, what went to a group, or what a
/// single host cannot have sent. REQUIRES: a valid header.
bool may_answer_with_icmp(ByteSpan offender, OffenderContext context = {});

/// The same for a firewall's REJECT, which moreover leaves alone what arrived damaged: the
/// transport checksum of a whole packet must be right.
bool may_reject_with_icmp(ByteSpan offender, OffenderContext context = {});

/// The error `what` about `offender`, to its source. TTL 64, DF clear, precedence 6 and the
/// offender's low TOS bits (ICMP-06). `source` is the node's choice (ICMP-05).
/// REQUIRES: a valid header in `offender`, which ends where its total length says.
Packet make_icmp_error(PacketPool& pool, IcmpHeader what, ByteSpan offender, Ipv4Address source,
                       std::uint16_t identification);

/// Whose reset it is. They differ in the TOS: the stack sends the offender's back, a rule zero.
enum class ResetBy : std::uint8_t { stack, rule };

/// The reset that answers `offender` as if its destination had sent it (FW-M08). Empty if there is
/// none to send: it is no TCP segment, a reset itself, a fragment but the first, too short, or its
/// checksum is wrong. REQUIRES: a valid header in `offender`, which ends where its total length
/// says.
Packet make_tcp_reset(PacketPool& pool, ByteSpan offender, ResetBy by);

}  // namespace natsim
