// The second half of a scenario: probes, and what is said of them.
#include <fmt/format.h>

#include "sim/network/scenario.h"

namespace natsim {
namespace {

const char* to_string(spec::ExpectedResult result) {
  using Result = spec::ExpectedResult;
  switch (result) {
    case Result::delivered: return "delivered";
    case Result::dropped: return "dropped";
    case Result::rejected: return "rejected";
    case Result::no_route: return "no_route";
    case Result::unreachable: return "unreachable";
    case Result::lost: return "lost";
  }
  return "?";
}

// A datagram has done its duty when it is there: whether somebody answers is the program's affair.
bool is_answer_wanted(const spec::Expectation& item) { return item.protocol != Protocol::udp; }

}  // namespace

void Scenario::judge(std::size_t index) {
  const Instant end = options_.until.value_or(Instant::never());
  if (interrupted_ || network_.now() >= end) return;
  judging_ = index;
  report_.reset();
  Judgement& judgement = judgements_[index];
  const spec::Expectation& item = *judgement.item;
  const bool watched = network_.observed();
  if (!watched) network_.observe(&observers_);
  if (item.errand) {
    judge_errand(judgement, index);
    if (!watched) network_.observe(nullptr);
    return;
  }
  look_up_target(item, index);
  const auto journey = probe(item, index);
  if (journey) {
    const bool answer_wanted = is_answer_wanted(item);
    advance(std::min(end, network_.now() + kProbeTimeout), [&] {
      if (fate_.fate()) return true;
      return fate_.delivered_at().has_value() && (!answer_wanted || report_.has_value());
    });
  }
  fate_.stop();
  conclude(judgement);
  if (IpNode* from = node(item.from)) from->sockets().forget_probes(kExpectationTag + index);
  if (!watched) network_.observe(nullptr);
}

std::optional<JourneyId> Scenario::probe(const spec::Expectation& item, std::size_t index) {
  IpNode* const from = node(item.from);
  auto to = address_of(item.to);
  if (looked_up_) to = first_address(looked_up_->found);
  if (from == nullptr || !to) return std::nullopt;
  const ProbeOwner owner{this, kExpectationTag + index};
  const JourneyId next = from->stack().peek_journey();
  fate_.follow(from->id(), next, is_answer_wanted(item));
  const std::uint16_t source_port = item.source_port.value_or(0);
  switch (item.protocol) {
    case Protocol::tcp:
      return from->sockets().connect(source_port, {IpAddress(*to), item.to.port.value_or(0)},
                                     owner);
    case Protocol::udp: {
      UdpFlowOptions options;
      options.destination = *to;
      options.destination_port = item.to.port.value_or(0);
      options.source_port = source_port;
      options.payload = {'p', 'r', 'o', 'b', 'e'};
      return from->sockets().send_udp(std::move(options), owner);
    }
    default: {
      PingOptions options;
      options.destination = IpAddress(*to);
      options.timeout = kProbeTimeout;
      return from->sockets().ping(options, owner);
    }
  }
}

void Scenario::conclude(Judgement& judgement) {
  using Result = spec::ExpectedResult;
  const spec::Expectation& item = *judgement.item;
  Fate fate;
  if (fate_.fate()) {
    fate = *fate_.fate();
  } else if (fate_.delivered_at() &&
             (item.protocol == Protocol::udp ||
              (report_ && report_->outcome.result == ProbeResult::answered))) {
    fate = {Result::delivered, *fate_.delivered_at(), {}, false};
  } else if (report_ && report_->outcome.result == ProbeResult::unreachable) {
    fate.result = Result::no_route;
    if (const auto from = network_.find(item.from)) fate.node = *from;
  }
  judgement.judged = true;
  judgement.fate = fate;
  judgement.found = to_string(fate.result);
  if (fate.result != Result::lost)
    judgement.found += fmt::format(" at {}", network_.name(fate.node));
  if (fate.reason.rule != nullptr)
    judgement.found += fmt::format(" by {}", fate.reason.rule->name);
  else if (fate.reason.cause != Cause::none)
    judgement.found += fmt::format(": {}", describe(fate.reason.cause));
  if (fate.on_the_way_back) judgement.found += " (the answer, on its way back)";
  const bool at_right =
      item.at_node.value.empty() ||
      (fate.result != Result::lost && network_.name(fate.node) == item.at_node.value);
  const bool by_right = item.by.value.empty() ||
                        (fate.reason.rule != nullptr && fate.reason.rule->name == item.by.value);
  judgement.met = fate.result == item.result.value && at_right && by_right;
}

}  // namespace natsim
