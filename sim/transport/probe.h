// What became of a probe: a ping, a datagram that wants an answer, a TCP connect.
#pragma once

#include <cstdint>
#include <string>

#include "sim/wire/address.h"

namespace natsim {

/// An ICMP error about something that was sent from here.
struct IcmpError {
  IpAddress reporter{};  ///< who sent the error; its family tells ICMP from ICMPv6
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  bool operator==(const IcmpError&) const = default;
};

enum class ProbeResult : std::uint8_t {
  pending,
  answered,     ///< an echo reply, a datagram back, an established TCP connection
  refused,      ///< a TCP reset, ICMP port or protocol unreachable
  unreachable,  ///< another ICMP error
  timed_out,
};
/// "answered", …
const char* to_string(ProbeResult result);

struct ProbeOutcome {
  ProbeResult result = ProbeResult::pending;
  IcmpError error{};  ///< where an ICMP error decided
  bool done() const { return result != ProbeResult::pending; }
  /// "timed_out"; "unreachable: host unreachable (3/1) from 203.0.113.1".
  std::string to_string() const;
  bool operator==(const ProbeOutcome&) const = default;
};

/// What an error makes of a probe. `pending`: Linux reports no error to the socket, for 3/4, source
/// quench, redirects and 11/1 (TCP-39), and their ICMPv6 equals.
ProbeResult result_of(const IcmpError& error);

}  // namespace natsim
