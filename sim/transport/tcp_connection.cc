#include "sim/transport/tcp_connection.h"

#include <algorithm>

#include "sim/base/check.h"

namespace natsim {
namespace {

// What Linux announces on Ethernet: in a SYN, in a SYN+ACK, and scaled by 2^7 from then on.
constexpr std::uint8_t kWindowShift = 7;
constexpr std::uint16_t kWindowActive = 64240;
constexpr std::uint16_t kWindowPassive = 65160;

}  // namespace

TcpConnection::TcpConnection(const Tuple& tuple, const TcpSettings& settings, TcpProgram program,
                             Prng& rng)
    : tuple_(tuple), settings_(&settings), program_(program), rto_(settings.rto_initial) {
  const std::uint64_t draw = rng.next();
  iss_ = Seq(std::uint32_t(draw >> 32));
  ts_offset_ = std::uint32_t(draw);
  snd_una_ = iss_;
  snd_nxt_ = iss_ + 1;
}

TcpConnection TcpConnection::connect(const Tuple& connection, const TcpSettings& settings,
                                     TcpProgram program, Prng& rng, Instant now, TcpOutbox& out) {
  TcpConnection made(connection, settings, program, rng);
  made.active_ = true;
  made.state_ = TcpState::syn_sent;
  made.opened_ = now;
  made.send_syn(now, out);
  made.start_timer(now, made.rto_);
  return made;
}

TcpConnection TcpConnection::accept(const TcpSegment& syn, const TcpSettings& settings,
                                    TcpProgram program, Prng& rng, Instant now, TcpOutbox& out) {
  SIM_CHECK((syn.header.flags & (kTcpSyn | kTcpAck | kTcpRst | kTcpFin)) == kTcpSyn);
  TcpConnection made(syn.connection(), settings, program, rng);
  made.state_ = TcpState::syn_received;
  made.opened_ = now;
  made.rcv_nxt_ = syn.header.seq + 1;  // Data on a SYN is not taken: it will be sent again.
  made.learn(syn.header.options);
  made.send_syn(now, out);
  made.start_timer(now, made.rto_);
  return made;
}

void TcpConnection::on_segment(const TcpSegment& segment, Instant now, TcpOutbox& out) {
  SIM_CHECK(state_ != TcpState::closed);
  if (state_ == TcpState::syn_sent) return on_segment_in_syn_sent(segment, now, out);

  const TcpHeader& header = segment.header;
  const bool peers_syn_again = header.has(kTcpSyn) && header.seq + 1 == rcv_nxt_;
  if (state_ == TcpState::syn_received && peers_syn_again) {
    if (!header.has(kTcpAck)) return send_syn(now, out);
    if (header.ack == snd_nxt_) {  // The second half of a simultaneous open (TCP-28).
      establish(now, out);
      if (state_ == TcpState::established) send_ack(now, out);
      return;
    }
  }
  // RFC 9293 3.10.7.4, in its order: sequence, RST, SYN, ACK, text, FIN.
  if (!in_window(segment)) {
    if (header.has(kTcpRst)) return;
    const bool has_text = segment.length() > 0 && !header.has(kTcpSyn);
    has_text ? send_ack(now, out) : challenge(now, out);
    if (state_ == TcpState::time_wait && header.has(kTcpFin))  // TCP-26
      start_timer(now, settings_->time_wait);
    return;
  }
  if (header.has(kTcpRst)) return on_reset(segment, now, out);
  if (header.has(kTcpSyn)) return challenge(now, out);  // RFC 5961 4.2 (TCP-33).
  if (!header.has(kTcpAck)) return;                     // TCP-35
  if (!on_ack(segment, now, out)) return;
  if (timestamps_ && header.options.timestamps && header.seq.at_or_before(rcv_nxt_))
    ts_recent_ = header.options.timestamps->value;
  if (!on_data(segment, now, out)) return;
  const bool in_order = header.seq + std::uint32_t(segment.payload.size()) == rcv_nxt_;
  if (header.has(kTcpFin) && in_order && !fin_received_) return on_fin(now, out);
  if (segment.length() > 0) send_ack(now, out);  // Data that was taken, or that came out of order.
}

void TcpConnection::on_segment_in_syn_sent(const TcpSegment& segment, Instant now, TcpOutbox& out) {
  const TcpHeader& header = segment.header;
  const bool acknowledged = header.has(kTcpAck) && header.ack == snd_nxt_;
  if (header.has(kTcpRst)) {  // TCP-30: only a reset that answers our SYN counts.
    if (acknowledged) fail({ProbeResult::refused}, out);
    return;
  }
  if (header.has(kTcpAck) && !acknowledged) return send_reset(header.ack, out);
  if (!header.has(kTcpSyn)) return;
  rcv_nxt_ = header.seq + 1;
  learn(header.options);
  if (acknowledged) return establish(now, out);
  state_ = TcpState::syn_received;  // Simultaneous open: the same ISN again, now with an ACK.
  send_syn(now, out);
}

bool TcpConnection::in_window(const TcpSegment& segment) const {
  const Seq first = segment.header.seq;
  const std::uint32_t window = active_ ? kWindowActive : kWindowPassive;
  if (segment.length() == 0) return first.in_window(rcv_nxt_, window);
  return first.in_window(rcv_nxt_, window) ||
         (first + (segment.length() - 1)).in_window(rcv_nxt_, window);
}

void TcpConnection::on_reset(const TcpSegment& segment, Instant now, TcpOutbox& out) {
  // RFC 5961 3.2: only the exact number resets; another one in the window is asked for proof.
  if (segment.header.seq != rcv_nxt_) return challenge(now, out);
  const bool over =
      state_ == TcpState::closing || state_ == TcpState::last_ack || state_ == TcpState::time_wait;
  if (is_half_open() || over) return end();  // Nobody waits for it.
  fail({ProbeResult::refused}, out);
}

// Returns false if the segment ends here.
bool TcpConnection::on_ack(const TcpSegment& segment, Instant now, TcpOutbox& out) {
  const Seq ack = segment.header.ack;
  if (state_ == TcpState::syn_received) {
    if (ack != snd_nxt_) return send_reset(ack, out), false;
    establish(now, out);
    return true;
  }
  if (ack.after(snd_nxt_)) return send_ack(now, out), false;  // TCP-34
  if (!ack.after(snd_una_)) return true;
  snd_una_ = ack;
  // The only thing ever unacknowledged here is our FIN.
  if (snd_una_ == snd_nxt_) on_fin_acknowledged(now, out);
  return state_ != TcpState::closed;
}

void TcpConnection::on_fin_acknowledged(Instant now, TcpOutbox& out) {
  switch (state_) {
    case TcpState::fin_wait_1: return wait_before_closed(TcpState::fin_wait_2, now);
    case TcpState::closing:
      tell(TcpEvent::Kind::closed, out);
      return wait_before_closed(TcpState::time_wait, now);
    case TcpState::last_ack: return tell(TcpEvent::Kind::closed, out), end();
    default: return;
  }
}

// Returns false if the segment ends here.
bool TcpConnection::on_data(const TcpSegment& segment, Instant, TcpOutbox& out) {
  const Seq end_of_data = segment.header.seq + std::uint32_t(segment.payload.size());
  const bool news = segment.header.seq.at_or_before(rcv_nxt_) && end_of_data.after(rcv_nxt_);
  if (!news || fin_received_) return true;
  if (state_ != TcpState::established) {  // Our program is gone: nobody will read this (TCP-36).
    send_reset(snd_nxt_, out);
    fail({ProbeResult::refused}, out);
    return false;
  }
  rcv_nxt_ = end_of_data;
  return true;
}

void TcpConnection::on_fin(Instant now, TcpOutbox& out) {
  fin_received_ = true;
  rcv_nxt_ += 1;
  switch (state_) {
    case TcpState::established:
      state_ = TcpState::close_wait;
      if (program_ == TcpProgram::accept) return close(now, out);  // Its FIN carries the ACK.
      break;
    case TcpState::fin_wait_1: state_ = TcpState::closing; break;
    case TcpState::fin_wait_2:
      tell(TcpEvent::Kind::closed, out);
      wait_before_closed(TcpState::time_wait, now);
      break;
    default: break;
  }
  send_ack(now, out);
}

void TcpConnection::establish(Instant now, TcpOutbox& out) {
  // RFC 6298 2.2 from the handshake's own round trip, in Linux's clamping: R + max(2 R, 200 ms).
  // A SYN that was sent twice says nothing about R (Karn).
  const Duration round_trip = now - opened_;
  rto_ = retries_ > 0 ? settings_->rto_initial
                      : round_trip + std::max(round_trip * 2, settings_->rto_min);
  const bool from_syn_sent = state_ == TcpState::syn_sent;
  state_ = TcpState::established;
  snd_una_ = snd_nxt_;
  deadline_ = Instant::never();
  if (from_syn_sent) send_ack(now, out);
  tell(active_ ? TcpEvent::Kind::connected : TcpEvent::Kind::accepted, out,
       {ProbeResult::answered});
  if (program_ == TcpProgram::probe) close(now, out);
}

void TcpConnection::learn(const TcpOptions& options) {
  timestamps_ = timestamps_ && options.timestamps.has_value();
  sack_ = sack_ && options.sack_permitted;
  window_scale_ = window_scale_ && options.window_scale.has_value();
  if (timestamps_) ts_recent_ = options.timestamps->value;
}

void TcpConnection::on_error(const IcmpError& error, TcpOutbox& out) {
  if (state_ != TcpState::syn_sent) return;
  const ProbeResult result = result_of(error);
  if (result != ProbeResult::pending) fail({result, error}, out);
}

void TcpConnection::close(Instant now, TcpOutbox& out) {
  if (state_ == TcpState::established) {
    state_ = TcpState::fin_wait_1;
  } else if (state_ == TcpState::close_wait) {
    state_ = TcpState::last_ack;
  } else {
    return;
  }
  send(kTcpFin | kTcpAck, snd_nxt_, now, out);
  snd_nxt_ += 1;
  retries_ = 0;
  start_timer(now, rto_);
}

void TcpConnection::on_deadline(Instant now, TcpOutbox& out) {
  if (now < deadline_) return;
  switch (state_) {
    case TcpState::syn_sent:
      if (!back_off(settings_->syn_retries, now)) return fail({ProbeResult::timed_out}, out);
      return send_syn(now, out);
    case TcpState::syn_received:
      if (!back_off(settings_->syn_ack_retries, now))
        return active_ ? fail({ProbeResult::timed_out}, out) : end();
      return send_syn(now, out);
    case TcpState::fin_wait_1:
    case TcpState::closing:
    case TcpState::last_ack:
      if (!back_off(settings_->fin_retries, now)) return fail({ProbeResult::timed_out}, out);
      return send(kTcpFin | kTcpAck, snd_nxt_ - 1, now, out);
    default: return end();  // FIN_WAIT_2 and TIME_WAIT have waited long enough.
  }
}

void TcpConnection::send_syn(Instant now, TcpOutbox& out) const {
  send(state_ == TcpState::syn_sent ? kTcpSyn : kTcpSyn | kTcpAck, iss_, now, out);
}

void TcpConnection::send(TcpFlags flags, Seq seq, Instant now, TcpOutbox& out) const {
  TcpSegmentOut& segment = out.segments.emplace_back();
  segment.source = tuple_.source.address;
  segment.destination = tuple_.destination.address;
  TcpHeader& header = segment.header;
  header.source_port = tuple_.source.port;
  header.destination_port = tuple_.destination.port;
  header.flags = flags;
  header.seq = seq;
  if (flags & kTcpAck) header.ack = rcv_nxt_;
  header.window = active_ ? kWindowActive : kWindowPassive;
  if (flags & kTcpSyn) {  // RFC 7323 2.2: the window of a SYN is never scaled.
    header.options.mss = settings_->mss;
    header.options.sack_permitted = sack_;
    if (window_scale_) header.options.window_scale = kWindowShift;
  } else if (window_scale_) {
    header.window = std::uint16_t(header.window >> kWindowShift);
  }
  if (timestamps_) {
    const auto clock = std::uint32_t(now.ns() / 1'000'000);
    header.options.timestamps = TcpTimestamps{ts_offset_ + clock, ts_recent_};
  }
}

// An ACK that asks the peer for proof. Seldom, or two confused ends would challenge each other for
// ever (Linux: tcp_invalid_ratelimit).
void TcpConnection::challenge(Instant now, TcpOutbox& out) {
  if (now < next_challenge_) return;
  next_challenge_ = now + settings_->challenge_interval;
  send_ack(now, out);
}

// RFC 9293 3.10.7.1: a reset in answer to an acknowledgment takes its number from there.
void TcpConnection::send_reset(Seq seq, TcpOutbox& out) const {
  TcpSegmentOut& segment = out.segments.emplace_back();
  segment.source = tuple_.source.address;
  segment.destination = tuple_.destination.address;
  segment.header.source_port = tuple_.source.port;
  segment.header.destination_port = tuple_.destination.port;
  segment.header.flags = kTcpRst;
  segment.header.seq = seq;
}

void TcpConnection::start_timer(Instant now, Duration timeout) { deadline_ = now + timeout; }

// Doubles the timeout and starts it again (RFC 6298 5.5); false when it has been tried enough.
bool TcpConnection::back_off(int retries_max, Instant now) {
  if (retries_ >= retries_max) return false;
  ++retries_;
  rto_ = std::min(rto_ * 2, settings_->rto_max);
  start_timer(now, rto_);
  return true;
}

void TcpConnection::wait_before_closed(TcpState state, Instant now) {
  state_ = state;
  start_timer(now, settings_->time_wait);
}

void TcpConnection::fail(ProbeOutcome outcome, TcpOutbox& out) {
  tell(TcpEvent::Kind::failed, out, outcome);
  end();
}

void TcpConnection::tell(TcpEvent::Kind kind, TcpOutbox& out, ProbeOutcome outcome) const {
  out.events.push_back({kind, tuple_, outcome});
}

}  // namespace natsim
