#include "sim/transport/tcp_receiver.h"

#include <algorithm>

#include "sim/base/check.h"

namespace natsim {

void TcpReceiver::start(Seq next) {
  queue_.start(next);
  last_ack_ = next;
  edge_ = next + limit_;
}

bool TcpReceiver::is_acceptable(Seq seq, std::uint32_t length) const {
  const auto window = std::uint32_t(std::max(edge_ - next(), 0));
  if (length == 0) return window == 0 ? seq == next() : seq.in_window(next(), window);
  return seq.in_window(next(), window) || (seq + (length - 1)).in_window(next(), window);
}

ByteSpan TcpReceiver::receive(Seq seq, ByteSpan text, bool straight, Instant now) {
  if (seq.before(next())) {
    const auto known = std::uint32_t(next() - seq);
    if (known >= text.size()) return ack_now(), ByteSpan();
    text = text.subspan(known);
    seq = next();
  }
  text = text.first(std::min<std::size_t>(text.size(), std::uint32_t(std::max(edge_ - seq, 0))));
  if (text.empty()) return ack_now(), ByteSpan();
  const auto octets = std::uint32_t(text.size());
  const bool in_order = seq == next();
  const bool had_hole = queue_.has_hole();
  segment_ = std::max(segment_, octets);
  const bool lent = straight && in_order && queue_.unread_octets() == 0;
  if (lent)
    queue_.pass(octets);
  else
    queue_.store(seq, text);
  if (in_order && straight)  // As fast as the sender's own window can grow (tcp_grow_window).
    limit_ = std::min(limit_ + 2 * octets, std::max(settings_->window_bytes_max, limit_));
  plan_ack(octets, in_order && !had_hole, now);
  return lent ? text : ByteSpan();
}

void TcpReceiver::plan_ack(std::uint32_t octets, bool in_order, Instant now) {
  unacked_ += octets;
  if (!in_order || quick_acks_ > 0 || unacked_ >= 2 * segment_) {  // RFC 5681 4.2 (TCP-23)
    quick_acks_ -= in_order && quick_acks_ > 0;
    return ack_now();
  }
  if (ack_deadline_ == Instant::never()) ack_deadline_ = now + settings_->delayed_ack;
}

void TcpReceiver::on_ack_sent() {
  last_ack_ = next();
  unacked_ = 0;
  ack_now_ = false;
  ack_deadline_ = Instant::never();
}

std::uint32_t TcpReceiver::room() const {
  return limit_ - std::min(limit_, queue_.unread_octets());
}

std::uint32_t TcpReceiver::offer(std::uint32_t segment_octets) {
  const std::uint32_t free = room();
  const Seq edge = next() + free;
  // No silly windows: nothing new until there is room for a segment.
  if (free >= std::min(segment_octets, limit_ / 2) && edge.after(edge_)) edge_ = edge;
  return std::uint32_t(std::max(edge_ - next(), 0));
}

bool TcpReceiver::should_update(std::uint32_t segment_octets) const {
  const std::int32_t offered = std::max(edge_ - next(), 0);
  const std::int32_t news = next() + room() - edge_;
  return news >= std::int32_t(std::min(2 * segment_octets, limit_ / 2)) &&
         offered < std::int32_t(limit_ / 2);
}

}  // namespace natsim
