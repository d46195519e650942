// RFC 9293 3.10.7, SEGMENT ARRIVES: what TcpConnection makes of a segment, in its order.
#include <algorithm>

#include "sim/base/check.h"
#include "sim/transport/tcp_connection.h"

namespace natsim {
namespace {

/// RFC 7323 5.5: an older clock than this proves nothing.
constexpr Duration kTimestampLifetime = Duration::seconds(24 * 86'400);

}  // namespace

void TcpConnection::on_segment(const TcpSegment& segment, Instant now, TcpOutbox& out) {
  SIM_CHECK(state_ != TcpState::closed);
  if (state_ == TcpState::syn_sent) return on_segment_in_syn_sent(segment, now, out);
  const TcpHeader& header = segment.header;
  heard_ = now;
  probes_ = 0;
  if (state_ == TcpState::syn_received && on_syn_again(segment, now, out)) return;
  // Sequence, RST, SYN, ACK, text, FIN.
  if (!receiver_.is_acceptable(header.seq, segment.length()) || !check_timestamp(segment))
    return on_unacceptable(segment, now, out);
  if (header.has(kTcpRst)) return on_reset(segment, now, out);
  if (header.has(kTcpSyn)) {
    if (is_half_open()) return end();  // Another SYN than the first: to LISTEN again.
    return challenge(now, out);        // RFC 5961 4.2 (TCP-33).
  }
  if (!header.has(kTcpAck)) return;                // TCP-35
  if (timestamps_ && header.options.timestamps &&  // RFC 7323 4.3
      header.seq.at_or_before(receiver_.last_ack_sent())) {
    ts_recent_ = header.options.timestamps->value;
    ts_recent_at_ = now;
  }
  if (!on_ack(segment, now, out)) return;
  if (!segment.payload.empty() && !on_text(segment, now, out)) return;
  if (header.has(kTcpFin) && !fin_received_)
    fin_at_ = header.seq + std::uint32_t(segment.payload.size());
  if (header.has(kTcpFin)) receiver_.ack_now();  // Taken, repeated, or out of order.
  if (fin_at_ && !fin_received_ && *fin_at_ == receiver_.next()) on_fin(now, out);
  push_out(now, out);
}

void TcpConnection::on_segment_in_syn_sent(const TcpSegment& segment, Instant now, TcpOutbox& out) {
  const TcpHeader& header = segment.header;
  const bool acknowledged = header.has(kTcpAck) && header.ack == iss_ + 1;
  if (header.has(kTcpRst)) {  // TCP-30: only a reset that answers our SYN counts.
    if (acknowledged) fail({ProbeResult::refused}, out);
    return;
  }
  if (header.has(kTcpAck) && !acknowledged) return send_reset(header.ack, out);
  if (!header.has(kTcpSyn)) return;
  receiver_.start(header.seq + 1);
  learn(header.options);
  if (acknowledged) return establish(segment, now, out);
  state_ = TcpState::syn_received;  // Simultaneous open: the same ISN again, now with an ACK.
  send_syn(now, out);
}

/// The peer's SYN, again or for the second half of a simultaneous open. True: that was all.
bool TcpConnection::on_syn_again(const TcpSegment& segment, Instant now, TcpOutbox& out) {
  const TcpHeader& header = segment.header;
  if (!header.has(kTcpSyn) || header.seq + 1 != receiver_.next()) return false;
  if (!header.has(kTcpAck)) return send_syn(now, out), true;
  if (header.ack != iss_ + 1) return false;
  receiver_.ack_now();  // TCP-28
  establish(segment, now, out);
  return true;
}

/// PAWS, RFC 7323 5.3 R1: false for a segment of long ago. A segment without the option passes, as
/// it does with Linux.
bool TcpConnection::check_timestamp(const TcpSegment& segment) const {
  if (!timestamps_ || !segment.header.options.timestamps || segment.header.has(kTcpRst))
    return true;
  const auto age = std::int32_t(ts_recent_ - segment.header.options.timestamps->value);
  return age <= 0 || ts_recent_at_ + kTimestampLifetime < heard_;
}

void TcpConnection::on_unacceptable(const TcpSegment& segment, Instant now, TcpOutbox& out) {
  const TcpHeader& header = segment.header;
  if (header.has(kTcpRst)) return;
  const bool has_text = segment.length() > 0 && !header.has(kTcpSyn);
  // An old ACK without anything is a question too: a keep-alive, or a probe of our window.
  has_text ? send_ack(now, out) : challenge(now, out);
  if (state_ == TcpState::time_wait && header.has(kTcpFin))  // TCP-26
    wait_before_closed(state_, now);
}

void TcpConnection::on_reset(const TcpSegment& segment, Instant now, TcpOutbox& out) {
  // RFC 5961 3.2: only the exact number resets; another one in the window is asked for proof.
  if (segment.header.seq != receiver_.next()) return challenge(now, out);
  const bool over =
      state_ == TcpState::closing || state_ == TcpState::last_ack || state_ == TcpState::time_wait;
  if (is_half_open() || (over && (left_ || program_ != TcpProgram::stream)))
    return end();  // Nobody waits for it.
  if (state_ == TcpState::time_wait) return end();
  fail({ProbeResult::refused}, out);
}

/// False: the segment ends here.
bool TcpConnection::on_ack(const TcpSegment& segment, Instant now, TcpOutbox& out) {
  const TcpHeader& header = segment.header;
  if (state_ == TcpState::syn_received) {
    if (header.ack != iss_ + 1) return send_reset(header.ack, out), false;
    establish(segment, now, out);
    return state_ != TcpState::closed;
  }
  if (header.ack.after(sender_.nxt())) return send_ack(now, out), false;  // TCP-34
  // RFC 5961 5.2: no peer that has seen what is acknowledged says this.
  if (header.ack.before(sender_.una() - sender_.window_max())) return challenge(now, out), false;
  if (state_ == TcpState::time_wait) return true;
  const bool was_acknowledged = sender_.fin_acknowledged();
  sender_.on_ack(
      {header.ack, header.seq, peer_window(header), segment.payload.empty() && !header.has(kTcpFin),
       &header.options, timed_by_peer(header.options, now)},
      now);
  if (sender_.take_writable()) tell_program(TcpEvent::Kind::writable, out);
  if (sender_.fin_acknowledged() && !was_acknowledged) on_fin_acknowledged(now, out);
  return state_ != TcpState::closed;
}

std::uint32_t TcpConnection::peer_window(const TcpHeader& header) const {
  return std::uint32_t(header.window) << peer_shift_;
}

/// RFC 7323 4: how long ago what this one answers was sent.
std::optional<Duration> TcpConnection::timed_by_peer(const TcpOptions& options, Instant now) const {
  if (!timestamps_ || !options.timestamps || options.timestamps->echo == 0) return std::nullopt;
  const auto clock = ts_offset_ + std::uint32_t(now.ns() / 1'000'000);
  const auto ms = std::int32_t(clock - options.timestamps->echo);
  if (ms < 0) return std::nullopt;
  return Duration::milliseconds(std::max(ms, 1));
}

void TcpConnection::on_fin_acknowledged(Instant now, TcpOutbox& out) {
  switch (state_) {
    case TcpState::fin_wait_1:
      state_ = TcpState::fin_wait_2;
      // Half a connection may stay open for as long as its program likes (RFC 9293 3.6).
      if (left_ || program_ != TcpProgram::stream) wait_before_closed(state_, now);
      return;
    case TcpState::closing:
      tell(TcpEvent::Kind::closed, out);
      return wait_before_closed(TcpState::time_wait, now);
    case TcpState::last_ack: tell(TcpEvent::Kind::closed, out); return end();
    default: return;
  }
}

/// False: the segment, and the connection, end here.
bool TcpConnection::on_text(const TcpSegment& segment, Instant now, TcpOutbox& out) {
  const Seq seq = segment.header.seq;
  const bool news = (seq + std::uint32_t(segment.payload.size())).after(receiver_.next());
  if (!news || fin_received_ || !awaits_data()) return receiver_.ack_now(), true;
  if (left_ && seq.at_or_before(receiver_.next())) {  // Nobody will read this (TCP-36).
    send_reset(send_next(), out);
    fail({ProbeResult::refused}, out);
    return false;
  }
  const bool discards = program_ != TcpProgram::stream;
  const ByteSpan straight = receiver_.receive(seq, segment.payload, reading_, now);
  if (!straight.empty()) tell_program(TcpEvent::Kind::data, out, straight);
  if (unread_octets() == 0) return true;
  if (discards)
    receiver_.queue().consume_all();
  else if (reading_)
    tell_program(TcpEvent::Kind::readable, out);
  return true;
}

void TcpConnection::on_fin(Instant now, TcpOutbox& out) {
  fin_received_ = true;
  receiver_.receive_fin();
  tell_program(TcpEvent::Kind::peer_closed, out);
  switch (state_) {
    case TcpState::established:
      state_ = TcpState::close_wait;
      if (program_ == TcpProgram::accept) close(now, out);  // Its FIN carries the ACK.
      return;
    case TcpState::fin_wait_1: state_ = TcpState::closing; return;
    case TcpState::fin_wait_2:
      tell(TcpEvent::Kind::closed, out);
      return wait_before_closed(TcpState::time_wait, now);
    default: return;
  }
}

void TcpConnection::establish(const TcpSegment& segment, Instant now, TcpOutbox& out) {
  // RFC 6298 2.2 from the handshake's own round trip. A SYN that was sent twice says nothing about
  // it (Karn), and the first window is one segment then (RFC 5681 3.1).
  if (retries_ == 0)
    sender_.rtt().sample(now - opened_);
  else
    sender_.rtt().restart(settings_->rto_initial);
  const bool from_syn_sent = state_ == TcpState::syn_sent;
  state_ = TcpState::established;
  deadline_ = Instant::never();
  heard_ = now;
  sender_.start(iss_ + 1, segment_octets(), retries_ > 1 ? 1 : settings_->initial_window_segments);
  // TCP-44: the window of a SYN is not scaled.
  const bool scaled = !segment.header.has(kTcpSyn);
  sender_.set_window(segment.header.seq, segment.header.ack,
                     scaled ? peer_window(segment.header) : segment.header.window);
  tell(active_ ? TcpEvent::Kind::connected : TcpEvent::Kind::accepted, out,
       {ProbeResult::answered});
  if (from_syn_sent) send_ack(now, out);
  if (sender_.fin_queued()) state_ = TcpState::fin_wait_1;  // close() came before.
  if (program_ == TcpProgram::probe) leave(now, out);
  if (state_ != TcpState::closed) push_out(now, out);
}

void TcpConnection::learn(const TcpOptions& options) {
  timestamps_ = timestamps_ && options.timestamps.has_value();
  sack_ = sack_ && options.sack_permitted;
  window_scale_ = window_scale_ && options.window_scale.has_value();
  if (timestamps_) ts_recent_ = options.timestamps->value;
  if (options.mss) peer_mss_ = *options.mss;  // TCP-08: otherwise 536
  if (window_scale_) peer_shift_ = *options.window_scale;
}

}  // namespace natsim
