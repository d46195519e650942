#include "sim/network/traffic_udp.h"

namespace natsim {

void UdpTraffic::step(TrafficStage& stage) {
  const spec::Traffic& item = stage.item();
  const auto& udp = std::get<spec::UdpSend>(item.what);
  const auto to = stage.aim(udp.to);
  if (!to) return;
  UdpFlowOptions options;
  options.destination = *to;
  options.destination_port = udp.to.port.value_or(0);
  options.pace = stage.pacer();
  options.payload.assign(udp.text.begin(), udp.text.end());
  if (item.size > 0) options.payload.resize(item.size, std::uint8_t('.'));
  if (!stage.from().sockets().send_udp(std::move(options), stage.owner()))
    stage.finish({ProbeResult::unreachable, {}}, "no free source port");
}

}  // namespace natsim
