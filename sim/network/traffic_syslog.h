// `syslog: collector`: lines for a log collector.
#pragma once

#include "sim/network/traffic_source.h"
#include "sim/service/syslog.h"

namespace natsim {

class SyslogTraffic final : public TrafficSource {
 public:
  void step(TrafficStage& stage) override;

 private:
  void log(TrafficStage& stage, Ipv4Address collector);

  std::optional<Pacer> pace_;
  SyslogSender* sender_ = nullptr;  // belongs to its node
  std::uint64_t sent_ = 0;
};

}  // namespace natsim
