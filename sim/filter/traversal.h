// One packet on its way through one node's hooks.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/base/ids.h"
#include "sim/filter/connection.h"
#include "sim/filter/target.h"
#include "sim/observe/reason.h"
#include "sim/observe/step.h"
#include "sim/wire/packet.h"

namespace natsim {

class Conntrack;

/// Lives on the caller's stack from the packet's first hook to its last. A connection that has not
/// been confirmed by then goes with it, as in Linux: a dropped first packet leaves no trace.
/// Must not outlive the Netfilter that it was run through.
struct Traversal {
  /// `ip_packet` points into `packet` and is `octets` (the total length) long.
  /// REQUIRES: a header that Ipv4View::received() accepts, and nobody else reading the bytes.
  Traversal(Packet& the_packet, std::uint8_t* ip_packet, std::uint32_t octets)
      : packet(&the_packet), ip(ip_packet), ip_size(octets) {
    parse();
  }
  Traversal(const Traversal&) = delete;
  Traversal& operator=(const Traversal&) = delete;
  ~Traversal() {
    if (owner != nullptr) [[unlikely]]
      discard();
  }

  /// Reads the cached fields anew, for a caller that changed the packet's addresses or bytes.
  void parse();
  /// `size` from the transport header's start can be read.
  bool has_transport(std::uint32_t size) const {
    return fragment_offset == 0 && header_bytes + size <= ip_size;
  }
  std::uint8_t* transport() const { return ip + header_bytes; }
  /// What names its flow, as it now is. nullopt: too short, or not the first fragment.
  std::optional<FlowKeyV4> key() const;
  /// The same for observers.
  Tuple tuple() const;

  Packet* packet;
  std::uint8_t* ip;
  std::uint32_t ip_size;
  IfIndex in = kNoInterface;
  IfIndex out = kNoInterface;
  const std::uint8_t* link_header = nullptr;  ///< Ethernet header it came with, for mac matches
  Ipv4Address next_hop;                ///< on the way out; unspecified: the destination itself
  std::vector<Step>* steps = nullptr;  ///< where an explanation goes, if anybody wants one

  // Set by prerouting or output. A packet without connection is invalid or untracked.
  Connection* connection = nullptr;
  ConnectionState state = ConnectionState::invalid;
  bool reply = false;  ///< goes in the connection's reply direction
  std::uint32_t mark = 0;

  // Cached from the packet and kept right by translation.
  Ipv4Address source, destination;
  std::uint16_t source_port = 0, destination_port = 0;  ///< zero without ports
  std::uint16_t fragment_offset = 0;                    ///< octets
  std::uint8_t header_bytes = 0;
  Protocol protocol = Protocol::udp;
  bool has_ports = false;      ///< TCP or UDP, and the header is there
  std::uint8_t tcp_flags = 0;  ///< of a whole TCP header
  std::uint8_t icmp_type = 255, icmp_code = 255;

  const RuleLabel* nat_rule = nullptr;  ///< the rule that decided on a translation
  Conntrack* owner = nullptr;           ///< whose unconfirmed connection this carries

 private:
  void discard();
};

enum class Action : std::uint8_t { accept, drop, reject };

struct Verdict {
  Action action = Action::accept;
  RejectWith reject_with = RejectWith::port_unreachable;
  Reason reason;
};

}  // namespace natsim
