// TCP as conntrack sees it: which segment takes a connection from which state to which.
#pragma once

#include <cstdint>

#include "sim/filter/connection.h"
#include "sim/wire/tcp.h"

namespace natsim {

/// What counts of a segment's flags.
enum class TrackedFlag : std::uint8_t { syn, syn_ack, fin, ack, rst, none };

constexpr TrackedFlag tcp_event(TcpFlags flags) {
  if (flags & kTcpRst) return TrackedFlag::rst;
  if (flags & kTcpSyn) return (flags & kTcpAck) ? TrackedFlag::syn_ack : TrackedFlag::syn;
  if (flags & kTcpFin) return TrackedFlag::fin;
  return (flags & kTcpAck) ? TrackedFlag::ack : TrackedFlag::none;
}

/// Flags that no sane sender combines make a segment INVALID (FW-C06). PSH, ECE and CWR go with
/// everything.
bool tcp_flags_valid(TcpFlags flags);

struct TcpTransition {
  enum class Kind : std::uint8_t {
    state,    ///< to `next`
    ignore,   ///< let it pass and change nothing: the receiver will tell what it is
    invalid,  ///< not part of this connection
  } kind;
  TrackedState next;
};
TcpTransition tcp_transition(FlowDirection direction, TrackedFlag event, TrackedState state);

}  // namespace natsim
