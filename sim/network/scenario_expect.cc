// The second half of a scenario: probes are sent one after the other, and what becomes of each is
// looked at. What is said of it stands in scenario_judge.cc.
#include <fmt/format.h>

#include "sim/network/scenario.h"

namespace natsim {
namespace {

// A datagram has done its duty when it is there: whether somebody answers is the program's affair.
bool is_answer_wanted(const spec::Expectation& item) { return item.protocol != Protocol::udp; }

}  // namespace

void Scenario::judge(std::size_t index) {
  const Instant end = options_.until.value_or(Instant::never());
  if (interrupted_ || network_.now() >= end) return;
  Judgement& judgement = judgements_[index];
  judgement.sent = network_.now();
  switch (judgement.item->judged) {
    case spec::Judged::probe: return judge_probe(index);
    case spec::Judged::lease: return judge_lease(judgement);
    case spec::Judged::capture: return judge_capture(index);
  }
}

void Scenario::judge_probe(std::size_t index) {
  const Instant end = options_.until.value_or(Instant::never());
  judging_ = index;
  report_.reset();
  Judgement& judgement = judgements_[index];
  const spec::Expectation& item = *judgement.item;
  const bool watched = network_.observed();
  if (!watched) network_.observe(&observers_);
  const auto journey = probe(item, index);
  if (journey) {
    const bool answer_wanted = is_answer_wanted(item);
    advance(std::min(end, network_.now() + kProbeTimeout), [&] {
      if (fate_.fate()) return true;
      return fate_.delivered_at().has_value() && (!answer_wanted || report_.has_value());
    });
    if (options_.keep_ways)
      advance(std::min(end, network_.now() + kProbeTimeout), [&] { return fate_.finished(); });
  }
  fate_.stop();
  conclude(judgement);
  if (!journey && !item.to.node.empty() && !address_of(item.to))
    judgement.found += fmt::format(": {} has no address", item.to.node);
  if (IpNode* from = node(item.from)) from->sockets().forget_probes(kExpectationTag + index);
  if (!watched) network_.observe(nullptr);
}

std::optional<JourneyId> Scenario::probe(const spec::Expectation& item, std::size_t index) {
  IpNode* const from = node(item.from);
  const auto to = address_of(item.to);
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
      if (item.size > 0) options.payload.assign(item.size, std::uint8_t('.'));
      return from->sockets().send_udp(std::move(options), owner);
    }
    default: {
      PingOptions options;
      options.destination = IpAddress(*to);
      options.timeout = kProbeTimeout;
      if (item.size > 0) options.size = std::uint16_t(item.size);
      return from->sockets().ping(options, owner);
    }
  }
}

}  // namespace natsim
