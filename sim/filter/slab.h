// Numbered records at stable addresses, in chunks, with a free list.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sim/base/check.h"

namespace natsim {

/// Hands out records by number. A record is plain memory: take() returns whatever was there before.
template <class T>
class Slab {
 public:
  static constexpr std::uint32_t kChunk = 256;

  T& operator[](std::uint32_t number) { return chunks_[number / kChunk][number % kChunk]; }
  const T& operator[](std::uint32_t number) const {
    return chunks_[number / kChunk][number % kChunk];
  }
  std::uint32_t take() {
    ++live_;
    if (!free_.empty()) {
      const std::uint32_t number = free_.back();
      free_.pop_back();
      return number;
    }
    if (end_ % kChunk == 0) chunks_.push_back(std::make_unique<T[]>(kChunk));
    return end_++;
  }
  void give_back(std::uint32_t number) {
    --live_;
    free_.push_back(number);
  }
  void clear() {
    chunks_.clear();
    free_ = {};
    end_ = live_ = 0;
  }
  /// Numbers handed out so far are below this.
  std::uint32_t end() const { return end_; }
  std::uint32_t live() const { return live_; }
  std::size_t memory_bytes() const {
    return chunks_.size() * kChunk * sizeof(T) + chunks_.capacity() * sizeof(chunks_[0]) +
           free_.capacity() * sizeof(free_[0]);
  }

 private:
  std::vector<std::unique_ptr<T[]>> chunks_;
  std::vector<std::uint32_t> free_;
  std::uint32_t end_ = 0;
  std::uint32_t live_ = 0;
};

}  // namespace natsim
