#include "sim/network/traffic_ping.h"

namespace natsim {

void PingTraffic::step(TrafficStage& stage) {
  const spec::Traffic& item = stage.item();
  const auto to = stage.aim(std::get<spec::Ping>(item.what).to);
  if (!to) return;
  PingOptions options;
  options.destination = IpAddress(*to);
  options.pace = stage.pacer();
  if (item.size > 0) options.size = std::uint16_t(item.size);
  stage.from().sockets().ping(options, stage.owner());
}

}  // namespace natsim
