// A hash index over records that live in a vector: finds a record's number by its key.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/base/check.h"

namespace natsim {

/// Spreads a key over 32 bits. The finalizer of splitmix64.
constexpr std::uint32_t hash_key(std::uint64_t key) {
  key = (key ^ (key >> 30)) * 0xbf58476d1ce4e5b9U;
  key = (key ^ (key >> 27)) * 0x94d049bb133111ebU;
  return std::uint32_t(key >> 32);
}

/// Maps hashes to record numbers by open addressing with linear probing. Knows no keys: whoever
/// looks up says which of the records with that hash it means. Eight bytes a cell, a quarter to
/// three quarters full; nothing allocated while empty.
class FlatIndex {
 public:
  static constexpr std::uint32_t kNone = 0xffff'ffff;

  /// The number of the record for which `is_it(number)` holds, or kNone.
  template <class IsIt>
  std::uint32_t find(std::uint32_t hash, IsIt is_it) const {
    if (cells_.empty()) return kNone;
    for (std::size_t at = hash & mask();; at = (at + 1) & mask()) {
      const Cell& cell = cells_[at];
      if (cell.record == kNone) return kNone;
      if (cell.hash == hash && is_it(cell.record)) return cell.record;
    }
  }
  /// REQUIRES: the record is not in the index.
  void insert(std::uint32_t hash, std::uint32_t record);
  /// REQUIRES: the record is in the index with this hash.
  void erase(std::uint32_t hash, std::uint32_t record);
  void clear();
  std::size_t size() const { return size_; }

 private:
  struct Cell {
    std::uint32_t hash = 0;
    std::uint32_t record = kNone;
  };
  std::size_t mask() const { return cells_.size() - 1; }
  void place(Cell cell);
  void grow();

  std::vector<Cell> cells_;  // a power of two of them, or none
  std::size_t size_ = 0;
};

}  // namespace natsim
