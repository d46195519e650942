#include "sim/transport/congestion_control.h"

#include "sim/transport/cubic.h"
#include "sim/transport/new_reno.h"

namespace natsim {

std::unique_ptr<CongestionControl> CongestionControl::make(CongestionAlgorithm algorithm,
                                                           std::uint32_t segment_octets,
                                                           std::uint32_t window_octets) {
  if (algorithm == CongestionAlgorithm::cubic)
    return std::make_unique<Cubic>(segment_octets, window_octets);
  return std::make_unique<NewReno>(segment_octets, window_octets);
}

const char* to_string(CongestionAlgorithm algorithm) {
  return algorithm == CongestionAlgorithm::cubic ? "cubic" : "reno";
}

}  // namespace natsim
