#include "sim/network/fate.h"

#include "sim/wire/summary.h"

namespace natsim {
namespace {

bool is_refused(const Visit& visit) {
  return visit.outcome == Outcome::dropped || visit.outcome == Outcome::rejected;
}

/// Nothing comes after it on its way.
bool is_end(const Visit& visit) { return is_refused(visit) || visit.outcome == Outcome::delivered; }

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
  end_node_.reset();
  way_ = {};
}

void FateTracker::ended(const Visit& visit) {
  if (fate_) return;
  fate_ = Fate{result_of(visit.reason.cause, visit.outcome), visit.node, visit.reason,
               delivered_at_.has_value()};
}

/// What the node where the packet ended makes on the same occasion, even if it finds no way to send
/// it.
bool FateTracker::is_answer(const Visit& visit) const {
  return end_node_ && !answer_ && !visit.link_layer && visit.in == kNoInterface &&
         visit.node == *end_node_ && visit.when == end_when_ && visit.order == end_order_;
}

void FateTracker::on_visit(const Visit& visit) {
  if (!journey_) return;
  const bool there = visit.journey == *journey_;
  if (!there && is_answer(visit)) answer_ = visit.journey;
  const bool back = !there && answer_ && visit.journey == *answer_;
  if (!there && !back) return;
  const bool refused = is_refused(visit);
  if (refused && is_bystander(visit.reason.cause)) return;
  (there ? way_.there : way_.back).push_back(visit);
  if (there && is_end(visit)) {
    if (!refused) delivered_at_ = visit.node;
    end_node_ = visit.node;
    end_when_ = visit.when;
    end_order_ = visit.order;
  }
  // The answer's end is the probe's own where the probe is worth nothing without it.
  if (refused && (there || (answer_wanted_ && delivered_at_))) ended(visit);
}

bool FateTracker::finished() const {
  return end_node_ && (!answer_ || (!way_.back.empty() && is_end(way_.back.back())));
}

std::optional<Tuple> tuple_at_end(const std::vector<Visit>& way) {
  if (way.empty()) return std::nullopt;
  const Visit& last = way.back();
  for (auto step = last.steps.rbegin(); step != last.steps.rend(); ++step)
    if (const auto* translated = std::get_if<TranslateStep>(&*step)) return translated->after;
  ByteSpan packet = last.before;
  if (last.link_layer) {
    const auto content = content_of(last.before);
    if (!content.ok() || content->type != EtherType::ipv4) return std::nullopt;
    packet = content->payload;
  }
  const auto ip = Ipv4View::checked(packet);
  if (!ip.ok()) return std::nullopt;
  return flow_of(*ip).tuple;
}

}  // namespace natsim
