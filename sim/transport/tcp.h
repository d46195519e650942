// TCP as values: segments, states, and what a connection wants done.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/base/bytes.h"
#include "sim/base/time.h"
#include "sim/transport/probe.h"
#include "sim/transport/tcp_settings.h"
#include "sim/wire/address.h"
#include "sim/wire/tcp.h"

namespace natsim {

/// How long packets between two hosts may be, in octets of IPv4.
struct TcpPath {
  std::uint32_t link_mtu = 1500;  ///< of the interface: what the MSS option announces
  std::uint32_t path_mtu = 1500;  ///< at most that: what segments keep to
};

/// A segment that arrived. The header's ports are those of the endpoints; `payload` is lent for the
/// length of the call.
struct TcpSegment {
  IpAddress source, destination;
  TcpHeader header;
  ByteSpan payload;
  TcpPath path{};  ///< the way back; looked at on a SYN

  /// From the receiver's side: local first.
  Tuple connection() const {
    return {{destination, header.destination_port}, {source, header.source_port}, Protocol::tcp};
  }
  /// Sequence numbers that it takes: its octets, and one each for SYN and FIN.
  std::uint32_t length() const {
    return std::uint32_t(payload.size()) + header.has(kTcpSyn) + header.has(kTcpFin);
  }
};

/// A segment to send. Its data stand in the outbox.
struct TcpSegmentOut {
  IpAddress source, destination;
  TcpHeader header;
  std::uint32_t payload_at = 0, payload_octets = 0;
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
    connected,    ///< our SYN was answered and acknowledged
    accepted,     ///< a listener's handshake is complete
    data,         ///< `data` is the next of the stream, lent until the next call of the connection
    readable,     ///< the next of the stream waits: TcpConnection::unread()
    peer_closed,  ///< the peer has said FIN; what is unread comes before it
    writable,     ///< send() took less than all, and there is room again
    failed,       ///< it ended before it was established, or by a reset or a timeout: see outcome
    closed,       ///< both sides have said FIN (TIME_WAIT may still run)
  };
  Kind kind;
  Tuple connection;
  ProbeOutcome outcome{};
  ByteSpan data{};
};

/// What TCP wants done. The caller owns it and clears it; a warm one allocates nothing.
struct TcpOutbox {
  std::vector<TcpSegmentOut> segments;
  std::vector<TcpEvent> events;
  Bytes payloads;  ///< of the segments, one after the other

  ByteSpan payload(const TcpSegmentOut& segment) const {
    return ByteSpan(payloads).subspan(segment.payload_at, segment.payload_octets);
  }
  void clear() { segments.clear(), events.clear(), payloads.clear(); }
};

}  // namespace natsim
