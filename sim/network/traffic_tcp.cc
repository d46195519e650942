#include "sim/network/traffic_tcp.h"

#include <utility>

namespace natsim {

void TcpTraffic::step(TrafficStage& stage) {
  const spec::Traffic& item = stage.item();
  const spec::Target& target = std::get<spec::TcpConnect>(item.what).to;
  const auto to = stage.aim(target);
  if (!to) return;
  ++open_;
  if (++begun_ < item.count)
    stage.schedule(stage.now() + item.interval.value_or(Duration::milliseconds(10)));
  stage.from().sockets().connect(0, {IpAddress(*to), target.port.value_or(0)}, stage.owner());
}

// Many connects are one item: the last to report ends it, the first failure is its outcome.
void TcpTraffic::on_probe(const ProbeReport& report, TrafficStage& stage) {
  if (outcome_.result == ProbeResult::pending || outcome_.result == ProbeResult::answered) {
    outcome_ = report.outcome;
    summary_ = report.summary;
  }
  if (--open_ == 0 && begun_ == stage.item().count) stage.finish(outcome_, std::move(summary_));
}

}  // namespace natsim
