// `tcp: "web:80"`: connections that are opened and closed, one after the other.
#pragma once

#include "sim/network/traffic_source.h"

namespace natsim {

class TcpTraffic final : public TrafficSource {
 public:
  void step(TrafficStage& stage) override;
  void on_probe(const ProbeReport& report, TrafficStage& stage) override;

 private:
  std::optional<Pacer> pace_;
  std::uint64_t begun_ = 0, connected_ = 0;
  std::uint64_t open_ = 0;  // have not reported
  ProbeOutcome outcome_;
  std::string summary_;
};

}  // namespace natsim
