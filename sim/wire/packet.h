// Packet buffers: real bytes in pooled memory with headroom, passed by handle.
//
//   slot:  | meta 16 | headroom 6 … | data (size() bytes) …                      | spare |
//          ^ 64-byte aligned        ^ data()
//
// With the default headroom, Ethernet, IPv4 and UDP headers (42 bytes) end at byte 64: a router
// touches one cache line of a packet. The slots of a size class lie in 256 KiB slabs at strides
// that are no power of two, which would alias in the cache. Once warm nothing is allocated.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "sim/base/bytes.h"
#include "sim/base/check.h"
#include "sim/base/ids.h"

namespace natsim {

class PacketPool;

/// The head of a slot. The bytes follow at `offset` from the slot's start.
struct PacketBuffer {
  std::uint32_t size;   // bytes of data
  std::uint8_t offset;  // of data from the slot's start
  std::uint8_t flags;
  std::uint16_t references;  // handles that share the slot
  JourneyId journey;
};
static_assert(sizeof(PacketBuffer) == 16);

/// A handle to a packet; moving is free, the last handle gives the slot back to its pool. Handles
/// made by share() read the same bytes: whoever wants to write calls make_unique() first.
/// A pool outlives its packets and is used by one thread.
class Packet {
 public:
  /// Bits of flags().
  enum : std::uint8_t {
    kL4ChecksumGood = 1,  ///< the transport checksum was made or verified here, and kept since
  };
  static constexpr std::size_t kHeadroom = 6;
  /// Largest packet: an IPv4 datagram with an Ethernet header and two VLAN tags.
  static constexpr std::size_t kBytesMax = 65535 + 22;

  Packet() = default;
  Packet(Packet&& other) noexcept : buffer_(std::exchange(other.buffer_, nullptr)) {}
  Packet& operator=(Packet&& other) noexcept {
    if (this != &other) {
      reset();
      buffer_ = std::exchange(other.buffer_, nullptr);
    }
    return *this;
  }
  ~Packet() { reset(); }

  explicit operator bool() const { return buffer_ != nullptr; }

  std::uint8_t* data() { return slot() + buffer_->offset; }
  const std::uint8_t* data() const { return slot() + buffer_->offset; }
  std::size_t size() const { return buffer_->size; }
  ByteSpan bytes() const { return {data(), size()}; }
  MutableByteSpan mutable_bytes() { return {data(), size()}; }

  std::uint8_t flags() const { return buffer_->flags; }
  void set_flags(std::uint8_t flags) { buffer_->flags = flags; }
  JourneyId journey() const { return buffer_->journey; }
  void set_journey(JourneyId journey) { buffer_->journey = journey; }

  std::size_t headroom() const { return buffer_->offset - sizeof(PacketBuffer); }
  /// Grows the packet at its front. REQUIRES: bytes <= headroom().
  void prepend(std::size_t bytes) {
    SIM_CHECK(bytes <= headroom());
    buffer_->offset = std::uint8_t(buffer_->offset - bytes);
    buffer_->size += std::uint32_t(bytes);
  }
  /// Drops bytes at the front. REQUIRES: bytes <= size(), and they fit in an 8-bit offset.
  void trim_front(std::size_t bytes) {
    SIM_CHECK(bytes <= size() && buffer_->offset + bytes <= 255);
    buffer_->offset = std::uint8_t(buffer_->offset + bytes);
    buffer_->size -= std::uint32_t(bytes);
  }
  /// Drops bytes at the end so that `size` remain. REQUIRES: size <= size().
  void truncate(std::size_t size) {
    SIM_CHECK(size <= this->size());
    buffer_->size = std::uint32_t(size);
  }

  /// Appends zeros up to `size` bytes. REQUIRES: size() < size <= 80, headroom at most the default
  /// plus an Ethernet header (which leaves that much room in the smallest slot).
  void pad(std::size_t size) {
    SIM_CHECK(size > this->size() && buffer_->offset + size <= 128);
    std::memset(data() + this->size(), 0, size - this->size());
    buffer_->size = std::uint32_t(size);
  }

  /// Another handle to the same bytes. REQUIRES: can_share().
  Packet share() const {
    SIM_CHECK(can_share());
    ++buffer_->references;
    return Packet(buffer_);
  }
  /// A slot counts to 65,535 handles; whoever needs more makes a copy.
  bool can_share() const { return buffer_->references < 0xffff; }
  bool is_shared() const { return buffer_->references > 1; }
  /// After this the bytes belong to this handle alone (they are copied if they were shared).
  inline void make_unique(PacketPool& pool);

  /// Gives up the handle without giving up the slot; adopt() takes it back. For queues of packets
  /// that are plain records.
  PacketBuffer* release() { return std::exchange(buffer_, nullptr); }
  static Packet adopt(PacketBuffer* buffer) { return Packet(buffer); }

 private:
  friend class PacketPool;
  explicit Packet(PacketBuffer* buffer) : buffer_(buffer) {}
  std::uint8_t* slot() const { return reinterpret_cast<std::uint8_t*>(buffer_); }
  inline void reset();

  PacketBuffer* buffer_ = nullptr;
};

/// Where packets come from. Not thread-safe; every part of the network that runs on its own thread
/// has its own.
class PacketPool {
 public:
  PacketPool() = default;
  PacketPool(const PacketPool&) = delete;
  PacketPool& operator=(const PacketPool&) = delete;
  /// REQUIRES: every packet was given back.
  ~PacketPool();

  /// A packet of `size` bytes whose content is whatever was there before. REQUIRES: size <=
  /// Packet::kBytesMax, headroom <= 200.
  Packet allocate(std::size_t size, std::size_t headroom = Packet::kHeadroom) {
    const std::size_t need = sizeof(PacketBuffer) + headroom + size;
    Class& c = class_for(need);
    if (c.free == nullptr) [[unlikely]]
      refill(c);
    FreeSlot* slot = c.free;
    c.free = slot->next;
    ++live_;
    auto* buffer = reinterpret_cast<PacketBuffer*>(slot);
    *buffer = {std::uint32_t(size), std::uint8_t(sizeof(PacketBuffer) + headroom), 0, 1, {}};
    return Packet(buffer);
  }
  /// A packet with a copy of `bytes`.
  Packet copy(ByteSpan bytes, std::size_t headroom = Packet::kHeadroom);
  /// A copy with flags and journey.
  Packet copy(const Packet& packet, std::size_t headroom = Packet::kHeadroom);

  std::size_t live() const { return live_; }
  std::size_t bytes_reserved() const { return bytes_reserved_; }

 private:
  friend class Packet;
  struct FreeSlot {
    FreeSlot* next;
  };
  struct Class {
    std::size_t stride = 0;
    FreeSlot* free = nullptr;
  };
  struct Slab {  // at the start of each slab
    PacketPool* pool;
    Class* size_class;
    Slab* next;
  };
  static constexpr std::size_t kSlabBytes = 256 * 1024;
  static constexpr std::array<std::size_t, 5> kStrides = {128, 320, 640, 1600, 9408};
  static constexpr std::size_t kStrideLargest = 65'856;  // kBytesMax with the most headroom

  Class& class_for(std::size_t need) {
    for (Class& c : classes_)
      if (need <= c.stride) return c;
    SIM_CHECK(false && "packet too large");
    __builtin_unreachable();
  }
  static Slab* slab_of(PacketBuffer* buffer) {
    return reinterpret_cast<Slab*>(reinterpret_cast<std::uintptr_t>(buffer) & ~(kSlabBytes - 1));
  }
  static void give_back(PacketBuffer* buffer) {
    Slab* slab = slab_of(buffer);
    auto* slot = reinterpret_cast<FreeSlot*>(buffer);
    slot->next = slab->size_class->free;
    slab->size_class->free = slot;
    --slab->pool->live_;
  }
  void refill(Class& c);

  std::array<Class, 6> classes_{{{kStrides[0]},
                                 {kStrides[1]},
                                 {kStrides[2]},
                                 {kStrides[3]},
                                 {kStrides[4]},
                                 {kStrideLargest}}};
  Slab* slabs_ = nullptr;
  std::size_t live_ = 0;
  std::size_t bytes_reserved_ = 0;
};

inline void Packet::reset() {
  if (buffer_ == nullptr) return;
  if (--buffer_->references == 0) PacketPool::give_back(buffer_);
  buffer_ = nullptr;
}

inline void Packet::make_unique(PacketPool& pool) {
  if (is_shared()) *this = pool.copy(*this, headroom());
}

}  // namespace natsim
