// Conntrack's TCP: takes a connection through its states with each segment.
#pragma once

#include <cstdint>

#include "sim/filter/connection_table.h"
#include "sim/filter/options.h"
#include "sim/filter/slab.h"
#include "sim/filter/tcp_window.h"

namespace natsim {

class TcpTracker {
 public:
  /// Neither is owned, both must outlive this.
  TcpTracker(ConnectionTable& table, const NetfilterOptions& options)
      : table_(table), options_(options) {}

  enum class Verdict : std::uint8_t {
    accept,
    invalid,
    killed,  ///< accepted, and it ended the connection: the caller holds the record now
    reopen,  ///< a new connection in an old one's place: the old one is gone, look up again
  };
  /// A segment of `connection`, new or confirmed.
  Verdict track(Connection& connection, FlowDirection direction, const TcpView& view, Instant now);

  /// `connection`'s window record goes with it.
  void forget(Connection& connection);
  /// Whether `fresh` may take the translated port of `old`, which then ends: `old` is closed, or as
  /// Linux counts also half open from both sides, and the sequence numbers have moved on, so that
  /// late segments of `old` are not taken for the new connection's (NAT-L25).
  bool may_replace(const Connection& old, const Connection& fresh) const;
  /// nullptr for a connection that has none yet.
  const TcpWindow* window(const Connection& connection) const;
  std::size_t memory_bytes() const { return windows_.memory_bytes(); }

 private:
  enum class Special : std::uint8_t { none, accept, invalid, reopen, skip_window };

  bool begin(Connection& connection, const TrackedSegment& segment);
  Special special_cases(Connection& connection, TcpWindow& w, FlowDirection direction,
                        const TrackedSegment& segment, TcpTransition& transition,
                        TrackedState& old_state);
  Special ignored(const Connection& connection, TcpWindow& w, FlowDirection direction,
                  const TrackedSegment& segment, TcpTransition& transition,
                  TrackedState& old_state);
  Special reset(const Connection& connection, TcpWindow& w, FlowDirection direction,
                const TrackedSegment& segment, TcpTransition& transition, TrackedState old_state);
  void out_of_window(Connection& connection, TcpWindow& w, FlowDirection direction,
                     TrackedFlag event, Instant now);
  Duration timeout_of(TrackedState state) const;
  Duration timeout_for(const TcpWindow& w, TrackedState state, TrackedFlag event) const;

  ConnectionTable& table_;
  const NetfilterOptions& options_;
  Slab<TcpWindow> windows_;
};

}  // namespace natsim
