// TCP window tracking: is this segment one that its receiver may take? After Guido van Rooij, "Real
// Stateful TCP Packet Filtering in IP Filter" (SANE 2000), with the bounds that Linux uses.
//
// Of each end is kept: the end of what it has sent, the highest octet that it may send (the other
// end's acknowledgment plus window), the largest window that it has offered. A segment passes if
//
//   I    its sequence number is at most what its sender may send
//   II   its end is at least what its sender has sent, less the receiver's largest window
//   III  what it acknowledges is at most what the receiver has sent
//   IV   what it acknowledges is no more than a window older than that
#pragma once

#include <cstdint>

#include "sim/filter/connection.h"
#include "sim/filter/tcp_states.h"
#include "sim/wire/seq.h"
#include "sim/wire/tcp.h"

namespace natsim {

/// What tracking reads of a segment. REQUIRES of make(): TcpView::checked() accepts it.
struct TrackedSegment {
  static TrackedSegment make(const TcpView& view);
  bool has(TcpFlags all) const { return (flags & all) == all; }

  Seq seq, ack, end;  ///< `end` follows the last octet, SYN and FIN counted
  std::uint32_t window;
  TcpFlags flags;
  TrackedFlag event;
  ByteSpan options;
};

/// One end of a connection, as its segments show it.
struct TcpEnd {
  enum : std::uint8_t {
    kWindowScale = 1,  ///< its SYN offered it
    kSackPermitted = 2,
    kCloseInitiated = 4,   ///< it sent the first FIN
    kLiberal = 8,          ///< picked up midway: scales are not known, so nothing is too far
    kUnacknowledged = 16,  ///< it has sent what was not acknowledged yet
    kMaxAckSet = 32,
  };
  Seq end;      ///< of what it has sent
  Seq max_end;  ///< it may send up to here
  Seq max_ack;  ///< highest acknowledgment it has sent
  std::uint32_t max_window = 0;
  std::uint8_t scale = 0;
  std::uint8_t flags = 0;

  /// Takes scale and SACK from a SYN's options; keeps them if there are none.
  void read_options(ByteSpan options);
  /// Forgets everything but kLiberal.
  void reset();
};

struct TcpWindow {
  enum : std::uint8_t {
    kChallengeAckExpected = 64,  ///< of last_flags, RFC 5961 4.2
    kSimultaneousOpen = 128,
  };
  TcpEnd ends[2];  // by direction of what they send
  Seq last_seq, last_ack, last_end;
  std::uint16_t last_window = 0;
  FlowDirection last_direction = FlowDirection::original;
  TrackedFlag last_event = TrackedFlag::none;
  std::uint8_t last_scale = 0;
  std::uint8_t last_flags = 0;
  std::uint8_t retransmissions = 0;  ///< of one and the same ACK

  TcpEnd& end(FlowDirection d) { return ends[int(d)]; }
};

enum class TcpWindowVerdict : std::uint8_t {
  in_window,
  ignore,  ///< passes as part of the connection, and changes neither state nor timer
  invalid,
};

/// Judges a segment and learns from it if it is in the window.
TcpWindowVerdict tcp_in_window(TcpWindow& window, TrackedState state, FlowDirection direction,
                               const TrackedSegment& segment, bool be_liberal);

}  // namespace natsim
