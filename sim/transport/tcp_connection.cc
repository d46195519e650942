// Calls, timers, and segments that leave. Segments that arrive are in tcp_arrives.cc.
#include "sim/transport/tcp_connection.h"

#include <algorithm>

#include "sim/base/check.h"

namespace natsim {
namespace {

constexpr std::uint32_t kHeaders = 40;        // of IPv4 and TCP without options
constexpr std::uint32_t kTimestampRoom = 12;  // the option, aligned
constexpr std::uint32_t kMssMin = 88;         // Linux: TCP_MIN_MSS

}  // namespace

TcpConnection::TcpConnection(const Tuple& tuple, const TcpPath& path, const TcpSettings& settings,
                             TcpProgram program, bool active, const TcpNumbers& numbers,
                             Instant now)
    : tuple_(tuple),
      settings_(&settings),
      program_(program),
      active_(active),
      timestamps_(settings.timestamps),
      sack_(settings.sack),
      window_scale_(settings.window_scale),
      path_(path),
      iss_(numbers.initial(tuple, now)),
      ts_offset_(numbers.clock_offset(tuple)),
      opened_(now),
      sender_(settings),
      receiver_(settings, active ? settings.window_active_bytes : settings.window_passive_bytes) {}

TcpConnection TcpConnection::connect(const Tuple& connection, const TcpPath& path,
                                     const TcpSettings& settings, TcpProgram program,
                                     const TcpNumbers& numbers, Instant now, TcpOutbox& out) {
  TcpConnection made(connection, path, settings, program, true, numbers, now);
  made.state_ = TcpState::syn_sent;
  made.send_syn(now, out);
  made.deadline_ = now + made.sender_.rtt().rto();
  return made;
}

TcpConnection TcpConnection::accept(const TcpSegment& syn, const TcpSettings& settings,
                                    TcpProgram program, const TcpNumbers& numbers, Instant now,
                                    TcpOutbox& out) {
  SIM_CHECK((syn.header.flags & (kTcpSyn | kTcpAck | kTcpRst | kTcpFin)) == kTcpSyn);
  TcpConnection made(syn.connection(), syn.path, settings, program, false, numbers, now);
  made.state_ = TcpState::syn_received;
  made.receiver_.start(syn.header.seq + 1);  // Data on a SYN is not taken: it will come again.
  made.learn(syn.header.options);
  made.send_syn(now, out);
  made.deadline_ = now + made.sender_.rtt().rto();
  return made;
}

// --- what the program does ----------------------------------------------------------------------

std::size_t TcpConnection::send(ByteSpan bytes, Instant now, TcpOutbox& out) {
  if (state_ > TcpState::established && state_ != TcpState::close_wait) return 0;
  if (state_ == TcpState::closed || left_) return 0;
  const std::size_t taken = sender_.queue(bytes);
  if (synchronized()) push_out(now, out);
  return taken;
}

void TcpConnection::close(Instant now, TcpOutbox& out) {
  switch (state_) {
    case TcpState::syn_sent: tell(TcpEvent::Kind::closed, out); return end();
    case TcpState::syn_received: return sender_.queue_fin();  // establish() goes on.
    case TcpState::established: state_ = TcpState::fin_wait_1; break;
    case TcpState::close_wait: state_ = TcpState::last_ack; break;
    default: return;
  }
  sender_.queue_fin();
  push_out(now, out);
}

void TcpConnection::leave(Instant now, TcpOutbox& out) {
  if (left_) return;
  if (unread_octets() > 0) return abort(out);  // TCP-36
  close(now, out);
  left_ = true;
  if (state_ == TcpState::fin_wait_2) wait_before_closed(state_, now);
}

void TcpConnection::abort(TcpOutbox& out) {
  const bool tells = state_ == TcpState::syn_received || state_ == TcpState::established ||
                     state_ == TcpState::fin_wait_1 || state_ == TcpState::fin_wait_2 ||
                     state_ == TcpState::close_wait;
  if (tells) send_reset(send_next(), out);
  end();
}

void TcpConnection::resume(Instant now, TcpOutbox& out) {
  reading_ = true;
  if (unread_octets() > 0) return tell_program(TcpEvent::Kind::readable, out);
  consume(0, now, out);
}

void TcpConnection::consume(std::uint32_t octets, Instant now, TcpOutbox& out) {
  receiver_.queue().consume(octets);
  if (awaits_data() && receiver_.should_update(segment_octets())) send_ack(now, out);
}

/// The peer may still send.
bool TcpConnection::awaits_data() const {
  return state_ == TcpState::established || state_ == TcpState::fin_wait_1 ||
         state_ == TcpState::fin_wait_2;
}

// --- what the network says beside TCP -----------------------------------------------------------

void TcpConnection::on_error(const IcmpError& error, TcpOutbox& out) {
  if (state_ != TcpState::syn_sent) return;
  const ProbeResult result = result_of(error);
  if (result != ProbeResult::pending) fail({result, error}, out);
}

void TcpConnection::on_path_mtu(Seq seq, std::uint32_t mtu, Instant now, TcpOutbox& out) {
  path_.path_mtu = std::min(path_.path_mtu, std::max(mtu, kMssMin + kHeaders));
  if (!synchronized() || segment_octets() >= sender_.segment_octets()) return;
  if (seq.before(sender_.una()) || !seq.before(sender_.nxt())) return;
  sender_.shrink_segments(segment_octets());
  push_out(now, out);
}

// --- time ---------------------------------------------------------------------------------------

Instant TcpConnection::next_deadline() const {
  Instant next = deadline_;
  if (!synchronized()) return next;
  next = std::min({next, sender_.deadline(), receiver_.ack_deadline()});
  if (!settings_->keep_alive || (state_ != TcpState::established && state_ != TcpState::close_wait))
    return next;
  return std::min(next,
                  heard_ + settings_->keep_alive_idle + settings_->keep_alive_interval * probes_);
}

void TcpConnection::on_deadline(Instant now, TcpOutbox& out) {
  if (now >= deadline_) on_state_deadline(now, out);
  if (!synchronized()) return;
  if (now >= sender_.deadline() && !sender_.on_deadline(retries_max(), now))
    return fail({ProbeResult::timed_out}, out);
  push_out(now, out);
  on_keep_alive(now, out);
}

int TcpConnection::retries_max() const {
  return left_ || program_ != TcpProgram::stream ? settings_->orphan_retries
                                                 : settings_->data_retries;
}

void TcpConnection::on_state_deadline(Instant now, TcpOutbox& out) {
  deadline_ = Instant::never();
  if (synchronized()) return end();  // FIN_WAIT_2 and TIME_WAIT have waited long enough.
  const bool asks = state_ == TcpState::syn_sent;
  const int linear = asks ? settings_->syn_linear_timeouts : 0;
  const int retries_max = asks ? settings_->syn_retries + linear : settings_->syn_ack_retries;
  if (++retries_ > retries_max) return active_ ? fail({ProbeResult::timed_out}, out) : end();
  if (retries_ > linear) sender_.rtt().back_off();
  deadline_ = now + sender_.rtt().rto();
  send_syn(now, out);
}

// RFC 9293 3.8.4: an old number, which a living peer will answer (TCP-42).
void TcpConnection::on_keep_alive(Instant now, TcpOutbox& out) {
  if (!settings_->keep_alive || sender_.flight() > 0) return;
  if (state_ != TcpState::established && state_ != TcpState::close_wait) return;
  if (now < heard_ + settings_->keep_alive_idle + settings_->keep_alive_interval * probes_) return;
  if (probes_ >= settings_->keep_alive_probes) {
    send_reset(send_next(), out);
    return fail({ProbeResult::timed_out}, out);
  }
  ++probes_;
  send_header(kTcpAck, send_next() - 1, now, out);
}

// --- segments that leave ------------------------------------------------------------------------

/// What fits into a segment beside the options that each has (TCP-09).
std::uint32_t TcpConnection::segment_octets() const {
  const std::uint32_t path = std::max(path_.path_mtu, kMssMin + kHeaders) - kHeaders;
  const std::uint32_t mss = std::clamp<std::uint32_t>(peer_mss_, kMssMin, path);
  return mss - (timestamps_ ? kTimestampRoom : 0);
}

std::uint32_t TcpConnection::room_in_segment() const {
  if (!sack_ || !receiver_.queue().has_hole()) return segment_octets();
  std::array<SackBlock, 4> blocks;
  const auto count = receiver_.queue().sack_blocks({blocks.data(), timestamps_ ? 3u : 4u});
  return segment_octets() - std::uint32_t(4 + 8 * count);
}

/// Sends what may be sent; each segment carries an ACK, and if none went, one goes if it must.
void TcpConnection::push_out(Instant now, TcpOutbox& out) {
  if (state_ == TcpState::closed) return;
  while (const auto piece = sender_.next(room_in_segment(), now)) send_piece(*piece, now, out);
  if (receiver_.wants_ack(now)) send_ack(now, out);
}

void TcpConnection::send_piece(const TcpPiece& piece, Instant now, TcpOutbox& out) {
  TcpFlags flags = kTcpAck;
  if (piece.push) flags |= kTcpPsh;
  if (piece.fin) flags |= kTcpFin;
  send_header(flags, piece.seq, now, out);
  if (piece.octets == 0) return;
  TcpSegmentOut& segment = out.segments.back();
  segment.payload_at = std::uint32_t(out.payloads.size());
  segment.payload_octets = piece.octets;
  out.payloads.resize(out.payloads.size() + piece.octets);
  sender_.copy(piece, MutableByteSpan(out.payloads).subspan(segment.payload_at));
}

void TcpConnection::send_syn(Instant now, TcpOutbox& out) {
  send_header(state_ == TcpState::syn_sent ? kTcpSyn : kTcpSyn | kTcpAck, iss_, now, out);
}

TcpHeader& TcpConnection::start_segment(TcpFlags flags, Seq seq, TcpOutbox& out) const {
  TcpSegmentOut& segment = out.segments.emplace_back();
  segment.source = tuple_.source.address;
  segment.destination = tuple_.destination.address;
  segment.header.source_port = tuple_.source.port;
  segment.header.destination_port = tuple_.destination.port;
  segment.header.flags = flags;
  segment.header.seq = seq;
  return segment.header;
}

void TcpConnection::send_header(TcpFlags flags, Seq seq, Instant now, TcpOutbox& out) {
  TcpHeader& header = start_segment(flags, seq, out);
  if (flags & kTcpSyn) {  // RFC 7323 2.2: the window of a SYN is never scaled (TCP-44).
    header.window =
        std::uint16_t(active_ ? settings_->window_active_bytes : settings_->window_passive_bytes);
    header.options.mss = std::uint16_t(std::min(path_.link_mtu - kHeaders, 65'535u));  // TCP-01
    header.options.sack_permitted = sack_;
    if (window_scale_) header.options.window_scale = settings_->window_shift;
  } else {
    const std::uint32_t window = receiver_.offer(segment_octets());
    header.window =
        std::uint16_t(std::min(window >> (window_scale_ ? settings_->window_shift : 0), 65'535u));
  }
  if (timestamps_) {
    const auto clock = std::uint32_t(now.ns() / 1'000'000);
    header.options.timestamps = TcpTimestamps{ts_offset_ + clock, ts_recent_};
  }
  if ((flags & kTcpAck) == 0) return;
  header.ack = receiver_.next();
  receiver_.on_ack_sent();
  if (sack_ && !(flags & kTcpSyn) && receiver_.queue().has_hole())
    header.options.sack_count = std::uint8_t(
        receiver_.queue().sack_blocks({header.options.sack.data(), timestamps_ ? 3u : 4u}));
}

// An ACK that asks the peer for proof. Seldom, or two confused ends would challenge each other for
// ever (Linux: tcp_invalid_ratelimit).
void TcpConnection::challenge(Instant now, TcpOutbox& out) {
  if (now < next_challenge_) return;
  next_challenge_ = now + settings_->challenge_interval;
  send_ack(now, out);
}

// RFC 9293 3.10.7.1: a reset in answer to an acknowledgment takes its number from there.
void TcpConnection::send_reset(Seq seq, TcpOutbox& out) const { start_segment(kTcpRst, seq, out); }

// --- ends ---------------------------------------------------------------------------------------

void TcpConnection::wait_before_closed(TcpState state, Instant now) {
  state_ = state;
  deadline_ = now + settings_->time_wait;
}

void TcpConnection::fail(ProbeOutcome outcome, TcpOutbox& out) {
  tell(TcpEvent::Kind::failed, out, outcome);
  end();
}

void TcpConnection::end() {
  state_ = TcpState::closed;
  deadline_ = Instant::never();
}

void TcpConnection::tell(TcpEvent::Kind kind, TcpOutbox& out, ProbeOutcome outcome,
                         ByteSpan data) const {
  out.events.push_back({kind, tuple_, outcome, data});
}

}  // namespace natsim
