#include "sim/link/landing.h"

#include <utility>

namespace natsim {

Landing::~Landing() {
  for (; count_ > 0; --count_, ++first_) Packet::adopt(ring_[first_ & (ring_size_ - 1)].packet);
  if (apart_ == nullptr) return;
  for (PacketBuffer* const packet : *apart_) Packet::adopt(packet);
}

void Landing::on_event(std::uint64_t argument) {
  ++delivered_;
  if (argument != kFirstOfRing) [[unlikely]]
    return to_.receive(take_apart(argument));
  const std::uint32_t mask = ring_size_ - 1;
  Packet frame = Packet::adopt(ring_[first_ & mask].packet);
  first_ = (first_ + 1) & mask;
  if (--count_ > 0) {
    const Flying& next = ring_[first_];
    lane_.simulator.schedule(next.arrival, next.order, *this, kFirstOfRing);
    // By the time it lands, its headers are in the cache.
    __builtin_prefetch(next.packet, 1);
  }
  to_.receive(std::move(frame));
}

void Landing::add_apart(Instant arrival, EventOrder order, Packet&& frame) {
  if (apart_ == nullptr) apart_ = std::make_unique<std::vector<PacketBuffer*>>();
  PacketBuffer* const packet = frame.release();
  apart_->push_back(packet);
  lane_.simulator.schedule(arrival, order, *this,
                           std::uint64_t(reinterpret_cast<std::uintptr_t>(packet)));
}

Packet Landing::take_apart(std::uint64_t argument) {
  auto* const packet = reinterpret_cast<PacketBuffer*>(argument);
  std::erase(*apart_, packet);
  return Packet::adopt(packet);
}

void Landing::grow() {
  const std::uint32_t size = ring_size_ == 0 ? 4 : ring_size_ * 2;
  auto larger = std::make_unique<Flying[]>(size);
  for (std::uint32_t i = 0; i < count_; ++i) larger[i] = ring_[(first_ + i) & (ring_size_ - 1)];
  ring_ = std::move(larger);
  ring_size_ = size;
  first_ = 0;
}

}  // namespace natsim
