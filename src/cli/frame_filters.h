// Expectations count frames by libpcap's filters.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "sim/network/frame_counter.h"

namespace natsim {

/// For ScenarioOptions::compile_filter.
std::optional<std::string> compile_frame_filter(const std::string& expression, FrameFilter& filter);

}  // namespace natsim
