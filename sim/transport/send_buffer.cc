#include "sim/transport/send_buffer.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "sim/base/check.h"

namespace natsim {

void SendBuffer::grow(std::size_t need) {
  const std::size_t capacity = std::bit_ceil(std::max(need, kCapacityMin));
  auto ring = std::make_unique_for_overwrite<std::uint8_t[]>(capacity);
  copy(0, {ring.get(), size_});
  ring_ = std::move(ring);
  capacity_ = capacity;
  head_ = 0;
}

void SendBuffer::append(ByteSpan bytes) {
  if (bytes.empty()) return;
  if (size_ + bytes.size() > capacity_) grow(size_ + bytes.size());
  const std::size_t tail = (head_ + size_) & (capacity_ - 1);
  const std::size_t straight = std::min(bytes.size(), capacity_ - tail);
  std::memcpy(ring_.get() + tail, bytes.data(), straight);
  if (straight < bytes.size())
    std::memcpy(ring_.get(), bytes.data() + straight, bytes.size() - straight);
  size_ += bytes.size();
}

void SendBuffer::drop_front(std::size_t octets) {
  SIM_CHECK(octets <= size_);
  if (octets == 0) return;
  head_ = (head_ + octets) & (capacity_ - 1);
  size_ -= octets;
}

void SendBuffer::copy(std::size_t offset, MutableByteSpan out) const {
  SIM_CHECK(offset + out.size() <= size_);
  if (out.empty()) return;
  const std::size_t from = (head_ + offset) & (capacity_ - 1);
  const std::size_t straight = std::min(out.size(), capacity_ - from);
  std::memcpy(out.data(), ring_.get() + from, straight);
  if (straight < out.size()) std::memcpy(out.data() + straight, ring_.get(), out.size() - straight);
}

}  // namespace natsim
