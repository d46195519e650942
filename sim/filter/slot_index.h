// A hash index over records that live elsewhere: open addressing, four bytes a slot.
//
//   slot:  | number 25 | tag 7 |      the tag is the hash's low bits, so that nearly every record
//                                     that is looked at is the one that is sought
#pragma once

#include <cstdint>
#include <cstdlib>
#include <vector>

#include "sim/base/check.h"

namespace natsim {

/// Maps hashes to record numbers below kNumberMax. Knows no keys: whoever looks up says which
/// record it means, and whoever inserts tells the hashes of records, for growth. Three quarters
/// full at most; nothing is allocated while it is empty.
class SlotIndex {
 public:
  static constexpr std::uint32_t kNone = 0xffff'ffff;
  static constexpr std::uint32_t kNumberMax = (1u << 25) - 2;

  /// The number of the first record with that hash for which `is_it(number)` holds, or kNone.
  template <class IsIt>
  std::uint32_t find(std::uint64_t hash, IsIt is_it) const {
    if (slots_.empty()) return kNone;
    const std::uint32_t tag = hash & kTagMask;
    for (std::size_t at = home(hash);; at = (at + 1) & mask_) {
      const std::uint32_t slot = slots_[at];
      if (slot == kEmpty) return kNone;
      if ((slot & kTagMask) == tag && slot < kRemoved && is_it(slot >> kTagBits))
        return slot >> kTagBits;
    }
  }

  /// REQUIRES: the record is not in the index. `hash_of(number)` tells the hash of any record in
  /// it.
  template <class HashOf>
  void insert(std::uint64_t hash, std::uint32_t number, HashOf hash_of) {
    if ((used_ + 1) * 4 > slots_.size() * 3) rebuild(hash_of);
    std::size_t at = home(hash);
    while (slots_[at] < kRemoved) at = (at + 1) & mask_;
    used_ += slots_[at] == kEmpty;
    slots_[at] = number << kTagBits | std::uint32_t(hash & kTagMask);
    ++size_;
  }

  /// REQUIRES: the record is in the index with this hash.
  void erase(std::uint64_t hash, std::uint32_t number) {
    const std::size_t at = place_of(hash, number);
    slots_[at] = kRemoved;
    --size_;
    if (slots_[(at + 1) & mask_] != kEmpty) return;
    // Nothing beyond: this slot and the removed ones before it need not be crossed any more.
    for (std::size_t back = at; slots_[back] == kRemoved; back = (back - 1) & mask_) {
      slots_[back] = kEmpty;
      --used_;
    }
  }

  /// Puts `after` where `before` stood. REQUIRES: both have this hash, `before` is in the index.
  void replace(std::uint64_t hash, std::uint32_t before, std::uint32_t after) {
    slots_[place_of(hash, before)] = after << kTagBits | std::uint32_t(hash & kTagMask);
  }

  /// Calls `visit(number)` for the records in up to `slots` slots from the hash's home on, until it
  /// returns true. False: none did.
  template <class Visit>
  bool visit_near(std::uint64_t hash, std::size_t slots, Visit visit) const {
    if (slots_.empty()) return false;
    std::size_t at = home(hash);
    for (std::size_t i = 0; i < slots && i < slots_.size(); ++i, at = (at + 1) & mask_)
      if (slots_[at] < kRemoved && visit(slots_[at] >> kTagBits)) return true;
    return false;
  }

  void prefetch(std::uint64_t hash) const {
    if (!slots_.empty()) __builtin_prefetch(&slots_[home(hash)]);
  }
  void clear() {
    slots_ = {};
    size_ = used_ = 0;
  }
  std::size_t size() const { return size_; }
  std::size_t memory_bytes() const { return slots_.capacity() * sizeof(slots_[0]); }

 private:
  static constexpr int kTagBits = 7;
  static constexpr std::uint32_t kTagMask = (1u << kTagBits) - 1;
  static constexpr std::uint32_t kEmpty = 0xffff'ffff;
  static constexpr std::uint32_t kRemoved = 0xffff'ff80;  // and above: no number

  std::size_t home(std::uint64_t hash) const { return std::size_t(hash >> shift_); }

  std::size_t place_of(std::uint64_t hash, std::uint32_t number) const {
    const std::uint32_t wanted = number << kTagBits | std::uint32_t(hash & kTagMask);
    std::size_t at = home(hash);
    while (slots_[at] != wanted) {
      SIM_CHECK(slots_[at] != kEmpty);
      at = (at + 1) & mask_;
    }
    return at;
  }

  /// Makes room: doubles, unless it is removed slots that fill the index.
  template <class HashOf>
  void rebuild(HashOf hash_of) {
    std::size_t capacity = slots_.empty() ? 64 : slots_.size();
    while ((size_ + 1) * 8 > capacity * 5) capacity *= 2;
    std::vector<std::uint32_t> old(capacity, kEmpty);
    old.swap(slots_);
    mask_ = capacity - 1;
    shift_ = 64 - __builtin_ctzll(capacity);
    used_ = size_;
    for (const std::uint32_t slot : old) {
      if (slot >= kRemoved) continue;
      std::size_t at = home(hash_of(slot >> kTagBits));
      while (slots_[at] != kEmpty) at = (at + 1) & mask_;
      slots_[at] = slot;
    }
  }

  std::vector<std::uint32_t> slots_;
  std::size_t mask_ = 0;
  int shift_ = 0;
  std::size_t size_ = 0;
  std::size_t used_ = 0;  // with the removed ones
};

}  // namespace natsim
