// One packet on its way through one node's hooks.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/base/bytes.h"
#include "sim/base/ids.h"
#include "sim/filter/connection.h"
#include "sim/filter/target.h"
#include "sim/observe/reason.h"
#include "sim/observe/step.h"
#include "sim/wire/packet.h"

namespace natsim {

class Conntrack;

enum class Action : std::uint8_t { accept, drop, reject };

struct Verdict {
  Action action = Action::accept;
  RejectWith reject_with = RejectWith::port_unreachable;
  Reason reason;
};

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
  /// The same of other bytes: the packet has become another one.
  void read(std::uint8_t* ip_packet, std::uint32_t octets) {
    ip = ip_packet;
    ip_size = octets;
    parse();
  }
  /// `size` from the transport header's start can be read.
  bool has_transport(std::uint32_t size) const {
    return fragment_offset == 0 && header_bytes + size <= ip_size;
  }
  std::uint8_t* transport() const { return ip + header_bytes; }
  /// What names its flow, as it now is. nullopt: too short, or not the first fragment.
  std::optional<FlowKeyV4> key() const {
    if (!has_ports) [[unlikely]]
      return portless_key();
    return FlowKeyV4::with_ports(source, destination, source_port, destination_port, protocol);
  }
  /// The same for observers.
  Tuple tuple() const;
  /// All that rules may look at in the packet itself.
  SeenPacket seen() const;

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

  /// Octets behind the IP header that Linux needs in one piece of memory by now: how a reassembled
  /// packet is cut again depends on it (FragmentLayout).
  std::uint32_t linear_bytes = 0;

  // Cached from the packet and kept right by translation.
  Ipv4Address source, destination;
  std::uint16_t source_port = 0, destination_port = 0;  ///< zero without ports
  std::uint16_t fragment_offset = 0;                    ///< octets
  std::uint8_t header_bytes = 0;
  Protocol protocol = Protocol::udp;
  bool has_ports = false;      ///< TCP or UDP, and the header is there
  std::uint8_t tcp_flags = 0;  ///< zero where the TCP header ends before
  std::uint8_t icmp_type = 255, icmp_code = 255;

  const RuleLabel* nat_rule = nullptr;  ///< the rule that decided on a translation
  Verdict verdict;                      ///< of the hook that refused it
  Conntrack* owner = nullptr;           ///< whose unconfirmed connection this carries
  Traversal* cause = nullptr;           ///< what it answers, whose connection it shares

 private:
  void parse_other();
  std::optional<FlowKeyV4> portless_key() const;
  void discard();
};

inline void Traversal::parse() {
  header_bytes = std::uint8_t((ip[0] & 0x0f) * 4);
  fragment_offset = std::uint16_t((load_be16(ip + 6) & 0x1fff) * 8);
  protocol = Protocol(ip[9]);
  source = {load_be32(ip + 12)};
  destination = {load_be32(ip + 16)};
  if (protocol == Protocol::udp && has_transport(4)) [[likely]] {
    has_ports = true;
    source_port = load_be16(transport());
    destination_port = load_be16(transport() + 2);
    tcp_flags = 0;
    icmp_type = icmp_code = 255;
    return;
  }
  parse_other();
}

/// `verdict` says no, and why.
inline bool refused(Traversal& packet, const Verdict& verdict) {
  packet.verdict = verdict;
  return false;
}

}  // namespace natsim
