// Raw sockets for tools that probe the network: packets that they make themselves, and what comes
// back for them.
//
// What is sent passes the node's output hooks like everything else. Answers are heard beside the
// sockets: to a SYN-ACK that nobody connected for, the node itself says reset, as Linux does.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/base/random.h"
#include "sim/ip/stack.h"
#include "sim/transport/probe.h"

namespace natsim {

class IpNode;

/// A datagram, a SYN or an echo request. Ports of ICMP: identifier and sequence number.
struct RawProbe {
  Protocol protocol = Protocol::udp;
  Ipv4Address destination{};
  std::uint8_t ttl = 64;
  std::uint16_t source_port = 0, destination_port = 0;
  std::uint16_t size = 0;  ///< of the packet, in bytes; 0: as short as it can be
  Bytes payload{};         ///< of a datagram, instead of `size`
};

/// What was heard, with the ports of the probe that it is about.
struct RawAnswer {
  Protocol protocol = Protocol::udp;
  Ipv4Address from{};
  std::uint16_t source_port = 0, destination_port = 0;
  bool reset = false;                ///< of TCP; otherwise a SYN-ACK
  std::optional<IcmpError> error{};  ///< instead of an answer
};

class RawListener {
 public:
  /// False: it is about no probe of the listener's.
  virtual bool on_raw_answer(const RawAnswer& answer) = 0;

 protected:
  ~RawListener() = default;
};

/// Of one node; made on first use.
class RawProbes {
 public:
  RawProbes(IpNode& node, std::uint64_t seed);

  /// Hears everything from now on, until it is removed. Not owned.
  void add(RawListener& listener) { listeners_.push_back(&listener); }
  void remove(RawListener& listener) { std::erase(listeners_, &listener); }
  /// The first of `count` source ports for one run, above those that sockets are given. REQUIRES:
  /// count <= 4000.
  std::uint16_t take_ports(std::uint16_t count);

  void send(const RawProbe& probe);

  // --- from the node's sockets; true: somebody listened to it
  bool hear_udp(const LocalDelivery& delivery);
  bool hear_tcp(const LocalDelivery& delivery);
  bool hear_echo_reply(Ipv4Address from, std::uint16_t id, std::uint16_t sequence);
  /// REQUIRES: eight octets are quoted of what it carried.
  bool hear_error(const Ipv4View& quoted, const IcmpError& error);

 private:
  bool tell(const RawAnswer& answer);
  Packet packet_of(const RawProbe& probe, Ipv4Header ip);

  IpNode& node_;
  Prng random_;
  std::uint32_t next_port_;
  std::vector<RawListener*> listeners_;
};

}  // namespace natsim
