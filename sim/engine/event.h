// What the event queue holds: a small plain record, and whom to wake.
#pragma once

#include <cstdint>

#include "sim/base/check.h"
#include "sim/base/ids.h"
#include "sim/base/time.h"

namespace natsim {

/// Whoever is woken by events. An event does not own its handler; who schedules for a handler makes
/// sure that it outlives the event (nodes and cables live as long as their simulator).
class EventHandler {
 public:
  virtual void on_event(std::uint64_t argument) = 0;

 protected:
  ~EventHandler() = default;
};

/// The place of an event among those of the same instant: the node that caused it, then that node's
/// own count. It does not depend on how the network is divided among threads.
using EventOrder = std::uint64_t;
/// Of no event: what happens between two runs of a simulator.
inline constexpr EventOrder kNoOrder = ~EventOrder{0};

/// A node's counter of the events and packets that it causes.
class OrderSource {
 public:
  static constexpr int kCounterBits = 40;
  static constexpr std::uint32_t kNodesMax = 1u << (64 - kCounterBits);

  /// REQUIRES: node.value < kNodesMax.
  explicit OrderSource(NodeId node) : next_(std::uint64_t(node.value) << kCounterBits) {
    SIM_CHECK(node.value < kNodesMax);
  }
  EventOrder next() { return next_++; }

 private:
  EventOrder next_;
};

struct Event {
  Instant when;
  EventOrder order = 0;
  EventHandler* handler = nullptr;
  std::uint64_t argument = 0;

  bool before(const Event& other) const {
    return when < other.when || (when == other.when && order < other.order);
  }
};
static_assert(sizeof(Event) == 32);

}  // namespace natsim
