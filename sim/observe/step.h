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

/// One rule looked at, as far as an explanation wants it: `matched`, or the match that failed.
struct RuleStep {
  Hook hook;
  const RuleLabel* rule;
  bool matched;
  const char* failed_match = nullptr;  ///< static text: "dport", "in-interface", …
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

using Step = std::variant<RuleStep, VerdictStep, LogStep, ConntrackStep, TranslateStep, RouteStep,
                          NeighborStep, SwitchStep, FragmentStep>;

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
