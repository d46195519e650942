// A frame as it was seen, and checks of it that compose:
//
//   EXPECT_FRAME(wan.next(), at(10_ms), ipv4(src("203.0.113.7"), ttl(63)), udp(dst_port(53)),
//                valid_checksums());
//   EXPECT_FRAME(lan.next(), icmp(3, 4, mtu(1400), quotes(dst("203.0.113.10"), df(true))));
//
// A check that fails says which field has which value, and prints every packet of the lab so far.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "sim/wire/arp.h"
#include "sim/wire/icmp.h"
#include "sim/wire/ipv4.h"
#include "sim/wire/tcp.h"
#include "sim/wire/vlan.h"
#include "tests/support/frame.h"

namespace natsim::lab {

/// Who can tell what happened before.
class Storyteller {
 public:
  virtual std::string story() const = 0;

 protected:
  ~Storyteller() = default;
};

/// A frame that came, or, while `bytes` is empty, the finding that none came.
struct Sighting {
  Instant when = {};
  Bytes bytes = {};
  const Storyteller* teller = nullptr;

  explicit operator bool() const { return !bytes.empty(); }
  /// The same octets at the same nanosecond.
  bool operator==(const Sighting& other) const {
    return when == other.when && bytes == other.bytes;
  }
  MacAddress source() const { return MacAddress::load(bytes.data() + 6); }
  MacAddress destination() const { return MacAddress::load(bytes.data()); }
};
void PrintTo(const Sighting& seen, std::ostream* out);

/// A sighting taken apart as far as it goes.
struct Dissected {
  explicit Dissected(const Sighting& seen);
  /// Of a packet quoted in an ICMP error: nothing but IPv4.
  explicit Dissected(ByteSpan quoted);

  Instant when;
  ByteSpan frame;              // empty for a quoted packet
  std::vector<VlanTag> tags;   // outermost first
  std::uint16_t type = 0;      // behind all tags
  ByteSpan payload;            // behind that
  std::optional<Ipv4View> ip;  // up to the total length
  std::optional<ArpHeader> arp;
};

/// What is wrong, in words; nullopt: nothing.
using Complaint = std::optional<std::string>;
using Check = std::function<Complaint(const Dissected&)>;

testing::AssertionResult check(const Sighting& seen, const std::vector<Check>& checks);

#define EXPECT_FRAME(seen, ...) EXPECT_TRUE(::natsim::lab::check(seen, {__VA_ARGS__}))
#define ASSERT_FRAME(seen, ...) ASSERT_TRUE(::natsim::lab::check(seen, {__VA_ARGS__}))
/// Nothing came that was not looked at: `end` is a FarEnd.
#define EXPECT_SILENCE(end) EXPECT_TRUE(::natsim::lab::check_silence((end).next()))
testing::AssertionResult check_silence(const Sighting& seen);

/// All of them.
Check all(std::vector<Check> checks);

// --- the frame
Check at(Duration since_start);
Check from(MacAddress source);
Check to(MacAddress destination);
Check to_all();
Check untagged();
/// The outermost tag.
Check tagged(VlanTag tag);
Check tagged(std::uint16_t vlan);
/// Octets without FCS, padding included.
Check frame_length(std::size_t octets);
/// What stands behind Ethernet header and tags is this frame's payload; padding does not count.
Check carries(const Frame& frame);

// --- IPv4
template <class... Checks>
Check ipv4(Checks... checks);
Check src(std::string_view address);
Check dst(std::string_view address);
Check ttl(std::uint8_t value);
Check tos(std::uint8_t value);
Check ip_id(std::uint16_t value);
Check df(bool set);
/// Payload octets of the fragment, its offset in octets, and whether more follow.
Check fragment(std::size_t octets, std::size_t offset, bool more);
Check not_fragmented();
Check total_length(std::size_t octets);
Check protocol(std::uint8_t number);
/// Of the IPv4 header, and of UDP, TCP or ICMP where the packet is whole.
Check valid_checksums();

// --- transport
template <class... Checks>
Check udp(Checks... checks);
template <class... Checks>
Check tcp(Checks... checks);
Check src_port(std::uint16_t port);
Check dst_port(std::uint16_t port);
/// What follows the UDP, TCP or ICMP header.
Check payload(const Bytes& octets);
Check payload(std::string_view words);
Check flags(TcpFlags exactly);
Check seq(std::uint32_t value);
Check ack(std::uint32_t value);
Check mss(std::uint16_t value);

template <class... Checks>
Check icmp(std::uint8_t type, std::uint8_t code, Checks... checks);
Check echo(std::uint16_t id, std::uint16_t sequence);
Check mtu(std::uint16_t next_hop);
Check gateway(std::string_view address);
/// The second word is zero.
Check unused_zero();
/// Of the packet that the error is about.
template <class... Checks>
Check quotes(Checks... checks);
/// How much of it there is, its IPv4 header included.
Check quoted_octets(std::size_t count);

// --- ARP
template <class... Checks>
Check arp(ArpOperation operation, Checks... checks);
Check sender(std::string_view address);
Check sender_mac(MacAddress address);
Check target(std::string_view address);
Check target_mac(MacAddress address);

// --- how the groups are made
Check is_ipv4();
Check is_protocol(Protocol protocol);
Check is_icmp(std::uint8_t type, std::uint8_t code);
Check is_arp(ArpOperation operation);
Check of_quoted(Check check);

template <class... Checks>
Check ipv4(Checks... checks) {
  return all({is_ipv4(), std::move(checks)...});
}
template <class... Checks>
Check udp(Checks... checks) {
  return all({is_protocol(Protocol::udp), std::move(checks)...});
}
template <class... Checks>
Check tcp(Checks... checks) {
  return all({is_protocol(Protocol::tcp), std::move(checks)...});
}
template <class... Checks>
Check icmp(std::uint8_t type, std::uint8_t code, Checks... checks) {
  return all({is_icmp(type, code), std::move(checks)...});
}
template <class... Checks>
Check quotes(Checks... checks) {
  return of_quoted(all({std::move(checks)...}));
}
template <class... Checks>
Check arp(ArpOperation operation, Checks... checks) {
  return all({is_arp(operation), std::move(checks)...});
}

}  // namespace natsim::lab
