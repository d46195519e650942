// Counts frames that pass an interface, for expectations about them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include "sim/observe/observer.h"

namespace natsim {

/// Whether a frame is one of those meant.
using FrameFilter = std::function<bool(ByteSpan frame)>;

/// Counts the frames of one interface, in both directions, that a filter wants. A VLAN
/// sub-interface has no frames of its own: they pass the interface under it.
class FrameCounter final : public Observer {
 public:
  FrameCounter(NodeId node, IfIndex interface, FrameFilter filter)
      : node_(node), interface_(interface), filter_(std::move(filter)) {}

  bool wants_visits() const override { return false; }
  void on_frame(const FrameEvent& event) override {
    if (event.node != node_ || event.interface != interface_ || !filter_(event.frame)) return;
    ++count_;
    if (!first_) first_ = event.when;
  }

  std::uint64_t count() const { return count_; }
  const std::optional<Instant>& first() const { return first_; }

 private:
  NodeId node_;
  IfIndex interface_;
  FrameFilter filter_;
  std::uint64_t count_ = 0;
  std::optional<Instant> first_;
};

}  // namespace natsim
