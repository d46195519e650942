#include "sim/transport/tcp_sender.h"

#include <algorithm>
#include <utility>

#include "sim/base/check.h"

namespace natsim {
namespace {

Seq later(Seq a, Seq b) { return a.after(b) ? a : b; }

}  // namespace

// --- what the program wants ---------------------------------------------------------------------

std::size_t TcpSender::queue_room() const {
  const std::size_t twice = congestion_ != nullptr ? std::size_t(congestion_->window()) * 2 : 0;
  const std::size_t limit = std::clamp<std::size_t>(twice, settings_->send_buffer_bytes_min,
                                                    settings_->send_buffer_bytes_max);
  return limit - std::min(limit, buffer_.size());
}

std::size_t TcpSender::queue(ByteSpan bytes) {
  if (fin_queued_) return 0;
  const std::size_t taken = std::min(bytes.size(), queue_room());
  buffer_.append(bytes.first(taken));
  end_ += std::uint32_t(taken);
  short_of_room_ = taken < bytes.size();
  return taken;
}

// Not for every few octets: a third of the buffer at least.
bool TcpSender::take_writable() {
  if (!short_of_room_ || queue_room() < buffer_.size() / 2) return false;
  short_of_room_ = false;
  return true;
}

// --- segments -----------------------------------------------------------------------------------

void TcpSender::start(Seq first, std::uint32_t segment_octets, std::uint32_t window_segments) {
  started_ = true;
  una_ = nxt_ = small_end_ = high_rxt_ = lost_below_ = first;
  recovery_point_ = first - 1;
  end_ = first + std::uint32_t(buffer_.size());
  segment_ = segment_octets;
  congestion_ =
      CongestionControl::make(algorithm_, segment_octets, segment_octets * window_segments);
}

void TcpSender::set_congestion_control(CongestionAlgorithm algorithm) {
  if (std::exchange(algorithm_, algorithm) == algorithm || congestion_ == nullptr) return;
  auto next = CongestionControl::make(algorithm, segment_, congestion_->window());
  next->take_over(*congestion_);
  congestion_ = std::move(next);
}

// RFC 9293 3.10.7.4: only news about the window counts.
void TcpSender::set_window(Seq seq, Seq ack, std::uint32_t window) {
  const bool news = window_max_ == 0 || window_seq_.before(seq) ||
                    (window_seq_ == seq && window_ack_.at_or_before(ack));
  if (!news) return;
  window_ = window;
  window_max_ = std::max(window_max_, window);
  window_seq_ = seq;
  window_ack_ = ack;
}

std::optional<TcpPiece> TcpSender::next(std::uint32_t room, Instant now) {
  if (!started_) return std::nullopt;
  if (flight() == 0 && now - last_sent_ > rtt_.rto())
    congestion_->on_idle(segment_ * settings_->initial_window_segments);
  auto piece = next_lost(room);
  if (!piece) piece = next_new(room);
  if (!piece) piece = next_rescue(room);
  if (!piece) {
    // Something waits, and nothing is under way that would bring an ACK: RFC 9293 3.8.6.1.
    const bool waiting = flight() == 0 && !fin_sent_ && (nxt_ != end_ || fin_queued_);
    if (waiting && deadline_ == Instant::never()) deadline_ = now + rtt_.rto();
    return std::nullopt;
  }
  must_send_ = false;
  last_sent_ = now;
  const Seq end = piece->seq + (piece->octets + piece->fin);
  if (piece->seq.before(nxt_)) {
    karn_ = true;
    if (timed_ && timed_->after(piece->seq)) timed_.reset();
  } else {
    nxt_ = end;
    fin_sent_ = fin_sent_ || piece->fin;
    if (piece->octets < segment_) small_end_ = end;
    if (!timed_) timed_ = end, timed_at_ = now;
  }
  if (deadline_ == Instant::never()) deadline_ = now + rtt_.rto();
  return piece;
}

std::optional<TcpPiece> TcpSender::next_lost(std::uint32_t room) {
  const Seq from = sacked_.first_gap(later(high_rxt_, una_));
  if (!from.before(lost_below_)) return std::nullopt;
  if (!must_send_ && pipe() + segment_ > congestion_->window()) return std::nullopt;
  const auto piece = piece_again(from, lost_below_, room);
  high_rxt_ = piece->seq + (piece->octets + piece->fin);
  return piece;
}

std::optional<TcpPiece> TcpSender::piece_again(Seq from, Seq limit, std::uint32_t room) {
  TcpPiece piece{from, 0, false, false};
  const auto length = std::uint32_t(sacked_.gap_end(from, limit) - from);
  piece.octets = std::min(length, room);
  piece.fin = fin_sent_ && from + piece.octets == end_ + 1;
  piece.octets -= piece.fin;
  piece.push = piece.octets > 0 && from + piece.octets == end_;
  return piece;
}

std::optional<TcpPiece> TcpSender::next_new(std::uint32_t room) {
  if (fin_sent_) return std::nullopt;
  const auto unsent = std::uint32_t(end_ - nxt_);
  const std::int32_t usable = una_ + window_ - nxt_;
  std::uint32_t octets = std::min({unsent, room, std::uint32_t(std::max(usable, 0))});
  if (must_send_ && octets == 0 && unsent > 0) octets = 1;  // the probe of a closed window
  const bool last = octets == unsent;
  const bool fin = last && fin_queued_;
  if (octets == 0 && !fin) return std::nullopt;
  if (octets > 0 && !must_send_) {
    if (pipe() + octets > congestion_->window()) return std::nullopt;
    if (octets < room && !may_send_part(octets, last)) return std::nullopt;
  }
  return TcpPiece{nxt_, octets, fin, last && octets > 0};
}

/// Less than a full segment: Nagle's algorithm, and no silly windows (RFC 9293 3.8.6.2.1).
bool TcpSender::may_send_part(std::uint32_t octets, bool last) const {
  if (!last) return octets * 2 >= window_max_;
  if (settings_->no_delay || fin_queued_) return true;
  return !small_end_.after(una_);  // Minshall's variant, as Linux: one such segment under way
}

// RFC 6675 4, NextSeg rules 3 and 4: nothing better to do, so what may be lost goes again.
std::optional<TcpPiece> TcpSender::next_rescue(std::uint32_t room) {
  if (recovery_ != Recovery::fast || sacked_.empty()) return std::nullopt;
  if (pipe() + segment_ > congestion_->window()) return std::nullopt;
  const Seq from = sacked_.first_gap(later(high_rxt_, una_));
  if (from.before(sacked_.back().left)) {
    const auto piece = piece_again(from, sacked_.back().left, room);
    high_rxt_ = piece->seq + (piece->octets + piece->fin);
    return piece;
  }
  if (rescued_ || !sacked_.back().right.before(nxt_)) return std::nullopt;
  rescued_ = true;
  return piece_again(later(nxt_ - std::min(segment_, flight()), sacked_.back().right), nxt_, room);
}

/// RFC 6675 4: an estimate of the octets that are in the network.
std::uint32_t TcpSender::pipe() const {
  if (sacked_.empty() && left_octets_ == 0 && lost_below_ == una_) return flight();
  const Seq from = later(high_rxt_, una_);
  std::uint32_t gone = sacked_.octets() + left_octets_;
  if (from.before(lost_below_))
    gone += std::uint32_t(lost_below_ - from) - sacked_.octets_within(from, lost_below_);
  return flight() - std::min(flight(), gone);
}

void TcpSender::shrink_segments(std::uint32_t segment_octets) {
  segment_ = segment_octets;
  if (!started_) return;
  congestion_->set_segment(segment_octets);
  if (flight() > 0) resend_everything();
}

/// All that is under way is taken as lost.
void TcpSender::resend_everything() {
  high_rxt_ = una_;
  lost_below_ = nxt_;
  left_octets_ = 0;
  must_send_ = true;
}

// --- time ---------------------------------------------------------------------------------------

bool TcpSender::on_deadline(int retries_max, Instant now) {
  if (now < deadline_) return true;
  deadline_ = Instant::never();
  if (flight() == 0) {  // The window is closed, or too small to bother: send nevertheless.
    must_send_ = true;
    if (window_ == 0) rtt_.back_off();
    return true;
  }
  if (++retries_ > retries_max) return false;
  rtt_.back_off();
  karn_ = true;
  timed_.reset();
  if (window_ == 0) {  // A probe went unanswered, or unwanted; the network is not to blame.
    high_rxt_ = una_;
    lost_below_ = una_ + 1;
    must_send_ = true;
    return true;
  }
  // What a peer says has arrived it may drop again, but not twice (RFC 2018 8).
  if (retries_ > 1 || sacked_.contains(una_)) sacked_.clear();
  congestion_->on_timeout(flight(), retries_ == 1, now);
  recovery_ = Recovery::timeout;
  recovery_point_ = nxt_;
  duplicates_ = 0;
  resend_everything();
  return true;
}

}  // namespace natsim
