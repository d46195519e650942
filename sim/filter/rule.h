// iptables' rules as values: what native rules, iptables text and ufw commands all compile to.
//
// Interfaces and chains are named here, not resolved: Netfilter does that once when it is built.
// Everything in a Rule must hold for it to match; a default-constructed part always holds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/filter/match.h"
#include "sim/filter/target.h"
#include "sim/observe/reason.h"
#include "sim/wire/address.h"

namespace natsim {

/// -s, -d. REQUIRES: an IPv4 prefix; host bits do not count (FW-M10).
struct AddressMatch {
  Prefix prefix{Ipv4Address{0}, 0};
  bool negated = false;
};

/// -i, -o, as a set: "eth0", or "ppp+" for all names that start so. No pattern: any interface, and
/// none too.
struct InterfaceMatch {
  std::vector<std::string> patterns;
  bool negated = false;
};

struct ProtocolMatch {
  std::optional<Protocol> protocol;
  bool negated = false;
};

/// --sport, --dport. Never holds for a packet without ports, negated or not.
struct PortMatch {
  std::optional<PortRange> ports;
  bool negated = false;
};

/// -f and ! -f. Where conntrack works, packets are whole before any rule sees them (FW-M13).
enum class FragmentMatch : std::uint8_t { any, later_fragments, not_later_fragments };

/// -m conntrack --ctstate. No states: any.
struct StateMatch {
  StateMask states = 0;
  bool negated = false;
};

struct RuleCounters {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;  ///< octets of IPv4 packets
};

/// The fields are looked at first, then `matches` in their order, which counts for those that
/// remember something (limit, recent). A port or state match that has to come after such a one goes
/// into `matches` too.
struct Rule {
  RuleLabel label;
  AddressMatch source, destination;
  InterfaceMatch in, out;
  ProtocolMatch protocol;
  FragmentMatch fragment = FragmentMatch::any;
  PortMatch source_port, destination_port;
  StateMatch state;
  std::vector<Match> matches;
  Target target;
  std::string comment;    ///< --comment
  RuleCounters counters;  ///< where counting starts
};

}  // namespace natsim
