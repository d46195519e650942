// Frames as tests write them: option structs with sensible defaults, and small deliberate damage.
//
//   far.sends(0_ms, udp({.src = "10.0.0.2:1000", .dst = "203.0.113.10:53", .ttl = 3}));
//   far.sends(1_ms, ping({.src = "10.0.0.2", .dst = "10.0.0.255"}).to(MacAddress::broadcast()));
//   far.sends(2_ms, udp({…}).with_octet(10, 0xff));         // the IPv4 header checksum is wrong
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "sim/base/bytes.h"
#include "sim/wire/arp.h"
#include "sim/wire/ethernet.h"
#include "sim/wire/icmp.h"
#include "sim/wire/tcp.h"
#include "sim/wire/vlan.h"
#include "tests/support/text.h"

namespace natsim::lab {

/// An Ethernet frame before it is sent. Each of the functions returns a changed copy.
class Frame {
 public:
  Frame(std::uint16_t type_or_length, Bytes payload)
      : type_(type_or_length), payload_(std::move(payload)) {}

  /// Otherwise who sends it fills in its own address …
  Frame from(MacAddress source) const;
  /// … and that of who is at the other end of its cable.
  Frame to(MacAddress destination) const;
  Frame to_all() const { return to(MacAddress::broadcast()); }
  /// One more VLAN tag outside of those that it has; 4095 may be tried too.
  Frame tagged(VlanTag tag) const;
  Frame tagged(std::uint16_t vlan) const { return tagged(VlanTag{.id = vlan}); }

  /// Another value at `offset` behind the Ethernet header, checksums as they were.
  Frame with_octet(std::size_t offset, std::uint8_t value) const;
  /// The same, and the IPv4 header checksum made anew.
  Frame with_header_octet(std::size_t offset, std::uint8_t value) const;
  /// The UDP, TCP or ICMP checksum is off by one.
  Frame with_bad_checksum() const;
  /// Octets behind the payload, as padding.
  Frame with_trailer(const Bytes& trailer) const;
  /// Only the first `count` octets of the payload.
  Frame cut_to(std::size_t count) const;

  /// What goes behind the Ethernet header and the tags.
  const Bytes& payload() const { return payload_; }
  /// With addresses for those that were not set.
  Bytes bytes(MacAddress source, MacAddress destination) const;

 private:
  std::uint16_t type_;
  Bytes payload_;
  std::optional<MacAddress> source_, destination_;
  std::vector<VlanTag> tags_;  // innermost first
};

struct UdpText {
  std::string src, dst;  ///< "10.0.0.2:1000"
  Bytes payload = text("hello");
  std::uint8_t ttl = 64;
  std::uint8_t tos = 0;
  std::uint16_t id = 0x4242;
  bool df = false;
  bool without_checksum = false;  ///< the field is zero: none was made
};
Frame udp(const UdpText& text);

struct TcpText {
  std::string src, dst;  ///< "10.0.0.2:1000"
  TcpFlags flags = kTcpSyn;
  std::uint32_t seq = 0, ack = 0;
  std::uint16_t window = 65'535;
  TcpOptions options = {};
  Bytes payload = {};
  std::uint8_t ttl = 64;
  std::uint8_t tos = 0;
};
Frame tcp(const TcpText& text);

struct PingText {
  std::string src, dst;  ///< "10.0.0.2"
  std::uint16_t echo_id = 7, seq = 1;
  Bytes payload = text("hello");
  std::uint8_t ttl = 64;
  std::uint8_t tos = 0;
  bool df = false;
};
/// An echo request.
Frame ping(const PingText& text);

struct IcmpText {
  std::string src, dst;  ///< "10.0.0.2"
  IcmpHeader what = {};
  Bytes payload = {};  ///< of an error: the packet that it quotes
  std::uint8_t ttl = 64;
};
Frame icmp(const IcmpText& text);

struct IpText {
  std::string src, dst;  ///< "10.0.0.2"
  Protocol protocol = Protocol(99);
  Bytes payload = text("hello");
  Bytes options = {};  ///< padded to four octets by whoever writes them
  std::uint8_t ttl = 64;
  std::uint8_t tos = 0;
  std::uint16_t id = 0x4242;
  bool df = false;
  bool more_fragments = false;
  std::size_t fragment_offset = 0;  ///< in octets
};
Frame ipv4(const IpText& text);

/// The octets [begin, end) of the payload of `whole`, an IPv4 packet without options, as a
/// fragment.
Frame fragment_of(const Frame& whole, std::size_t begin, std::size_t end);

struct ArpText {
  std::string sender, target;                 ///< "10.0.0.2"
  std::optional<MacAddress> sender_mac = {};  ///< otherwise filled in by who sends it
  MacAddress target_mac = {};
};
/// To all; a reply to who is at the other end. Both may be given other addresses.
Frame arp_request(const ArpText& text);
Frame arp_reply(const ArpText& text);

/// Of no known protocol: a switch does not care. The EtherType is for local experiments
/// (IEEE 802-2014 9.2.4).
Frame raw(std::string_view words = "hello", std::uint16_t type_or_length = 0x88b5);

}  // namespace natsim::lab
