#include "sim/network/traffic_bulk.h"

#include <memory>
#include <utility>

namespace natsim {

void BulkTraffic::step(TrafficStage& stage) {
  stage_ = &stage;
  const auto& bulk = std::get<spec::Bulk>(stage.item().what);
  const auto to = stage.aim(bulk.to);
  if (!to) return;
  BulkOptions options;
  options.bytes = bulk.bytes;
  options.congestion = bulk.congestion_control;
  if (bulk.duration) options.until = stage.now() + *bulk.duration;
  BulkListener& listener = *this;
  stage.from().sockets().connect({IpAddress(*to), bulk.to.port.value_or(0)},
                                 std::make_unique<BulkSender>(options, listener, stage.now()));
}

void BulkTraffic::on_bulk(const BulkReport& report) {
  const ProbeOutcome outcome{report.end == StreamEnd::closed        ? ProbeResult::answered
                             : report.end == StreamEnd::timed_out   ? ProbeResult::timed_out
                             : report.end == StreamEnd::unreachable ? ProbeResult::unreachable
                                                                    : ProbeResult::refused,
                             {}};
  stage_->finish(outcome, report.to_string());
}

}  // namespace natsim
