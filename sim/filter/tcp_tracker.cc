#include "sim/filter/tcp_tracker.h"

#include <algorithm>

namespace natsim {

namespace {

bool is_established(const Connection& c) {
  return c.tcp_state == TrackedState::established && c.has(kAssured);
}

}  // namespace

const TcpWindow* TcpTracker::window(const Connection& connection) const {
  if (connection.protocol_data == Connection::kNone) return nullptr;
  return &windows_[connection.protocol_data];
}

bool TcpTracker::may_replace(const Connection& old, const Connection& fresh) const {
  if (old.tcp_state < TrackedState::time_wait || !old.has(kSourceNat)) return false;
  const TcpWindow *before = window(old), *now = window(fresh);
  return before != nullptr && now != nullptr && now->ends[0].end - before->ends[0].end > 0;
}

void TcpTracker::forget(Connection& connection) {
  if (connection.protocol_data == Connection::kNone) return;
  windows_.give_back(connection.protocol_data);
  connection.protocol_data = Connection::kNone;
}

bool TcpTracker::begin(Connection& connection, const TrackedSegment& segment) {
  const TcpTransition first =
      tcp_transition(FlowDirection::original, segment.event, TrackedState::none);
  if (first.kind != TcpTransition::Kind::state) return false;
  const bool opens = first.next == TrackedState::syn_sent;
  if (!opens && !options_.tcp_loose) return false;

  if (connection.protocol_data == Connection::kNone) connection.protocol_data = windows_.take();
  TcpWindow& w = windows_[connection.protocol_data];
  w = {};
  connection.tcp_state = TrackedState::none;
  TcpEnd& sender = w.end(FlowDirection::original);
  sender.end = segment.end;
  sender.max_window = std::max<std::uint32_t>(segment.window, 1);
  if (opens) {
    sender.max_end = segment.end;
    sender.read_options(segment.options);
  } else {
    sender.max_end = segment.end + sender.max_window;
    w.ends[0].flags = w.ends[1].flags = TcpEnd::kSackPermitted | TcpEnd::kLiberal;
  }
  return true;
}

/// A segment that may be either right or wrong: the other end's answer will tell. What it was is
/// kept, so that the answer can be understood.
TcpTracker::Special TcpTracker::ignored(const Connection& connection, TcpWindow& w,
                                        FlowDirection direction, const TrackedSegment& segment,
                                        TcpTransition& transition, TrackedState& old_state) {
  if (segment.event == TrackedFlag::syn_ack && w.last_event == TrackedFlag::syn &&
      w.last_direction != direction && segment.ack == w.last_end) {
    // It answers a SYN that was ignored: both ends agree, so the tracker follows them.
    old_state = TrackedState::syn_sent;
    transition = {TcpTransition::Kind::state, TrackedState::syn_recv};
    TcpEnd& opener = w.end(w.last_direction);
    opener.end = opener.max_end = w.last_end;
    opener.max_window = std::max<std::uint32_t>(w.last_window, 1);
    opener.scale = w.last_scale;
    w.last_flags &= std::uint8_t(~TcpWindow::kChallengeAckExpected);
    opener.flags = w.last_flags;
    w.end(direction).reset();
    return Special::none;
  }
  w.last_event = segment.event;
  w.last_direction = direction;
  w.last_seq = segment.seq;
  w.last_end = segment.end;
  w.last_window = std::uint16_t(segment.window);
  if (segment.event == TrackedFlag::syn && direction == FlowDirection::original) {
    TcpEnd opener;
    opener.read_options(segment.options);
    w.last_flags = opener.flags;
    w.last_scale = opener.scale;
    if (connection.tcp_state == TrackedState::last_ack)
      w.last_flags |= TcpWindow::kChallengeAckExpected;
  }
  if (old_state == TrackedState::syn_sent && segment.event == TrackedFlag::ack &&
      direction == FlowDirection::reply)
    w.last_ack = segment.ack;  // it may challenge the SYN
  return Special::accept;
}

static bool is_closing(TrackedState state) {
  return state >= TrackedState::fin_wait && state <= TrackedState::close;
}

/// A reset is believed if it hits the number that its receiver expects (RFC 5961 3.2).
TcpTracker::Special TcpTracker::reset(const Connection& connection, TcpWindow& w,
                                      FlowDirection direction, const TrackedSegment& segment,
                                      TcpTransition& transition, TrackedState old_state) {
  // What is closing may be another connection's by now: no number is compared.
  if (is_closing(connection.tcp_state)) return Special::skip_window;
  // The reset that answers a challenge: the port was in use before, and the next SYN is to pass.
  if (old_state == TrackedState::syn_sent && direction == FlowDirection::original &&
      w.last_event == TrackedFlag::ack && w.last_direction == FlowDirection::reply &&
      segment.seq == w.last_ack)
    return Special::skip_window;
  const TcpEnd& receiver = w.end(!direction);
  // After a SYN that was let through the highest acknowledgment may be out of date.
  if ((receiver.flags & TcpEnd::kMaxAckSet) && w.last_event != TrackedFlag::syn) {
    if (segment.seq == Seq(0) && !is_established(connection)) return Special::none;
    if (segment.seq.before(receiver.max_ack) && !options_.tcp_ignore_invalid_rst)
      return Special::invalid;
    if (!is_established(connection) || segment.seq == receiver.max_ack) return Special::none;
    if (w.last_event == TrackedFlag::ack && w.last_direction == direction &&
        segment.seq == w.last_end)
      return Special::none;       // right behind the data it follows
    transition.next = old_state;  // in the window but not exact: a challenge ACK may come
  }
  const bool answers_ignored = (connection.has(kSeenReply) && w.last_event == TrackedFlag::syn) ||
                               (!connection.has(kAssured) && w.last_event == TrackedFlag::ack);
  return answers_ignored && segment.ack == w.last_end ? Special::skip_window : Special::none;
}

TcpTracker::Special TcpTracker::special_cases(Connection& connection, TcpWindow& w,
                                              FlowDirection direction,
                                              const TrackedSegment& segment,
                                              TcpTransition& transition, TrackedState& old_state) {
  using Kind = TcpTransition::Kind;
  if (transition.kind == Kind::invalid) return Special::invalid;
  if (transition.kind == Kind::ignore)
    return ignored(connection, w, direction, segment, transition, old_state);
  switch (transition.next) {
    case TrackedState::syn_sent:
      if (old_state < TrackedState::time_wait) return Special::none;
      // RFC 9293 3.6.1: a new SYN may reopen it. Only if its end was seen, or broken off by a reset
      // of the same side; otherwise the other end has to agree.
      if (((w.ends[0].flags | w.ends[1].flags) & TcpEnd::kCloseInitiated) ||
          (w.last_direction == direction && w.last_event == TrackedFlag::rst))
        return Special::reopen;
      return ignored(connection, w, direction, segment, transition, old_state);
    case TrackedState::time_wait:
      if (old_state == TrackedState::last_ack && segment.event == TrackedFlag::ack &&
          w.last_direction != direction && w.last_event == TrackedFlag::syn &&
          (w.last_flags & TcpWindow::kChallengeAckExpected)) {
        w.last_flags &= std::uint8_t(~TcpWindow::kChallengeAckExpected);
        return Special::accept;  // RFC 5961 4.2: it answers the SYN, not the FIN
      }
      return Special::none;
    case TrackedState::syn_sent2:
      w.last_flags |= TcpWindow::kSimultaneousOpen;
      return Special::none;
    case TrackedState::syn_recv:
      if (direction == FlowDirection::reply && segment.event == TrackedFlag::ack &&
          (w.last_flags & TcpWindow::kSimultaneousOpen))
        transition.next = TrackedState::established;
      return Special::none;
    case TrackedState::close:
      if (segment.event != TrackedFlag::rst) return Special::none;
      return reset(connection, w, direction, segment, transition, old_state);
    default: return Special::none;
  }
}

/// FIN and RST of both ends, all out of the window: tracker and ends disagree, and the connection
/// is probably over. It must not linger for days.
void TcpTracker::out_of_window(Connection& connection, TcpWindow& w, FlowDirection direction,
                               TrackedFlag event, Instant now) {
  const auto closes = [](TrackedFlag e) { return e == TrackedFlag::rst || e == TrackedFlag::fin; };
  if (!connection.has(kAssured) || !closes(event)) return;
  if (w.last_direction == direction || !closes(w.last_event)) {
    w.last_event = event;
    w.last_direction = direction;
    return;
  }
  const Duration left = connection.expiry - now;
  if (left < Duration::seconds(120)) return;
  if (left > options_.timeouts.tcp_unacknowledged)
    table_.set_expiry(connection, now + options_.timeouts.tcp_unacknowledged);
}

Duration TcpTracker::timeout_of(TrackedState state) const {
  const ConntrackTimeouts& t = options_.timeouts;
  switch (state) {
    case TrackedState::syn_sent:
    case TrackedState::syn_sent2: return t.tcp_syn_sent;
    case TrackedState::syn_recv: return t.tcp_syn_recv;
    case TrackedState::established: return t.tcp_established;
    case TrackedState::fin_wait: return t.tcp_fin_wait;
    case TrackedState::close_wait: return t.tcp_close_wait;
    case TrackedState::last_ack: return t.tcp_last_ack;
    case TrackedState::time_wait: return t.tcp_time_wait;
    case TrackedState::none:
    case TrackedState::close: return t.tcp_close;
  }
  return t.tcp_close;
}

Duration TcpTracker::timeout_for(const TcpWindow& w, TrackedState state, TrackedFlag event) const {
  const ConntrackTimeouts& t = options_.timeouts;
  const Duration usual = timeout_of(state);
  if (w.retransmissions >= options_.tcp_max_retrans && usual > t.tcp_max_retrans)
    return t.tcp_max_retrans;
  if (event == TrackedFlag::rst) return t.tcp_close;
  if (((w.ends[0].flags | w.ends[1].flags) & TcpEnd::kUnacknowledged) &&
      usual > t.tcp_unacknowledged)
    return t.tcp_unacknowledged;
  if (w.last_window == 0 && usual > t.tcp_max_retrans) return t.tcp_max_retrans;
  return usual;
}

TcpTracker::Verdict TcpTracker::track(Connection& connection, FlowDirection direction,
                                      const TcpView& view, Instant now) {
  const TrackedSegment segment = TrackedSegment::make(view);
  if (!tcp_flags_valid(segment.flags)) return Verdict::invalid;
  if (!connection.has(kConfirmed) && !begin(connection, segment)) return Verdict::invalid;

  TcpWindow& w = windows_[connection.protocol_data];
  TrackedState old_state = connection.tcp_state;
  TcpTransition transition = tcp_transition(direction, segment.event, old_state);
  const Special special = special_cases(connection, w, direction, segment, transition, old_state);
  switch (special) {
    case Special::accept: return Verdict::accept;
    case Special::invalid: return Verdict::invalid;
    case Special::reopen: return Verdict::reopen;
    case Special::none:
      switch (tcp_in_window(w, connection.tcp_state, direction, segment, options_.tcp_be_liberal)) {
        case TcpWindowVerdict::in_window: break;
        case TcpWindowVerdict::ignore: return Verdict::accept;
        case TcpWindowVerdict::invalid:
          out_of_window(connection, w, direction, segment.event, now);
          return Verdict::invalid;
      }
      break;
    case Special::skip_window: break;
  }

  w.last_event = segment.event;
  w.last_direction = direction;
  connection.tcp_state = transition.next;
  if (old_state != transition.next && transition.next == TrackedState::fin_wait)
    w.end(direction).flags |= TcpEnd::kCloseInitiated;

  Duration timeout = timeout_for(w, transition.next, segment.event);
  if (!connection.has(kSeenReply)) {
    // A reset that is the only answer: there was no connection.
    if (segment.has(kTcpRst)) return Verdict::killed;
    // A repeated SYN does not keep the entry (and its translation) alive for ever.
    if (segment.event == TrackedFlag::syn && old_state == TrackedState::syn_sent)
      return Verdict::accept;
    if (transition.next == TrackedState::established)
      timeout = std::min(timeout, options_.timeouts.tcp_unacknowledged);
  } else if (transition.next == TrackedState::established &&
             (old_state == TrackedState::syn_recv || old_state == TrackedState::established)) {
    connection.status |= kAssured;
  }
  table_.set_expiry(connection, now + timeout);
  return Verdict::accept;
}

}  // namespace natsim
