// TCP at full speed: host - router - host, cables alike; the second one may lose what goes forth.
#pragma once

#include <cstdint>
#include <string>

#include "tools/bench/scenario/meter.h"
#include "tools/bench/scenario/settings.h"

namespace natsim::bench {

struct BulkFigures {
  std::uint64_t bytes = 0;     ///< that reached the program at the far end
  std::uint64_t segments = 0;  ///< of both directions
  Cost cost;
  std::string trouble;
};

/// Runs `settings.seconds` of it, by simulated time.
BulkFigures run_bulk(const Settings& settings);

}  // namespace natsim::bench
