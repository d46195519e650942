#include "sim/ip/flat_index.h"

#include <utility>

namespace natsim {

void FlatIndex::insert(std::uint32_t hash, std::uint32_t record) {
  SIM_CHECK(record != kNone);
  if ((size_ + 1) * 4 > cells_.size() * 3) grow();
  place({hash, record});
  ++size_;
}

void FlatIndex::place(Cell cell) {
  std::size_t at = cell.hash & mask();
  while (cells_[at].record != kNone) at = (at + 1) & mask();
  cells_[at] = cell;
}

void FlatIndex::grow() {
  const std::vector<Cell> old = std::exchange(cells_, {});
  cells_.resize(old.empty() ? 4 : old.size() * 2);
  for (const Cell& cell : old)
    if (cell.record != kNone) place(cell);
}

void FlatIndex::erase(std::uint32_t hash, std::uint32_t record) {
  SIM_CHECK(!cells_.empty());
  std::size_t hole = hash & mask();
  while (cells_[hole].record != record) {
    SIM_CHECK(cells_[hole].record != kNone);
    hole = (hole + 1) & mask();
  }
  // What probed over the hole moves up into it, so that no markers of erased cells are needed.
  for (std::size_t at = (hole + 1) & mask(); cells_[at].record != kNone; at = (at + 1) & mask()) {
    const std::size_t home = cells_[at].hash & mask();
    if (((at - home) & mask()) < ((at - hole) & mask())) continue;
    cells_[hole] = cells_[at];
    hole = at;
  }
  cells_[hole] = {};
  --size_;
}

void FlatIndex::clear() {
  cells_.clear();
  size_ = 0;
}

}  // namespace natsim
