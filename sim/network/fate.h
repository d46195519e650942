// What became of a probe: follows its packet, and then the answer to it, through the network.
#pragma once

#include <optional>
#include <vector>

#include "sim/network/spec.h"
#include "sim/observe/observer.h"

namespace natsim {

/// Where a packet ended and why.
struct Fate {
  spec::ExpectedResult result = spec::ExpectedResult::lost;
  NodeId node;  ///< where it ended; means nothing for lost
  Reason reason;
  bool on_the_way_back = false;  ///< the probe arrived; it was the answer that ended here
};

/// What nodes did with a packet, and then with what answers it, in the order in which it happened.
/// Without the copies of flooded frames that did not concern who got them.
struct Way {
  std::vector<Visit> there, back;
};

/// Watches visits for one probe at a time. A packet keeps its journey through NAT; the answer is
/// what the node that took the probe sends in the same event.
class FateTracker final : public Observer {
 public:
  /// Forgets the last probe and follows the packet of `journey`, which `from` is about to send, and
  /// if that is wanted the answer to it.
  void follow(NodeId from, JourneyId journey, bool answer_wanted);
  /// Ends the following; fate() stays.
  void stop() { journey_.reset(); }

  /// Set once the packet, or the answer, came to an end.
  const std::optional<Fate>& fate() const { return fate_; }
  /// The packet has ended, and so has what came of it: nothing more will be heard of either.
  bool finished() const;
  /// The way so far. Back is the answer's, or that of whatever told the sender of the packet's end.
  const Way& way() const { return way_; }
  /// The probe reached a socket or protocol that took it, and where.
  const std::optional<NodeId>& delivered_at() const { return delivered_at_; }
  /// REQUIRES: delivered_at().
  Instant delivered_when() const { return end_when_; }

  void on_visit(const Visit& visit) override;

 private:
  void ended(const Visit& visit);
  bool is_answer(const Visit& visit) const;

  NodeId from_;
  bool answer_wanted_ = false;
  std::optional<JourneyId> journey_, answer_;
  std::optional<Fate> fate_;
  std::optional<NodeId> delivered_at_;
  Way way_;
  // Where the packet ended: what this node makes on the same occasion is the answer.
  std::optional<NodeId> end_node_;
  Instant end_when_;
  std::uint64_t end_order_ = 0;
};

/// How a cause is judged: dropped, no_route, unreachable or lost.
spec::ExpectedResult result_of(Cause cause, Outcome outcome);

/// The addresses of a packet at the end of a way, after all that was translated. nullopt: of an
/// empty way, or of what is no IPv4.
std::optional<Tuple> tuple_at_end(const std::vector<Visit>& way);

}  // namespace natsim
