// A set of sequence numbers as ranges: what has arrived out of order, or what the peer says so of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/wire/seq.h"
#include "sim/wire/tcp_options.h"

namespace natsim {

/// Disjoint ranges [left, right) in order, with a gap between any two, all less than 2^31 apart.
/// Keeps its memory when it empties.
class SeqRanges {
 public:
  /// More ranges than this are not remembered.
  explicit SeqRanges(std::size_t ranges_max) : ranges_max_(ranges_max) {}

  bool empty() const { return ranges_.empty(); }
  std::size_t size() const { return ranges_.size(); }
  const SackBlock& operator[](std::size_t i) const { return ranges_[i]; }
  const SackBlock& front() const { return ranges_.front(); }
  const SackBlock& back() const { return ranges_.back(); }
  /// In all ranges together.
  std::uint32_t octets() const { return octets_; }
  std::uint32_t octets_within(Seq left, Seq right) const;

  /// Returns whether the whole of it is in the set now: false only if a new range had no room.
  /// REQUIRES: left is before right.
  bool add(Seq left, Seq right);
  void drop_before(Seq seq);
  void clear() { ranges_.clear(), octets_ = 0; }

  bool contains(Seq seq) const;
  /// The range that holds `seq`; nullptr: none does.
  const SackBlock* find(Seq seq) const;
  /// The first number at or after `from` that is in no range.
  Seq first_gap(Seq from) const;
  /// Where the next range after `from` begins, if that is before `limit`; otherwise `limit`.
  Seq gap_end(Seq from, Seq limit) const;

 private:
  std::vector<SackBlock>::const_iterator first_beyond(Seq seq) const;

  std::size_t ranges_max_;
  std::vector<SackBlock> ranges_;
  std::uint32_t octets_ = 0;
};

}  // namespace natsim
