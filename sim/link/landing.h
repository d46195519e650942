// Where the frames of a channel come out: a FIFO in front of the receiving interface.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sim/engine/event.h"
#include "sim/link/interface.h"
#include "sim/link/lane.h"

namespace natsim {

/// Holds the frames that are under way to one interface, in the lane of that interface's node. Of
/// those that keep their order only the first is in the event queue.
class Landing final : private EventHandler {
 public:
  /// Both outlive the landing.
  Landing(Lane& lane, Interface& to) : lane_(lane), to_(to) {}
  Landing(const Landing&) = delete;
  Landing& operator=(const Landing&) = delete;
  ~Landing();

  Interface& to() const { return to_; }
  std::uint64_t delivered() const { return delivered_; }

  /// The frame will arrive then. REQUIRES: not before the one that was added last.
  void add(Instant arrival, EventOrder order, Packet&& frame) {
    if (count_ == ring_size_) [[unlikely]]
      grow();
    ring_[(first_ + count_) & (ring_size_ - 1)] = {arrival, order, frame.release()};
    if (count_++ == 0) lane_.simulator.schedule(arrival, order, *this, kFirstOfRing);
  }
  /// A frame that overtakes the others has an event of its own.
  void add_apart(Instant arrival, EventOrder order, Packet&& frame);

 private:
  /// A frame under way.
  struct Flying {
    Instant arrival;
    EventOrder order;
    PacketBuffer* packet;
  };
  static constexpr std::uint64_t kFirstOfRing = 0;  // event argument; otherwise a PacketBuffer*

  void on_event(std::uint64_t argument) override;
  Packet take_apart(std::uint64_t argument);
  void grow();

  Lane& lane_;
  Interface& to_;
  std::unique_ptr<Flying[]> ring_;
  std::uint32_t ring_size_ = 0;  // its capacity, a power of two or nothing
  std::uint32_t first_ = 0;
  std::uint32_t count_ = 0;
  std::uint64_t delivered_ = 0;
  std::unique_ptr<std::vector<PacketBuffer*>> apart_;  // most cables let nothing overtake
};

}  // namespace natsim
