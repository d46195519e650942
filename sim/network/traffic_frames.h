// `frame: …` and `replay: …`: raw input, put on the cable as if the interface had sent it.
#pragma once

#include "sim/network/traffic_source.h"

namespace natsim {

class FrameTraffic final : public TrafficSource {
 public:
  std::optional<std::string> prepare(const spec::Traffic& item, const CaptureReader& read) override;
  void step(TrafficStage& stage) override;

 private:
  std::vector<ReplayFrame> frames_;
  std::size_t next_ = 0;
  std::optional<Pacer> pace_;
  std::uint64_t repetitions_ = 0;
};

}  // namespace natsim
