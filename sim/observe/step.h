// What a node did with one packet, step by step, as told by the code that did it.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "sim/base/bytes.h"
#include "sim/base/ids.h"
#include "sim/base/time.h"
#include "sim/observe/reason.h"
#include "sim/wire/address.h"
#include "sim/wire/mac.h"

namespace natsim {

struct Rule;  // sim/filter's: who explains a rule looks into it

//   in ──▶ [prerouting] ──▶ route ──▶ [forward] ──▶ [postrouting] ──▶ out
//           raw, conntrack,   │        mangle,        mangle, SNAT,    ▲
//           mangle, DNAT      ▼        filter         confirm          │
//                          [input] ──▶ local process ──▶ route ──▶ [output]
//                          mangle, filter, confirm               raw … filter
/// The five places where netfilter looks at a packet.
enum class Hook : std::uint8_t { prerouting, input, forward, output, postrouting };
const char* to_string(Hook hook);

/// Conntrack's word for a packet (netfilter's ctstate).
enum class ConnectionState : std::uint8_t { untracked, invalid, new_, established, related };
const char* to_string(ConnectionState state);

/// A packet as rules see it: after what has been translated by then, before what is not yet.
struct SeenPacket {
  Tuple tuple;  ///< of ICMP queries: with the identifier as both ports
  IfIndex in = kNoInterface, out = kNoInterface;
  ConnectionState state = ConnectionState::invalid;
  std::uint32_t mark = 0;
  std::uint16_t length = 0;  ///< octets of the IPv4 packet
  std::uint16_t fragment_offset = 0;
  std::uint8_t ttl = 0, tos = 0;
  std::uint8_t tcp_flags = 0;                     ///< of a whole TCP header
  std::uint8_t icmp_type = 255, icmp_code = 255;  ///< 255: is no ICMP
  bool has_ports = false;
  bool operator==(const SeenPacket&) const = default;
};

/// A table's rules begin to look at the packet, or go on after one of them has changed it.
struct TableStep {
  Hook hook;
  const char* table;  ///< static text: "filter", …
  SeenPacket packet;
};

/// One rule looked at, as far as an explanation wants it: `matched`, or the first match that
/// failed.
struct RuleStep {
  Hook hook;
  const RuleLabel* rule;
  bool matched;
  const char* failed_match = nullptr;  ///< static text: "dport", "in-interface", …
  const Rule* body = nullptr;          ///< what `rule` is the label of
  /// The failed one's place among the rule's further matches; -1: it is of the common part.
  std::int32_t failed_further = -1;
  /// How many conditions of the common part do not hold; further ones are not asked then.
  std::uint8_t failed_count = 0;
};

/// A table's verdict at a hook: the rule or policy that took it.
struct VerdictStep {
  Hook hook;
  const RuleLabel* rule;
  bool accepted;
};

/// LOG wrote `line`, what the kernel would print without its time stamp; the packet goes on.
struct LogStep {
  Hook hook;
  const RuleLabel* rule;
  std::string line;
};

struct ConntrackStep {
  ConnectionState state;
  bool reply;  ///< of the reply direction
};

/// NAT rewrote the packet. `rule` is null for later packets of a connection: its first one decided.
struct TranslateStep {
  Hook hook;
  Tuple before, after;  // before != after
  const RuleLabel* rule;
};

struct RouteStep {
  Place place;  ///< of the route in the file, if it was written there
  Prefix prefix;
  IpAddress next_hop;
  IfIndex out;
};

/// How the next hop's MAC was found.
struct NeighborStep {
  enum class Result : std::uint8_t { known, queued, failed } result;
  IpAddress next_hop;
  MacAddress mac;
};

/// A switch's decision.
struct SwitchStep {
  std::uint16_t vlan;
  bool flooded;
  bool learned;  ///< the source address was new or had moved
};

struct FragmentStep {
  std::uint32_t fragments;  ///< 0: reassembled
};

using Step = std::variant<TableStep, RuleStep, VerdictStep, LogStep, ConntrackStep, TranslateStep,
                          RouteStep, NeighborStep, SwitchStep, FragmentStep>;

enum class Outcome : std::uint8_t {
  sent,       ///< made here and put on a cable
  forwarded,  ///< came in and went out again
  delivered,  ///< reached a local socket, protocol or service
  queued,     ///< waits for a MAC address or for more fragments
  dropped,
  rejected,  ///< dropped, and its sender told so
};
const char* to_string(Outcome outcome);

/// One node's dealing with one packet, from its arrival or birth to its departure or end.
struct Visit {
  Instant when;
  std::uint64_t order = 0;  ///< the event's place among those of the same instant
  NodeId node;
  IfIndex in = kNoInterface;
  IfIndex out = kNoInterface;
  JourneyId journey;
  Outcome outcome = Outcome::dropped;
  Reason reason;           ///< why, where it was dropped or rejected
  Bytes before;            ///< the frame or IP packet as it came or was made
  Bytes after;             ///< as it left; empty where it did not
  bool link_layer = true;  ///< `before` and `after` start with an Ethernet header
  std::vector<Step> steps;
};

}  // namespace natsim
