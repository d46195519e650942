// One tracked connection: netfilter's nf_conn.
#pragma once

#include <cstdint>

#include "sim/base/ids.h"
#include "sim/base/time.h"
#include "sim/filter/flow_key.h"

namespace natsim {

enum class FlowDirection : std::uint8_t { original, reply };

constexpr FlowDirection operator!(FlowDirection d) {
  return d == FlowDirection::original ? FlowDirection::reply : FlowDirection::original;
}

/// Bits of a connection's status; netfilter's IPS_*.
enum : std::uint16_t {
  kConfirmed = 1,        ///< its first packet has left: it stands in the table
  kSeenReply = 2,        ///< packets have passed in both directions
  kAssured = 4,          ///< never evicted early
  kSourceNat = 8,        ///< the original direction's source is translated
  kDestinationNat = 16,  ///< the original direction's destination is translated
  kSourceNatDone = 32,   ///< the decision is taken, whatever it was
  kDestinationNatDone = 64,
  kExpected = 128,  ///< a helper foretold it
  kDying = 256,     ///< out of the table; the packet that holds it ends its life
  kNatMask = kSourceNat | kDestinationNat,
};

/// TCP's states as conntrack sees them, in the order of its transition table.
enum class TrackedState : std::uint8_t {
  none,
  syn_sent,
  syn_recv,
  established,
  fin_wait,
  close_wait,
  last_ack,
  time_wait,
  close,
  syn_sent2,
};
/// "SYN_SENT", …: the spelling of conntrack listings.
const char* to_string(TrackedState state);

/// Packets, and octets of their IPv4 packets.
struct FlowCounters {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
};

template <class Family>
struct BasicConnection {
  static constexpr std::uint32_t kNone = 0xffff'ffff;

  /// What packets look like as they come in, by direction: before any translation.
  FlowKey<Family> keys[2];
  Instant expiry;  ///< not there any more from this instant on
  std::uint64_t bytes[2];
  std::uint32_t packets[2];
  std::uint32_t mark;
  std::uint32_t by_source_next, by_source_previous;  ///< among those with the same inside endpoint
  /// TCP: its window record. UDP: when it becomes a stream, microseconds modulo 2^32.
  std::uint32_t protocol_data;
  std::uint16_t status;
  IpIfIndex masquerade_out;  ///< or kNoInterface
  std::uint32_t index : 24;  ///< its own place in the table
  TrackedState tcp_state : 8;

  const FlowKey<Family>& key(FlowDirection d) const { return keys[int(d)]; }
  const FlowKey<Family>& original() const { return keys[0]; }
  /// As the answers come in.
  const FlowKey<Family>& reply() const { return keys[1]; }
  bool has(std::uint16_t bits) const { return (status & bits) == bits; }
  FlowCounters counters(FlowDirection d) const { return {packets[int(d)], bytes[int(d)]}; }
};
using Connection = BasicConnection<Ipv4>;
static_assert(sizeof(Connection) == 88);

}  // namespace natsim
