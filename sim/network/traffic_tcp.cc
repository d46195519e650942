#include "sim/network/traffic_tcp.h"

#include <utility>

#include <fmt/format.h>

namespace natsim {

void TcpTraffic::step(TrafficStage& stage) {
  const spec::Target& target = std::get<spec::TcpConnect>(stage.item().what).to;
  const auto to = stage.aim(target);
  if (!to) return;
  if (!pace_) pace_ = stage.pacer();
  ++begun_;
  ++open_;
  if (const auto next = pace_->next(stage.now())) stage.schedule(*next);
  stage.from().sockets().connect(0, {IpAddress(*to), target.port.value_or(0)}, stage.owner());
}

// Many connects are one item: the last to report ends it, the first failure is its outcome.
void TcpTraffic::on_probe(const ProbeReport& report, TrafficStage& stage) {
  if (outcome_.result == ProbeResult::pending || outcome_.result == ProbeResult::answered) {
    outcome_ = report.outcome;
    summary_ = report.summary;
  }
  connected_ += report.outcome.result == ProbeResult::answered;
  if (--open_ > 0 || !pace_->finished()) return;
  if (begun_ > 1) summary_ = fmt::format("{} of {} connected; {}", connected_, begun_, summary_);
  stage.finish(outcome_, std::move(summary_));
}

}  // namespace natsim
