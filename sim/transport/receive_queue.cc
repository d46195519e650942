#include "sim/transport/receive_queue.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "sim/base/check.h"

namespace natsim {

/// Room for that many octets from head_ on.
void ReceiveQueue::reserve(std::size_t octets) {
  if (octets <= capacity_) return;
  const std::size_t capacity = std::bit_ceil(std::max(octets, kCapacityMin));
  auto ring = std::make_unique_for_overwrite<std::uint8_t[]>(capacity);
  if (capacity_ > 0) {  // All of it: where octets out of order lie is not looked up.
    std::memcpy(ring.get(), ring_.get() + head_, capacity_ - head_);
    std::memcpy(ring.get() + capacity_ - head_, ring_.get(), head_);
  }
  ring_ = std::move(ring);
  capacity_ = capacity;
  head_ = 0;
}

void ReceiveQueue::put(std::size_t offset, ByteSpan bytes) {
  reserve(offset + bytes.size());
  const std::size_t at = (head_ + offset) & (capacity_ - 1);
  const std::size_t straight = std::min(bytes.size(), capacity_ - at);
  std::memcpy(ring_.get() + at, bytes.data(), straight);
  if (straight < bytes.size())
    std::memcpy(ring_.get(), bytes.data() + straight, bytes.size() - straight);
}

/// What lies right at next() is in order now; what lies before it was.
void ReceiveQueue::absorb() {
  beyond_.drop_before(next_);
  if (beyond_.empty() || beyond_.front().left != next_) return;
  const Seq right = beyond_.front().right;
  unread_ += std::uint32_t(right - next_);
  next_ = right;
  beyond_.drop_before(right);
}

void ReceiveQueue::pass(std::uint32_t octets) {
  SIM_CHECK(unread_ == 0);
  next_ += octets;
  if (capacity_ > 0) head_ = (head_ + octets) & (capacity_ - 1);
  if (!beyond_.empty()) absorb();
}

bool ReceiveQueue::store(Seq seq, ByteSpan bytes) {
  SIM_CHECK(seq.at_or_after(next_));
  if (bytes.empty()) return true;
  if (seq != next_) {
    if (!beyond_.add(seq, seq + std::uint32_t(bytes.size()))) return false;
    std::move_backward(latest_.begin(), latest_.end() - 1, latest_.end());
    latest_.front() = seq;
  }
  put(unread_ + std::uint32_t(seq - next_), bytes);
  if (seq != next_) return true;
  next_ += std::uint32_t(bytes.size());
  unread_ += std::uint32_t(bytes.size());
  if (!beyond_.empty()) absorb();
  return true;
}

ByteSpan ReceiveQueue::unread() const {
  return {ring_.get() + head_, std::min<std::size_t>(unread_, capacity_ - head_)};
}

void ReceiveQueue::consume(std::uint32_t octets) {
  SIM_CHECK(octets <= unread_);
  if (octets == 0) return;
  head_ = (head_ + octets) & (capacity_ - 1);
  unread_ -= octets;
}

std::size_t ReceiveQueue::sack_blocks(std::span<SackBlock> out) const {
  std::size_t count = 0;
  const auto report = [&](const SackBlock& block) {
    if (count == out.size() || std::find(out.begin(), out.begin() + std::ptrdiff_t(count), block) !=
                                   out.begin() + std::ptrdiff_t(count))
      return;
    out[count++] = block;
  };
  for (const Seq seq : latest_)
    if (const SackBlock* block = beyond_.find(seq)) report(*block);
  for (std::size_t i = 0; i < beyond_.size() && count < out.size(); ++i) report(beyond_[i]);
  return count;
}

}  // namespace natsim
