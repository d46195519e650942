#include "sim/network/fate.h"

namespace natsim {
namespace {

/// A copy of a flooded frame that came to somebody whom it does not concern, or that had nowhere to
/// go, is not the packet's end.
bool is_bystander(Cause cause) {
  switch (cause) {
    case Cause::not_for_this_mac:
    case Cause::ignored:
    case Cause::same_port:
    case Cause::no_member: return true;
    default: return false;
  }
}

}  // namespace

spec::ExpectedResult result_of(Cause cause, Outcome outcome) {
  using Result = spec::ExpectedResult;
  switch (cause) {
    case Cause::no_route:
    case Cause::route_blackhole:
    case Cause::route_unreachable:
    case Cause::route_prohibit: return Result::no_route;
    case Cause::neighbor_unreachable: return Result::unreachable;
    case Cause::link_loss:
    case Cause::queue_full:
    case Cause::link_down: return Result::lost;
    default: return outcome == Outcome::rejected ? Result::rejected : Result::dropped;
  }
}

void FateTracker::follow(NodeId from, JourneyId journey, bool answer_wanted) {
  from_ = from;
  answer_wanted_ = answer_wanted;
  journey_ = journey;
  answer_.reset();
  fate_.reset();
  delivered_at_.reset();
}

void FateTracker::ended(const Visit& visit) {
  fate_ = Fate{result_of(visit.reason.cause, visit.outcome), visit.node, visit.reason,
               delivered_at_.has_value()};
}

void FateTracker::on_visit(const Visit& visit) {
  if (!journey_ || fate_) return;
  if (visit.journey == *journey_ || (answer_ && visit.journey == *answer_)) {
    switch (visit.outcome) {
      case Outcome::dropped:
        if (!is_bystander(visit.reason.cause)) ended(visit);
        return;
      case Outcome::rejected: ended(visit); return;
      case Outcome::delivered:
        if (visit.journey != *journey_) return;
        delivered_at_ = visit.node;
        delivered_when_ = visit.when;
        delivered_order_ = visit.order;
        return;
      default: return;
    }
  }
  // The answer: what the node that took the probe makes on the same occasion, even if it finds no
  // way to send it.
  const bool answers = answer_wanted_ && delivered_at_ && !answer_ && !visit.link_layer &&
                       visit.in == kNoInterface && visit.node == *delivered_at_ &&
                       visit.when == delivered_when_ && visit.order == delivered_order_;
  if (!answers) return;
  if (visit.outcome == Outcome::sent) answer_ = visit.journey;
  if (visit.outcome == Outcome::dropped) ended(visit);
}

}  // namespace natsim
