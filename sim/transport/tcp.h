// TCP as values: segments, states, what a connection wants done, and its tunables.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/base/bytes.h"
#include "sim/base/time.h"
#include "sim/transport/probe.h"
#include "sim/wire/address.h"
#include "sim/wire/tcp.h"

namespace natsim {

/// A segment that arrived. The header's ports are those of the endpoints; `payload` is lent for the
/// length of the call.
struct TcpSegment {
  IpAddress source, destination;
  TcpHeader header;
  ByteSpan payload;

  /// From the receiver's side: local first.
  Tuple connection() const {
    return {{destination, header.destination_port}, {source, header.source_port}, Protocol::tcp};
  }
  /// Sequence numbers that it takes: its octets, and one each for SYN and FIN.
  std::uint32_t length() const {
    return std::uint32_t(payload.size()) + header.has(kTcpSyn) + header.has(kTcpFin);
  }
};

/// A segment to send; it carries no data yet.
struct TcpSegmentOut {
  IpAddress source, destination;
  TcpHeader header;
};

// RFC 9293 3.3.2, figure 5. LISTEN belongs to the listener, not to a connection.
enum class TcpState : std::uint8_t {
  closed,
  syn_sent,
  syn_received,
  established,
  fin_wait_1,
  fin_wait_2,
  closing,
  time_wait,
  close_wait,
  last_ack,
};
/// "SYN_SENT", as ss and conntrack write them.
const char* to_string(TcpState state);

/// Something that the owner of a connection wants to know. Connections are named by their tuple,
/// local endpoint first.
struct TcpEvent {
  enum class Kind : std::uint8_t {
    connected,  ///< our SYN was answered and acknowledged
    accepted,   ///< a listener's handshake is complete
    failed,     ///< it ended before it was established, or by a reset or a timeout: see outcome
    closed,     ///< both sides have said FIN (TIME_WAIT may still run)
  };
  Kind kind;
  Tuple connection;
  ProbeOutcome outcome;
};

/// What TCP wants done. The caller owns it and clears it; a warm one allocates nothing.
struct TcpOutbox {
  std::vector<TcpSegmentOut> segments;
  std::vector<TcpEvent> events;
  void clear() { segments.clear(), events.clear(); }
};

/// Linux's defaults.
struct TcpSettings {
  std::uint16_t mss = 1460;  ///< MTU - 40 (TCP-01)
  Duration rto_initial = Duration::seconds(1);
  Duration rto_min = Duration::milliseconds(200);
  Duration rto_max = Duration::seconds(120);
  int syn_retries = 6;      ///< 1, 3, 7, 15, 31, 63 s, and the end at 127 s (TCP-10)
  int syn_ack_retries = 5;  ///< 1, 3, 7, 15, 31 s, and the end at 63 s (TCP-12)
  std::uint32_t half_open_max =
      4096;  ///< handshakes that wait for their ACK; more SYNs are dropped
  Duration challenge_interval = Duration::milliseconds(500);  ///< between two challenge ACKs
  int fin_retries = 8;  ///< of a FIN that nobody acknowledges (tcp_orphan_retries)
  Duration time_wait = Duration::seconds(60);
};

}  // namespace natsim
