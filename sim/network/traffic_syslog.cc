#include "sim/network/traffic_syslog.h"

#include <fmt/format.h>

namespace natsim {
namespace {

/// For a port unreachable to come back.
constexpr Duration kPatience = Duration::seconds(1);

}  // namespace

void SyslogTraffic::step(TrafficStage& stage) {
  if (pace_ && pace_->finished()) {
    const ProbeOutcome& failure = sender_->failure();
    std::string summary = fmt::format("{} sent", sent_);
    if (failure.done()) summary += ", " + failure.to_string();
    const ProbeOutcome fine{ProbeResult::answered, {}};
    return stage.finish(failure.done() ? failure : fine, std::move(summary));
  }
  const auto to = stage.aim(std::get<spec::SyslogLine>(stage.item().what).to);
  if (!to) return;
  if (!pace_) pace_ = stage.pacer();
  const auto next = pace_->next(stage.now());
  stage.schedule(next.value_or(stage.now() + kPatience));
  log(stage, *to);
}

void SyslogTraffic::log(TrafficStage& stage, Ipv4Address collector) {
  const auto& line = std::get<spec::SyslogLine>(stage.item().what);
  Sockets& sockets = stage.from().sockets();
  if (sender_ == nullptr) {
    const Endpoint to{IpAddress(collector), line.to.port.value_or(kSyslogPort)};
    auto sender = std::make_unique<SyslogSender>(to, sockets.ports_for_next_service());
    sender_ = sender.get();
    sockets.run(std::move(sender));
  }
  SyslogMessage message;
  message.facility = line.facility;
  message.severity = line.severity;
  message.timestamp = syslog_timestamp(stage.now(), stage.place().epoch_s());
  message.host = stage.from().name();
  message.text = line.text;
  sent_ += sender_->log(message, stage.now());
  sockets.deadline_changed();
}

}  // namespace natsim
