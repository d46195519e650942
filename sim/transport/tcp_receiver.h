// The receiving half of a connection: the window, what is in order, and when to acknowledge.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "sim/base/time.h"
#include "sim/transport/receive_queue.h"
#include "sim/transport/tcp_settings.h"

namespace natsim {

class TcpReceiver {
 public:
  TcpReceiver(const TcpSettings& settings, std::uint32_t window_bytes)
      : settings_(&settings), limit_(window_bytes), quick_acks_(settings.quick_acks) {}

  /// The peer's SYN came; its data begin at `next`.
  void start(Seq next);
  Seq next() const { return queue_.next(); }
  ReceiveQueue& queue() { return queue_; }
  const ReceiveQueue& queue() const { return queue_; }

  /// RFC 9293 3.10.7.4, table 6. `length` counts SYN and FIN.
  bool is_acceptable(Seq seq, std::uint32_t length) const;
  /// Takes the text of an acceptable segment. With `straight` and nothing unread, what is in order
  /// is not stored but returned, and counts as read. REQUIRES: it is not empty.
  ByteSpan receive(Seq seq, ByteSpan text, bool straight, Instant now);
  /// A FIN at next().
  void receive_fin() { queue_.pass_fin(), ack_now(); }

  /// The window to announce now, in octets. It never takes back what was offered.
  std::uint32_t offer(std::uint32_t segment_octets);
  /// Reading has made so much room that the peer should hear of it (RFC 9293 3.8.6.2.2).
  bool should_update(std::uint32_t segment_octets) const;

  // --- acknowledgments (RFC 9293 3.8.6.3, TCP-24)
  void ack_now() { ack_now_ = true; }
  bool wants_ack(Instant now) const { return ack_now_ || now >= ack_deadline_; }
  Instant ack_deadline() const { return ack_deadline_; }
  /// A segment with an ACK of everything is on its way.
  void on_ack_sent();
  Seq last_ack_sent() const { return last_ack_; }

 private:
  std::uint32_t room() const;
  void plan_ack(std::uint32_t octets, bool in_order, Instant now);

  const TcpSettings* settings_;
  ReceiveQueue queue_;
  std::uint32_t limit_;  // of what may wait here
  Seq edge_;             // what was offered ends here
  Seq last_ack_;
  std::uint32_t segment_ = 536;  // the longest that came
  std::uint32_t unacked_ = 0;    // octets in order since the last ACK
  int quick_acks_;
  bool ack_now_ = false;
  Instant ack_deadline_ = Instant::never();
};

}  // namespace natsim
