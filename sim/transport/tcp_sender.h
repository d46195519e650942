// The sending half of a connection: what goes out next, and what an ACK makes of it.
//
//      una            high_rxt        lost_below          nxt          end
//      │ lost, sent again │ lost         │ under way       │ not sent     │ (FIN)
//
// Windows, segment size, Nagle, retransmission (RFC 6298), fast retransmit and recovery by SACK
// (RFC 6675) or without (RFC 6582), limited transmit (RFC 3042), probes of a closed window.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "sim/base/time.h"
#include "sim/transport/congestion_control.h"
#include "sim/transport/rtt_estimator.h"
#include "sim/transport/send_buffer.h"
#include "sim/transport/seq_ranges.h"
#include "sim/wire/tcp_options.h"

namespace natsim {

/// A segment's place in the stream.
struct TcpPiece {
  Seq seq;
  std::uint32_t octets = 0;  ///< of data
  bool fin = false;
  bool push = false;
};

/// What an acceptable ACK says.
struct TcpAck {
  Seq ack, seq;                        ///< of the segment that brought it
  std::uint32_t window = 0;            ///< scaled
  bool plain = false;                  ///< without data, SYN and FIN: may be a duplicate
  const TcpOptions* options;           ///< its SACK blocks
  std::optional<Duration> round_trip;  ///< as its timestamp tells
};

class TcpSender {
 public:
  explicit TcpSender(const TcpSettings& settings)
      : settings_(&settings), algorithm_(settings.congestion), rtt_(settings) {}

  // --- what the program wants
  /// Returns how many were taken; when not all, is_writable() tells when to come again.
  std::size_t queue(ByteSpan bytes);
  /// A FIN goes after what is queued.
  void queue_fin() { fin_queued_ = true; }
  /// True once after queue() had no room and there is some again.
  bool take_writable();

  /// From now on, with the window of before (TCP_CONGESTION).
  void set_congestion_control(CongestionAlgorithm algorithm);

  // --- segments
  /// The handshake is done: the peer's first window, and what fits into a segment.
  void start(Seq first, std::uint32_t segment_octets, std::uint32_t window_segments);
  void set_window(Seq seq, Seq ack, std::uint32_t window);
  /// The next segment to send, and takes it as sent. `room`: for data in this one.
  std::optional<TcpPiece> next(std::uint32_t room, Instant now);
  void copy(const TcpPiece& piece, MutableByteSpan out) const {
    buffer_.copy(std::uint32_t(piece.seq - una_), out);
  }
  /// REQUIRES: nothing beyond nxt() is acknowledged.
  void on_ack(const TcpAck& ack, Instant now);
  /// Segments must be smaller: what is under way is sent again, without slowing down (TCP-41).
  void shrink_segments(std::uint32_t segment_octets);

  // --- time
  Instant deadline() const { return deadline_; }
  /// False: it was tried often enough.
  bool on_deadline(int retries_max, Instant now);

  Seq una() const { return una_; }
  Seq nxt() const { return nxt_; }
  /// The widest that the peer has announced (MAX.SND.WND).
  std::uint32_t window_max() const { return window_max_; }
  std::uint32_t segment_octets() const { return segment_; }
  std::uint32_t flight() const { return std::uint32_t(nxt_ - una_); }
  bool fin_queued() const { return fin_queued_; }
  bool fin_acknowledged() const { return fin_sent_ && una_ == end_ + 1; }
  RttEstimator& rtt() { return rtt_; }
  /// nullptr before start().
  const CongestionControl* congestion() const { return congestion_.get(); }
  bool recovering() const { return recovery_ != Recovery::none; }

 private:
  enum class Recovery : std::uint8_t { none, fast, timeout };
  static constexpr std::size_t kRangesMax = 1024;

  std::optional<TcpPiece> next_lost(std::uint32_t room);
  std::optional<TcpPiece> next_new(std::uint32_t room);
  std::optional<TcpPiece> next_rescue(std::uint32_t room);
  std::optional<TcpPiece> piece_again(Seq from, Seq limit, std::uint32_t room);
  bool may_send_part(std::uint32_t octets, bool last) const;
  std::uint32_t pipe() const;
  std::size_t queue_room() const;

  void note_acknowledged(const TcpAck& ack, Instant now);
  void note_sacked(const TcpOptions& options);
  void note_duplicate(bool sacked_more, Instant now);
  void recover(Instant now);
  void measure(const TcpAck& ack, Instant now);
  void on_partial(std::uint32_t acknowledged);
  std::optional<Seq> sack_lost_below() const;
  void find_lost();
  void resend_everything();
  void reopen();

  const TcpSettings* settings_;
  CongestionAlgorithm algorithm_;
  RttEstimator rtt_;
  std::unique_ptr<CongestionControl> congestion_;  // made by start()
  SendBuffer buffer_;                              // [una_, end_)
  Seq una_, nxt_, end_;
  bool started_ = false, fin_queued_ = false, fin_sent_ = false;
  bool short_of_room_ = false;
  bool sack_ = false;  // the peer has sent blocks

  std::uint32_t segment_ = 536;
  std::uint32_t window_ = 0, window_max_ = 0;  // the peer's
  Seq window_seq_, window_ack_;                // SND.WL1, SND.WL2
  Seq small_end_;                              // of the last segment that was not full

  Recovery recovery_ = Recovery::none;
  Seq recovery_point_, high_rxt_, lost_below_;
  SeqRanges sacked_{kRangesMax};
  std::uint32_t duplicates_ = 0;   // duplicate ACKs in a row
  std::uint32_t left_octets_ = 0;  // that they say have left the network, without SACK
  bool must_send_ = false;         // the next one whatever the windows say
  bool rescued_ = false;

  int retries_ = 0;
  std::optional<Seq> timed_;  // acknowledged, it gives a sample
  bool karn_ = false;         // something was sent twice since the last sample
  Instant timed_at_, last_sent_;
  Instant deadline_ = Instant::never();
};

}  // namespace natsim
