// `udp: "web:53"`: datagrams at a pace.
#pragma once

#include "sim/network/traffic_source.h"

namespace natsim {

class UdpTraffic final : public TrafficSource {
 public:
  void step(TrafficStage& stage) override;
};

}  // namespace natsim
