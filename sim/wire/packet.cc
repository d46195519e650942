#include "sim/wire/packet.h"

#include <cstdlib>
#include <cstring>

namespace natsim {

PacketPool::~PacketPool() {
  SIM_CHECK(live_ == 0);
  while (slabs_ != nullptr) std::free(std::exchange(slabs_, slabs_->next));
}

void PacketPool::refill(Class& c) {
  void* memory = std::aligned_alloc(kSlabBytes, kSlabBytes);
  SIM_CHECK(memory != nullptr);
  slabs_ = new (memory) Slab{this, &c, slabs_};
  bytes_reserved_ += kSlabBytes;
  auto* base = static_cast<std::uint8_t*>(memory);
  // Slots are chained in order of address: a burst of packets walks memory forwards.
  const std::size_t first = 64;
  FreeSlot** tail = &c.free;
  for (std::size_t at = first; at + c.stride <= kSlabBytes; at += c.stride) {
    auto* slot = reinterpret_cast<FreeSlot*>(base + at);
    *tail = slot;
    tail = &slot->next;
  }
  *tail = nullptr;
}

Packet PacketPool::copy(ByteSpan bytes, std::size_t headroom) {
  Packet packet = allocate(bytes.size(), headroom);
  if (!bytes.empty()) std::memcpy(packet.data(), bytes.data(), bytes.size());
  return packet;
}

Packet PacketPool::copy(const Packet& packet, std::size_t headroom) {
  Packet result = copy(packet.bytes(), headroom);
  result.set_flags(packet.flags());
  result.set_journey(packet.journey());
  return result;
}

}  // namespace natsim
