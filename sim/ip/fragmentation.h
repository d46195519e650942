// Cutting an IPv4 datagram, or a fragment of one, into fragments that fit a link (RFC 791 3.2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/wire/packet.h"

namespace natsim {

/// How a datagram came in pieces, for whoever sends it on: a router that reassembles for NAT sends
/// pieces of the same sizes (NAT-L27).
struct FragmentLayout {
  /// Payload octets of each fragment, in order of offset.
  std::vector<std::uint16_t> payload_bytes;
  std::uint16_t largest = 0;     ///< total length of the longest fragment
  std::uint16_t largest_df = 0;  ///< of the longest one with DF; 0: none had it
};

/// Whether `datagram` has to be cut to leave by a link of this MTU. `layout` is how it arrived;
/// nullptr if it came whole.
bool needs_fragmenting(ByteSpan datagram, std::size_t mtu, const FragmentLayout* layout = nullptr);
/// Whether it must not be: DF, unless it is one that arrived in fragments no longer than the MTU.
/// Then the answer is ICMP 3/4 with `mtu` (RFC 1191 4, IPV4-09).
bool must_not_fragment(ByteSpan datagram, std::size_t mtu, const FragmentLayout* layout = nullptr);

/// Cuts `datagram` (data() is the IPv4 header, size() its total length) and appends the fragments
/// in order: same identification, payloads multiples of eight octets save the last, MF on all but
/// the last, or on all if it was a fragment with MF itself (IPV4-10, IPV4-11). DF is cleared.
/// With a layout the pieces are those of the layout if each fits and their edges allow it, else as
/// large as the largest of them and the MTU allow, and DF stays. Options without
/// the copied flag are overwritten with no-operations in all but the first fragment, as Linux does:
/// the header keeps its length. Fragments keep the journey and have headroom for Ethernet with a
/// VLAN tag. False, with nothing appended and the datagram gone: the MTU leaves no room for eight
/// octets. REQUIRES: a valid header.
/// `linear_bytes`: octets of payload that are in one piece whatever the layout says, as Linux
/// needed them so (NAT); TCP's header always is.
bool fragment(PacketPool& pool, Packet datagram, std::size_t mtu, std::vector<Packet>& fragments,
              const FragmentLayout* layout = nullptr, std::size_t linear_bytes = 0);

}  // namespace natsim
