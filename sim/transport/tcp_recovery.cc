// TcpSender's other half: acknowledgments, and recovery from loss.
#include <algorithm>

#include "sim/base/check.h"
#include "sim/transport/tcp_sender.h"

namespace natsim {
namespace {

constexpr std::uint32_t kDuplicatesMin = 3;  // DupThresh

Seq later(Seq a, Seq b) { return a.after(b) ? a : b; }
Seq earlier(Seq a, Seq b) { return a.before(b) ? a : b; }

}  // namespace

void TcpSender::on_ack(const TcpAck& ack, Instant now) {
  SIM_CHECK(!ack.ack.after(nxt_));
  const std::uint32_t window_before = window_;
  set_window(ack.seq, ack.ack, ack.window);
  const std::uint32_t sacked_before = sacked_.octets();
  const bool news = ack.ack.after(una_);
  if (news) note_acknowledged(ack, now);
  if (ack.options->sack_count > 0) note_sacked(*ack.options);
  if (recovery_ == Recovery::fast) find_lost();
  if (news || flight() == 0) return;
  if (window_before == 0 || window_ == 0) {  // An answer to a probe.
    retries_ = 0;
    if (window_ > 0) reopen();
    return;
  }
  const bool sacked_more = sacked_.octets() > sacked_before;
  const bool repeated = ack.plain && ack.ack == una_ && window_ == window_before && !sack_;
  if (sacked_more || repeated) note_duplicate(sacked_more, now);
}

/// The peer's window has opened. What it did not take goes again; a probe's octet as a part of what
/// comes next.
void TcpSender::reopen() {
  rtt_.restore();
  if (flight() > 1 || fin_sent_) return resend_everything();
  nxt_ = small_end_ = high_rxt_ = lost_below_ = una_;
  timed_.reset();
  deadline_ = Instant::never();
}

void TcpSender::note_acknowledged(const TcpAck& ack, Instant now) {
  const auto octets = std::uint32_t(ack.ack - una_);
  // RFC 7661 in short: a window that was not used says nothing about the network.
  const bool limited = congestion_->in_slow_start() ? flight() * 2 >= congestion_->window()
                                                    : flight() + segment_ > congestion_->window();
  una_ = ack.ack;
  buffer_.drop_front(std::min<std::size_t>(octets, buffer_.size()));
  sacked_.drop_before(una_);
  small_end_ = later(small_end_, una_);
  high_rxt_ = later(high_rxt_, una_);
  lost_below_ = later(lost_below_, una_);
  retries_ = 0;
  measure(ack, now);
  deadline_ = flight() > 0 ? now + rtt_.rto() : Instant::never();
  const Duration round_trip = rtt_.smoothed().value_or(Duration());
  switch (recovery_) {
    case Recovery::none:
      duplicates_ = 0;
      left_octets_ = 0;
      recovery_point_ = later(recovery_point_, una_ - 1);
      if (limited) congestion_->on_ack(octets, round_trip, now);
      return;
    case Recovery::fast:
      if (una_.before(recovery_point_)) return on_partial(octets);
      congestion_->on_recovered(flight());
      break;
    case Recovery::timeout:
      congestion_->on_ack(octets, round_trip, now);
      if (una_.before(recovery_point_)) return;
      break;
  }
  recovery_ = Recovery::none;
  duplicates_ = 0;
  left_octets_ = 0;
  high_rxt_ = lost_below_ = una_;
}

// RFC 6582 3.2 (3): the ACK of the first hole uncovers the next one (TCP-21).
void TcpSender::on_partial(std::uint32_t octets) {
  if (sack_) return;
  left_octets_ -= std::min(left_octets_, octets - std::min(octets, segment_));
  high_rxt_ = una_;
  lost_below_ = una_ + std::min(segment_, flight());
  must_send_ = true;
}

void TcpSender::measure(const TcpAck& ack, Instant now) {
  if (timed_ && ack.ack.at_or_after(*timed_)) {
    rtt_.sample(now - timed_at_);
    timed_.reset();
    karn_ = false;
  } else if (karn_ && !timed_ && ack.round_trip) {  // RFC 7323 4: it tells which one is answered.
    rtt_.sample(*ack.round_trip);
  }
  rtt_.restore();
}

void TcpSender::note_sacked(const TcpOptions& options) {
  sack_ = true;
  for (std::size_t i = 0; i < options.sack_count; ++i) {
    const auto [left, right] = options.sack[i];
    if (!left.before(right) || !right.after(una_) || right.after(nxt_)) continue;
    if (left.before(una_)) continue;  // RFC 2883: a report of what came twice
    sacked_.add(left, right);
  }
}

void TcpSender::note_duplicate(bool sacked_more, Instant now) {
  ++duplicates_;
  if (!sacked_more) left_octets_ += segment_;  // Some segment has left the network.
  if (recovery_ != Recovery::none) return;
  const bool told = duplicates_ >= kDuplicatesMin || sack_lost_below().has_value();
  // RFC 6582 3.2 (1): after a timeout, duplicates of what was sent twice say nothing.
  if (told && (sack_ || una_.after(recovery_point_))) recover(now);
}

// RFC 5681 3.2 (TCP-19), RFC 6675 5.
void TcpSender::recover(Instant now) {
  recovery_ = Recovery::fast;
  recovery_point_ = nxt_;
  // What limited transmit has sent beyond the window does not count.
  congestion_->on_loss(std::min(flight(), congestion_->window()), now);
  high_rxt_ = una_;
  lost_below_ = earlier(una_ + segment_, nxt_);
  must_send_ = true;
  rescued_ = false;
  find_lost();
}

/// RFC 6675 4, IsLost: three ranges, or more than two segments' octets, have arrived beyond it.
std::optional<Seq> TcpSender::sack_lost_below() const {
  std::uint32_t ranges = 0, octets = 0;
  for (std::size_t i = sacked_.size(); i-- > 0;) {
    octets += std::uint32_t(sacked_[i].right - sacked_[i].left);
    if (++ranges >= kDuplicatesMin || octets > (kDuplicatesMin - 1) * segment_)
      return sacked_[i].left;
  }
  return std::nullopt;
}

void TcpSender::find_lost() {
  if (const auto below = sack_lost_below()) lost_below_ = later(lost_below_, *below);
}

}  // namespace natsim
