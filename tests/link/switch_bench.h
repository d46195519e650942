// A switch with one far end on each of its ports, called p1, p2 … like the ports.
#pragma once

#include <string>
#include <vector>

#include "tests/support/lab.h"

namespace natsim::lab {

class SwitchBench {
 public:
  /// `ports`: what each makes of VLANs. The cables take 1 ms.
  explicit SwitchBench(const std::vector<PortVlans>& ports, std::uint32_t mtu = 1500,
                       Duration ageing = Switch::kAgeingDefault)
      : bridge(lab.bridge("sw", ageing)) {
    for (const PortVlans& port : ports) {
      ends_.push_back(&lab.far("p" + std::to_string(ends_.size() + 1)));
      lab.cable({bridge, port, mtu}, *ends_.back());
    }
  }
  /// Without VLANs.
  explicit SwitchBench(std::size_t ports, std::uint32_t mtu = 1500,
                       Duration ageing = Switch::kAgeingDefault)
      : SwitchBench(std::vector<PortVlans>(ports), mtu, ageing) {}

  /// The far end at port p<number>.
  FarEnd& p(std::size_t number) { return *ends_.at(number - 1); }
  MacAddress mac(std::size_t number) { return p(number).mac(); }

  /// Sends from p<number> and tells who got something then: "p2 p3"; "nobody".
  std::string reach_of(std::size_t number, const Frame& frame) {
    for (FarEnd* end : ends_) end->skip();
    p(number).sends(0_ms, frame);
    lab.run(10_ms);
    std::string reached;
    for (FarEnd* end : ends_)
      for (std::size_t i = 0; i < end->waiting(); ++i)
        reached += (reached.empty() ? "" : " ") + end->name();
    return reached.empty() ? "nobody" : reached;
  }
  /// Makes the switch learn where p<number>'s station is.
  void introduce(std::size_t number) { reach_of(number, raw().to_all()); }

  Lab lab;
  Switch& bridge;

 private:
  std::vector<FarEnd*> ends_;
};

}  // namespace natsim::lab
