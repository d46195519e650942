// `dns`, `http`, `tls`, `traceroute`, `scan`: what programs do, one after the other.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "sim/network/errand.h"
#include "sim/network/traffic_source.h"

namespace natsim {

class ErrandTraffic final : public TrafficSource, private ErrandListener {
 public:
  bool aims() const override { return false; }
  void step(TrafficStage& stage) override;

 private:
  void on_errand(std::uint64_t tag, const ErrandResult& result) override;

  TrafficStage* stage_ = nullptr;
  std::optional<Pacer> pace_;
  std::uint64_t begun_ = 0, done_ = 0, well_ = 0;
  ProbeOutcome outcome_;
  std::string summary_;
  Findings findings_;
  std::vector<std::unique_ptr<Errand>> errands_;
};

}  // namespace natsim
