// One TCP connection, RFC 9293: opening, closing, resets and their retransmissions.
//
//   connect ─▶ SYN_SENT ──SYN+ACK──▶ ESTABLISHED ──close──▶ FIN_WAIT_1 ─▶ FIN_WAIT_2 ─▶ TIME_WAIT
//   accept ──▶ SYN_RECV ───ACK────▶ ESTABLISHED ───FIN────▶ CLOSE_WAIT ──▶ LAST_ACK ──▶ CLOSED
//
// Data that arrives is acknowledged and thrown away; none is sent. That is what port scans, port
// forwards and firewall rules need; there is no congestion control to get wrong.
#pragma once

#include <cstdint>

#include "sim/base/random.h"
#include "sim/base/time.h"
#include "sim/transport/tcp.h"

namespace natsim {

/// What the program behind a connection does.
enum class TcpProgram : std::uint8_t {
  probe,   ///< closes as soon as it is connected
  accept,  ///< closes when the peer has closed
};

class TcpConnection {
 public:
  /// Sends a SYN. `connection` is local endpoint first.
  static TcpConnection connect(const Tuple& connection, const TcpSettings& settings,
                               TcpProgram program, Prng& rng, Instant now, TcpOutbox& out);
  /// Answers a SYN. REQUIRES: of SYN, ACK, RST and FIN, `syn` has SYN alone.
  static TcpConnection accept(const TcpSegment& syn, const TcpSettings& settings,
                              TcpProgram program, Prng& rng, Instant now, TcpOutbox& out);

  /// REQUIRES: segment.connection() == tuple(), and its checksum was good.
  void on_segment(const TcpSegment& segment, Instant now, TcpOutbox& out);
  /// An ICMP error about a segment from here. Ends a connection that is being opened (TCP-39), and
  /// does nothing to one that is open.
  void on_error(const IcmpError& error, TcpOutbox& out);
  /// Sends a FIN, in ESTABLISHED and CLOSE_WAIT; otherwise does nothing.
  void close(Instant now, TcpOutbox& out);

  Instant next_deadline() const { return deadline_; }
  void on_deadline(Instant now, TcpOutbox& out);

  /// A listener's handshake that waits for the ACK.
  bool is_half_open() const { return state_ == TcpState::syn_received && !active_; }
  /// In `closed`, it is over and may be forgotten.
  TcpState state() const { return state_; }
  const Tuple& tuple() const { return tuple_; }
  Seq receive_next() const { return rcv_nxt_; }

 private:
  TcpConnection(const Tuple& tuple, const TcpSettings& settings, TcpProgram program, Prng& rng);

  void on_segment_in_syn_sent(const TcpSegment& segment, Instant now, TcpOutbox& out);
  bool in_window(const TcpSegment& segment) const;
  void on_reset(const TcpSegment& segment, Instant now, TcpOutbox& out);
  bool on_ack(const TcpSegment& segment, Instant now, TcpOutbox& out);
  void on_fin_acknowledged(Instant now, TcpOutbox& out);
  bool on_data(const TcpSegment& segment, Instant now, TcpOutbox& out);
  void on_fin(Instant now, TcpOutbox& out);
  void establish(Instant now, TcpOutbox& out);
  void learn(const TcpOptions& options);

  void send(TcpFlags flags, Seq seq, Instant now, TcpOutbox& out) const;
  void send_syn(Instant now, TcpOutbox& out) const;
  void send_ack(Instant now, TcpOutbox& out) const { send(kTcpAck, snd_nxt_, now, out); }
  void challenge(Instant now, TcpOutbox& out);
  void send_reset(Seq seq, TcpOutbox& out) const;
  void start_timer(Instant now, Duration timeout);
  bool back_off(int retries_max, Instant now);
  void wait_before_closed(TcpState state, Instant now);
  void fail(ProbeOutcome outcome, TcpOutbox& out);
  void end() { state_ = TcpState::closed, deadline_ = Instant::never(); }
  void tell(TcpEvent::Kind kind, TcpOutbox& out, ProbeOutcome outcome = {}) const;

  Tuple tuple_;
  const TcpSettings* settings_;
  TcpProgram program_;
  TcpState state_ = TcpState::closed;
  bool active_ = false;  // we opened it
  bool fin_received_ = false;
  bool timestamps_ = true, sack_ = true, window_scale_ = true;  // offered, then agreed
  int retries_ = 0;
  Seq iss_, snd_una_, snd_nxt_, rcv_nxt_;
  std::uint32_t ts_offset_ = 0;  // of our timestamp clock, in ms
  std::uint32_t ts_recent_ = 0;  // what to echo
  Duration rto_;
  Instant opened_;
  Instant next_challenge_;
  Instant deadline_ = Instant::never();
};

}  // namespace natsim
