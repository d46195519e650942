// A NAT gateway alone: frames from a bare interface to a bare interface, as the kernel is measured.
#pragma once

#include "tools/bench/scenario/load.h"
#include "tools/bench/scenario/settings.h"

namespace natsim::bench {

/// Frames of `settings.flows` connections in turn come in by a masquerading router's lan and are
/// counted as they leave its wan: no socket and no stack at either end. Their checksums are the
/// router's to verify. Each connection has had one frame before the clock starts.
Figures run_gateway(const Settings& settings);

}  // namespace natsim::bench
