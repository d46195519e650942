// natsim trace FILE FROM PROTO TO[:PORT]
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/network/spec.h"
#include "src/cli/terminal.h"

namespace natsim {

struct TraceOptions {
  std::string file;
  spec::Expectation probe;  ///< expected to be delivered
  std::optional<std::uint64_t> seed;
  bool one_way = false;
  bool json = false;
  ColourChoice colour = ColourChoice::automatic;
};

/// Returns the exit status: 0 delivered, 1 not.
int trace(const TraceOptions& options);

}  // namespace natsim
