// What a neighbour table wants done: it does no I/O itself.
#pragma once

#include <vector>

#include "sim/base/ids.h"
#include "sim/observe/reason.h"
#include "sim/wire/address.h"
#include "sim/wire/mac.h"
#include "sim/wire/packet.h"

namespace natsim {

/// Broadcast, or unicast to a neighbour whose address is in doubt.
struct ArpRequest {
  IfIndex interface;
  MacAddress destination;
  /// Unspecified: use the interface's address on the target's subnet
  /// (LocalAddresses::source_towards).
  Ipv4Address sender;
  Ipv4Address target;
  bool operator==(const ArpRequest&) const = default;
};

/// "`address` is at my MAC", to who asked.
struct ArpReply {
  IfIndex interface;
  Ipv4Address address;  ///< the reply's sender address: what was asked for
  MacAddress asker_mac;
  Ipv4Address asker;
  bool operator==(const ArpReply&) const = default;
};

/// A packet whose neighbour has answered: send it to `mac`.
struct ReleasedPacket {
  IfIndex interface;
  MacAddress mac;
  Packet packet;
  IfIndex arrived_by = kNoInterface;
};

/// A packet that waited in vain. neighbor_unreachable deserves an ICMP 3/1 to its sender or a local
/// error (ARP-11, ARP-12); neighbor_queue_full and link_down are silent.
struct UnsentPacket {
  IfIndex interface;
  Ipv4Address next_hop;
  Packet packet;
  IfIndex arrived_by = kNoInterface;
  Cause cause = Cause::neighbor_unreachable;
};

/// Everything in order. The table only appends; the caller does it. Doing it may call the table
/// again, with other lists.
struct NeighborWork {
  std::vector<ArpRequest> requests;
  std::vector<ArpReply> replies;
  std::vector<ReleasedPacket> released;
  std::vector<UnsentPacket> unsent;

  bool empty() const {
    return requests.empty() && replies.empty() && released.empty() && unsent.empty();
  }
  void clear() {
    requests.clear();
    replies.clear();
    released.clear();
    unsent.clear();
  }
};

}  // namespace natsim
