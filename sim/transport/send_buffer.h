// What a connection has to send and has sent, until it is acknowledged.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "sim/base/bytes.h"

namespace natsim {

/// A ring of octets: appended at its end, dropped at its front. Begins without memory, doubles as
/// it fills, and keeps what it has.
class SendBuffer {
 public:
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  void append(ByteSpan bytes);
  /// REQUIRES: octets <= size().
  void drop_front(std::size_t octets);
  /// Copies what begins `offset` octets from the front. REQUIRES: offset + out.size() <= size().
  void copy(std::size_t offset, MutableByteSpan out) const;

 private:
  static constexpr std::size_t kCapacityMin = 2048;
  void grow(std::size_t need);

  std::unique_ptr<std::uint8_t[]> ring_;
  std::size_t capacity_ = 0;  // a power of two, or none
  std::size_t head_ = 0, size_ = 0;
};

}  // namespace natsim
