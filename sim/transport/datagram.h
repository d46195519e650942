// UDP datagrams as values: what the stack hands to a service, and what a service wants sent.
#pragma once

#include <cstdint>
#include <optional>

#include "sim/base/bytes.h"
#include "sim/base/ids.h"
#include "sim/wire/address.h"
#include "sim/wire/mac.h"

namespace natsim {

/// A datagram that arrived. `payload` is lent for the length of the call.
struct Datagram {
  Endpoint source, destination;
  ByteSpan payload;
  IfIndex interface = kNoInterface;  ///< it came in by this one
  bool broadcast = false;            ///< addressed to others too: broadcast or multicast
};

/// A datagram to send.
struct DatagramOut {
  Endpoint source;  ///< address `::`: the stack chooses one. 0.0.0.0 is meant as it stands
  Endpoint destination;
  Bytes payload;
  IfIndex interface = kNoInterface;  ///< otherwise it leaves by this one, whatever routes say
  std::optional<MacAddress> destination_mac;  ///< set: straight to this station, no ARP
  bool raw = false;                           ///< past netfilter, as from a packet socket (DHCP-37)
  bool path_mtu_discovery = true;             ///< DF where it fits, as Linux's UDP sockets
  std::uint8_t ttl = 64;
};

}  // namespace natsim
