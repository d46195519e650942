#include "sim/filter/tcp_window.h"

#include <algorithm>

namespace natsim {

namespace {

constexpr std::uint8_t kOptionEnd = 0, kOptionNop = 1, kOptionScale = 3, kOptionSackPermitted = 4,
                       kOptionSack = 5;

/// Calls `take(kind, value)` for each option, up to the first that is broken.
template <class Take>
void for_each_option(ByteSpan options, Take take) {
  std::size_t at = 0;
  while (at < options.size() && options[at] != kOptionEnd) {
    if (options[at] == kOptionNop) {
      ++at;
      continue;
    }
    if (at + 1 >= options.size()) return;
    const std::size_t size = options[at + 1];
    if (size < 2 || at + size > options.size()) return;
    take(options[at], options.subspan(at + 2, size - 2));
    at += size;
  }
}

/// The highest right edge of the SACK blocks, or `ack` if none is beyond it.
Seq highest_sack(ByteSpan options, Seq ack) {
  for_each_option(options, [&](std::uint8_t kind, ByteSpan value) {
    if (kind != kOptionSack || value.size() % 8 != 0) return;
    for (std::size_t block = 0; block < value.size(); block += 8) {
      const Seq right(load_be32(value.data() + block + 4));
      if (right.after(ack)) ack = right;
    }
  });
  return ack;
}

/// How old an acknowledgment may be. 66,000: Linux's constant.
std::uint32_t max_ack_window(const TcpEnd& sender) {
  return std::max<std::uint32_t>(sender.max_window, 66'000);
}

/// The sender's first SYN or SYN+ACK, or one that starts it anew.
void start_sender(TcpEnd& sender, TcpEnd& receiver, FlowDirection direction,
                  const TrackedSegment& segment) {
  sender.end = sender.max_end = segment.end;
  sender.max_window = std::max<std::uint32_t>(segment.window, 1);
  sender.read_options(segment.options);
  // RFC 7323 2.2: the scale holds only if both have offered one.
  if (direction == FlowDirection::reply && !(sender.flags & receiver.flags & TcpEnd::kWindowScale))
    sender.scale = receiver.scale = 0;
}

/// A sender of whom nothing is known yet, midway in its connection.
void pick_up_sender(TcpEnd& sender, TcpEnd& receiver, const TrackedSegment& segment, Seq sack) {
  sender.end = segment.end;
  sender.max_window = std::max<std::uint32_t>(segment.window << sender.scale, 1);
  sender.max_end = segment.end + sender.max_window;
  if (receiver.max_window == 0)
    receiver.end = receiver.max_end = sack;  // so that III and IV hold until it speaks
  else if (sack == receiver.end + 1)
    receiver.end += 1;  // the answer to a keepalive
}

}  // namespace

TrackedSegment TrackedSegment::make(const TcpView& view) {
  return {view.seq(),    view.ack(),   view.seq() + view.segment_length(),
          view.window(), view.flags(), tcp_event(view.flags()),
          view.options()};
}

void TcpEnd::read_options(ByteSpan options) {
  if (options.empty()) return;
  scale = 0;
  flags &= kLiberal;
  for_each_option(options, [this](std::uint8_t kind, ByteSpan value) {
    if (kind == kOptionSackPermitted && value.empty()) flags |= kSackPermitted;
    if (kind == kOptionScale && value.size() == 1) {
      scale = std::min(value[0], kTcpWindowScaleMax);
      flags |= kWindowScale;
    }
  });
}

void TcpEnd::reset() {
  const std::uint8_t liberal = flags & kLiberal;
  *this = {};
  flags = liberal;
}

namespace {

/// Bounds I to IV. May note data beyond the window that its receiver could still take.
TcpWindowVerdict check_bounds(TcpEnd& sender, const TcpEnd& receiver, Seq seq, Seq end, Seq sack) {
  const bool recent_ack = sack.after(receiver.end - max_ack_window(sender) - 1);
  const bool known_ack = sack.before(receiver.end + 1);
  const bool not_old = end.after(sender.end - receiver.max_window - 1);
  if (!seq.before(sender.max_end + 1)) {
    const std::uint32_t overshot = std::uint32_t(end - sender.max_end) + 1;
    if (receiver.max_window == 0 || !not_old || !recent_ack || !known_ack ||
        overshot > receiver.max_window)
      return TcpWindowVerdict::invalid;
    // More than the receiver allowed, yet it may take it: its acknowledgment must not look wrong.
    sender.end = end;
    sender.flags |= TcpEnd::kUnacknowledged;
    return TcpWindowVerdict::ignore;
  }
  if (!known_ack) return TcpWindowVerdict::invalid;
  if (receiver.max_window != 0 && !not_old) return TcpWindowVerdict::ignore;
  if (!recent_ack) return TcpWindowVerdict::ignore;
  return TcpWindowVerdict::in_window;
}

void learn(TcpEnd& sender, TcpEnd& receiver, const TrackedSegment& segment, Seq end, Seq ack,
           Seq sack) {
  std::uint32_t window = segment.window;
  if (!segment.has(kTcpSyn)) window <<= sender.scale;
  sender.max_window = std::max(sender.max_window, window + std::uint32_t(sack - ack));
  if (end.after(sender.end)) {
    sender.end = end;
    sender.flags |= TcpEnd::kUnacknowledged;
  }
  if (segment.has(kTcpAck) && (!(sender.flags & TcpEnd::kMaxAckSet) || ack.after(sender.max_ack))) {
    sender.max_ack = ack;
    sender.flags |= TcpEnd::kMaxAckSet;
  }
  if (receiver.max_window != 0 && end.after(sender.max_end))
    receiver.max_window += std::uint32_t(end - sender.max_end);
  if ((sack + window).after(receiver.max_end - 1)) {
    receiver.max_end = sack + window;
    if (window == 0) receiver.max_end += 1;  // a probe of one octet
  }
  if (ack == receiver.end) receiver.flags &= std::uint8_t(~TcpEnd::kUnacknowledged);
}

void count_retransmission(TcpWindow& w, FlowDirection direction, Seq seq, Seq ack, Seq end,
                          std::uint32_t window) {
  const bool same = w.last_direction == direction && w.last_seq == seq && w.last_ack == ack &&
                    w.last_end == end && w.last_window == window;
  w.retransmissions = same ? std::uint8_t(w.retransmissions + 1) : 0;
  w.last_direction = direction;
  w.last_seq = seq;
  w.last_ack = ack;
  w.last_end = end;
  w.last_window = std::uint16_t(window);
}

}  // namespace

TcpWindowVerdict tcp_in_window(TcpWindow& window, TrackedState state, FlowDirection direction,
                               const TrackedSegment& segment, bool be_liberal) {
  TcpEnd& sender = window.end(direction);
  TcpEnd& receiver = window.end(!direction);
  Seq seq = segment.seq, end = segment.end, ack = segment.ack, sack = ack;
  if (receiver.flags & TcpEnd::kSackPermitted) sack = highest_sack(segment.options, ack);

  const bool syn = segment.has(kTcpSyn), has_ack = segment.has(kTcpAck);
  if (sender.max_window == 0) {
    if (!syn) {
      pick_up_sender(sender, receiver, segment, sack);
    } else {
      start_sender(sender, receiver, direction, segment);
      if (!has_ack) return TcpWindowVerdict::in_window;  // simultaneous open
    }
  } else if (syn && end.after(sender.end) &&
             (state == TrackedState::syn_sent || state == TrackedState::syn_recv)) {
    start_sender(sender, receiver, direction, segment);  // it begins again, with a later number
    if (direction == FlowDirection::reply && !has_ack) return TcpWindowVerdict::in_window;
  }

  // Without ACK, and in resets of stacks that set it with zero, there is nothing to judge.
  if (!has_ack || (segment.has(kTcpRst) && ack == Seq(0))) ack = sack = receiver.end;
  if (segment.has(kTcpRst) && seq == Seq(0) && state == TrackedState::syn_sent)
    seq = end = sender.end;  // the reset that answers a SYN

  const TcpWindowVerdict verdict = check_bounds(sender, receiver, seq, end, sack);
  if (verdict != TcpWindowVerdict::in_window)
    return be_liberal || (sender.flags & TcpEnd::kLiberal) ? TcpWindowVerdict::in_window : verdict;
  learn(sender, receiver, segment, end, ack, sack);
  if (segment.event == TrackedFlag::ack)
    count_retransmission(window, direction, seq, ack, end, segment.window);
  return verdict;
}

}  // namespace natsim
