// `ping: web`: echo requests.
#pragma once

#include "sim/network/traffic_source.h"

namespace natsim {

class PingTraffic final : public TrafficSource {
 public:
  void step(TrafficStage& stage) override;
};

}  // namespace natsim
