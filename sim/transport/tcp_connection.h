// One TCP connection, RFC 9293: its states, and what calls, segments and timers make of them.
//
//   connect ─▶ SYN_SENT ──SYN+ACK──▶ ESTABLISHED ──close──▶ FIN_WAIT_1 ─▶ FIN_WAIT_2 ─▶ TIME_WAIT
//   accept ──▶ SYN_RECV ───ACK────▶ ESTABLISHED ───FIN────▶ CLOSE_WAIT ──▶ LAST_ACK ──▶ CLOSED
//
// The stream itself is the sender's (tcp_sender.h) and the receiver's (tcp_receiver.h). No I/O:
// what is to be done goes to an outbox, and after each call next_deadline() is looked at again.
#pragma once

#include <cstdint>
#include <optional>

#include "sim/base/time.h"
#include "sim/transport/tcp.h"
#include "sim/transport/tcp_numbers.h"
#include "sim/transport/tcp_receiver.h"
#include "sim/transport/tcp_sender.h"

namespace natsim {

/// The program behind a connection.
enum class TcpProgram : std::uint8_t {
  probe,   ///< closes and leaves as soon as it is connected
  accept,  ///< reads without looking, and closes when the peer has closed
  stream,  ///< somebody who is told of everything and calls send(), close() …
};

class TcpConnection {
 public:
  /// Sends a SYN. `connection` is local endpoint first.
  static TcpConnection connect(const Tuple& connection, const TcpPath& path,
                               const TcpSettings& settings, TcpProgram program,
                               const TcpNumbers& numbers, Instant now, TcpOutbox& out);
  /// Answers a SYN. REQUIRES: of SYN, ACK, RST and FIN, `syn` has SYN alone.
  static TcpConnection accept(const TcpSegment& syn, const TcpSettings& settings,
                              TcpProgram program, const TcpNumbers& numbers, Instant now,
                              TcpOutbox& out);

  // --- what the program does (RFC 9293 3.9.1)
  /// Queues octets and sends what may be sent. Returns how many were taken: less when there is no
  /// room (`writable` follows), none once it is closed from here.
  std::size_t send(ByteSpan bytes, Instant now, TcpOutbox& out);
  /// A FIN after what is queued; receiving goes on.
  void close(Instant now, TcpOutbox& out);
  /// The program goes: close(), and what arrives from now on resets, as does what it left unread.
  void leave(Instant now, TcpOutbox& out);
  /// RFC 9293 3.10.5: a reset where the peer would otherwise not know. In CLOSED afterwards.
  void abort(TcpOutbox& out);
  /// TCP_CONGESTION: from now on, instead of what the settings say.
  void set_congestion_control(CongestionAlgorithm algorithm) {
    sender_.set_congestion_control(algorithm);
  }
  /// While paused nothing is handed up; what arrives waits as `unread`, and closes the window.
  void pause() { reading_ = false; }
  void resume(Instant now, TcpOutbox& out);
  /// The next of what waits, or as much of it as lies in one piece; then dropped by consume().
  ByteSpan unread() const { return receiver_.queue().unread(); }
  std::uint32_t unread_octets() const { return receiver_.queue().unread_octets(); }
  void consume(std::uint32_t octets, Instant now, TcpOutbox& out);
  /// Nobody will read what is unread.
  void discard_unread() { receiver_.queue().consume_all(); }

  // --- what the network does
  /// REQUIRES: segment.connection() == tuple(), and its checksum was good.
  void on_segment(const TcpSegment& segment, Instant now, TcpOutbox& out);
  /// An ICMP error about a segment from here. Ends a connection that is being opened (TCP-39), and
  /// does nothing to one that is open (TCP-40).
  void on_error(const IcmpError& error, TcpOutbox& out);
  /// An ICMP 3/4 said that packets must be no longer than `mtu`, about the segment that began at
  /// `seq`. Believed if that is under way (RFC 5927 7.2).
  void on_path_mtu(Seq seq, std::uint32_t mtu, Instant now, TcpOutbox& out);

  // --- time
  Instant next_deadline() const;
  void on_deadline(Instant now, TcpOutbox& out);

  /// A listener's handshake that waits for the ACK.
  bool is_half_open() const { return state_ == TcpState::syn_received && !active_; }
  /// In `closed`, it is over and may be forgotten.
  TcpState state() const { return state_; }
  const Tuple& tuple() const { return tuple_; }
  Seq receive_next() const { return receiver_.next(); }
  TcpProgram program() const { return program_; }
  const TcpSender& sender() const { return sender_; }

 private:
  TcpConnection(const Tuple& tuple, const TcpPath& path, const TcpSettings& settings,
                TcpProgram program, bool active, const TcpNumbers& numbers, Instant now);

  // segments that arrive, in RFC 9293 3.10.7's order
  void on_segment_in_syn_sent(const TcpSegment& segment, Instant now, TcpOutbox& out);
  bool on_syn_again(const TcpSegment& segment, Instant now, TcpOutbox& out);
  bool check_timestamp(const TcpSegment& segment) const;
  void on_unacceptable(const TcpSegment& segment, Instant now, TcpOutbox& out);
  void on_reset(const TcpSegment& segment, Instant now, TcpOutbox& out);
  bool on_ack(const TcpSegment& segment, Instant now, TcpOutbox& out);
  void on_fin_acknowledged(Instant now, TcpOutbox& out);
  bool on_text(const TcpSegment& segment, Instant now, TcpOutbox& out);
  void on_fin(Instant now, TcpOutbox& out);
  void establish(const TcpSegment& segment, Instant now, TcpOutbox& out);
  void learn(const TcpOptions& options);
  std::uint32_t peer_window(const TcpHeader& header) const;
  std::optional<Duration> timed_by_peer(const TcpOptions& options, Instant now) const;

  // segments that leave
  TcpHeader& start_segment(TcpFlags flags, Seq seq, TcpOutbox& out) const;
  void send_header(TcpFlags flags, Seq seq, Instant now, TcpOutbox& out);
  void send_syn(Instant now, TcpOutbox& out);
  void send_ack(Instant now, TcpOutbox& out) { send_header(kTcpAck, send_next(), now, out); }
  void send_piece(const TcpPiece& piece, Instant now, TcpOutbox& out);
  void challenge(Instant now, TcpOutbox& out);
  void send_reset(Seq seq, TcpOutbox& out) const;
  void push_out(Instant now, TcpOutbox& out);
  std::uint32_t room_in_segment() const;
  std::uint32_t segment_octets() const;

  void on_state_deadline(Instant now, TcpOutbox& out);
  void on_keep_alive(Instant now, TcpOutbox& out);
  /// SND.NXT.
  Seq send_next() const { return synchronized() ? sender_.nxt() : iss_ + 1; }
  bool synchronized() const { return state_ > TcpState::syn_received; }
  bool awaits_data() const;
  int retries_max() const;
  void wait_before_closed(TcpState state, Instant now);
  void fail(ProbeOutcome outcome, TcpOutbox& out);
  void end();
  void tell(TcpEvent::Kind kind, TcpOutbox& out, ProbeOutcome outcome = {},
            ByteSpan data = {}) const;
  void tell_program(TcpEvent::Kind kind, TcpOutbox& out, ByteSpan data = {}) const {
    if (program_ == TcpProgram::stream && !left_) tell(kind, out, {}, data);
  }

  Tuple tuple_;
  const TcpSettings* settings_;
  TcpProgram program_;
  TcpState state_ = TcpState::closed;
  bool active_;          // we opened it
  bool reading_ = true;  // not paused
  bool left_ = false;    // the program is gone
  bool fin_received_ = false;
  bool timestamps_, sack_, window_scale_;  // offered, then agreed
  std::uint8_t peer_shift_ = 0;
  std::uint16_t peer_mss_ = 536;
  TcpPath path_;
  int retries_ = 0, probes_ = 0;  // of the SYN; of an idle peer
  Seq iss_;
  std::optional<Seq> fin_at_;    // the peer's FIN, still beyond a hole
  std::uint32_t ts_offset_ = 0;  // of our timestamp clock, in ms
  std::uint32_t ts_recent_ = 0;  // what to echo
  Instant ts_recent_at_;
  Instant opened_, heard_;
  Instant next_challenge_;
  Instant deadline_ = Instant::never();  // of the SYN, and of waiting before closed
  TcpSender sender_;
  TcpReceiver receiver_;
};

}  // namespace natsim
