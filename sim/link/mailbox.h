// Frames on their way from one part of the network to another: all that parts say to each other.
//
//   part A's thread                 between two windows            part B's thread
//   Channel::transmit ─▶ post()  ──▶      turn()            ──▶  take() ─▶ Landing
//
// A window of simulated time is no longer than the shortest delay of a cable between the parts, so
// what is posted in one is not due before the next. There are two boxes: A fills one while B
// empties the other, and they change places when both are at rest. Hence no locks, and no atomics.
//
// Frames are copied byte by byte: packets belong to the pool of one part. The same bytes could go
// to another process.
#pragma once

#include <array>
#include <vector>

#include "sim/engine/event.h"
#include "sim/link/lane.h"

namespace natsim {

class Landing;

class alignas(64) Mailbox {
 public:
  /// The frame will come out of `to` at that time, in that place among the events of its instant.
  /// Only the sending part calls this.
  void post(Landing& to, Instant arrival, EventOrder order, const Packet& frame);

  /// Makes what was posted ready to be taken, and returns the earliest arrival among it; never:
  /// there is none. Neither part is running. REQUIRES: all that was ready has been taken.
  Instant turn();

  /// Hands over what is ready, in packets of the receiving part's pool. Only that part calls this.
  void take(PacketPool& pool);

 private:
  struct Letter {
    Landing* to;
    Instant arrival;
    EventOrder order;
    JourneyId journey;
    std::uint32_t size;
    std::uint8_t headroom;
    std::uint8_t flags;
  };
  struct Box {
    std::vector<Letter> letters;
    Bytes frames;  // one behind the other
    Instant first_arrival = Instant::never();
  };

  std::array<Box, 2> boxes_;
  std::size_t filling_ = 0;
};

}  // namespace natsim
