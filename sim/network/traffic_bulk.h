// `bulk: "b:5001"` with `bytes: 10MB` or `for: 10s`: as much as TCP can carry.
#pragma once

#include "sim/network/traffic_source.h"
#include "sim/service/bulk.h"

namespace natsim {

class BulkTraffic final : public TrafficSource, private BulkListener {
 public:
  void step(TrafficStage& stage) override;

 private:
  void on_bulk(const BulkReport& report) override;
  TrafficStage* stage_ = nullptr;
};

}  // namespace natsim
