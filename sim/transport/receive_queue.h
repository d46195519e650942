// What has arrived of a stream and was not read yet: octets in order, and octets beyond a hole.
//
//    next() - unread_octets()      next()            hole
//    │ unread, in order            │                 │ out of order │      │ out of order │
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "sim/base/bytes.h"
#include "sim/transport/seq_ranges.h"

namespace natsim {

/// A ring of octets by sequence number. Begins without memory and keeps what it has. The caller
/// bounds it: nothing may be stored beyond the window that was offered.
class ReceiveQueue {
 public:
  /// Ranges out of order that are remembered; what would begin another one is not taken.
  static constexpr std::size_t kRangesMax = 1024;

  /// Empty, waiting for `next`.
  void start(Seq next) { next_ = next; }
  /// What is expected next (RCV.NXT).
  Seq next() const { return next_; }
  std::uint32_t unread_octets() const { return unread_; }
  bool has_hole() const { return !beyond_.empty(); }

  /// Passes over octets that went straight to the reader, without being stored. What is stored
  /// right behind them becomes unread. REQUIRES: unread_octets() == 0.
  void pass(std::uint32_t octets);
  /// Stores octets that begin at or after next(). False: no room for another range.
  bool store(Seq seq, ByteSpan bytes);
  /// The oldest unread octets, or as many of them as lie in one piece.
  ByteSpan unread() const;
  /// Drops that many of them.
  void consume(std::uint32_t octets);
  /// The FIN takes a number too, and ends the stream.
  void pass_fin() { next_ += 1, beyond_.clear(); }
  /// Drops everything unread.
  void consume_all() { consume(unread_); }

  /// RFC 2018 4: blocks to report, the one with the latest segment first. Returns how many.
  std::size_t sack_blocks(std::span<SackBlock> out) const;

 private:
  static constexpr std::size_t kCapacityMin = 4096;
  void reserve(std::size_t octets);
  void put(std::size_t offset, ByteSpan bytes);
  void absorb();

  std::unique_ptr<std::uint8_t[]> ring_;
  std::size_t capacity_ = 0;  // a power of two, or none
  std::size_t head_ = 0;      // of the oldest unread octet
  std::uint32_t unread_ = 0;
  Seq next_;
  SeqRanges beyond_{kRangesMax};
  std::array<Seq, 4> latest_{};  // where the latest segments out of order began
};

}  // namespace natsim
