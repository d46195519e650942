// Addresses that must not appear: martians on any wire, private and reserved ones on the Internet.
#pragma once

#include <cstdint>
#include <span>

#include "sim/wire/address.h"

namespace natsim {

/// A source that no forwarder and no host believes (RFC 1812 5.3.7, RFC 1122 3.2.1.3): 0/8, 127/8,
/// 224/4, 255.255.255.255. 0.0.0.0 to a broadcast or from a client without an address is fine
/// (DHCP): hence `destination`. A node's own address as source is a martian too; only its
/// LocalAddresses know that. Everything else passes, 10/8 and 240/4 included (IPV4-25).
constexpr bool is_martian_source(Ipv4Address source, Ipv4Address destination) {
  if (source.is_multicast() || source.is_broadcast() || source.is_loopback()) return true;
  if (source.value >> 24 != 0) return false;
  return !(source.is_unspecified() && destination.is_broadcast());
}

/// A destination that never arrives from a wire: 127/8 and 0/8 (RFC 1122 3.2.1.3).
constexpr bool is_martian_destination(Ipv4Address destination) {
  return destination.is_loopback() || destination.value >> 24 == 0;
}

/// A block of the IANA special-purpose registry (RFC 6890).
struct SpecialBlock {
  Ipv4Address network;
  std::uint8_t length;
  const char* name;    ///< "private use"
  const char* source;  ///< "RFC 1918"
  constexpr bool contains(Ipv4Address address) const {
    return ((address.value ^ network.value) & netmask_of(length)) == 0;
  }
  constexpr Prefix prefix() const { return {network, length}; }
};

/// The blocks that do not belong on the Internet, by network; documentation blocks last three of
/// their own.
std::span<const SpecialBlock> bogon_blocks();
std::span<const SpecialBlock> documentation_blocks();

/// 10/8, 172.16/12, 192.168/16.
constexpr bool is_private(Ipv4Address address) {
  return address.value >> 24 == 10 || address.value >> 20 == 0xac1 || address.value >> 16 == 0xc0a8;
}

/// What the Internet lets pass. Topologies that number their public side from the documentation
/// blocks, as most examples do, set `documentation_is_public`.
struct InternetProfile {
  bool documentation_is_public = false;
};

/// The block that makes `address` a bogon on the Internet, or nullptr. 224/4 is one as a source
/// only (IPV4-27).
const SpecialBlock* bogon_source(Ipv4Address address, InternetProfile profile);
const SpecialBlock* bogon_destination(Ipv4Address address, InternetProfile profile);

/// The block by which a packet that was seen on the Internet gives its network away, source looked
/// at first (IPV4-26); nullptr if there is nothing wrong with it. What stays on its link is none
/// of the Internet's business: 255.255.255.255 as destination, and 0.0.0.0 to there.
const SpecialBlock* internet_leak(Ipv4Address source, Ipv4Address destination,
                                  InternetProfile profile);

}  // namespace natsim
