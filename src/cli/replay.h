// Captures that a topology file names.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/network/scenario.h"

namespace natsim {

/// Reads for ScenarioOptions::read_capture. Relative paths start at the folder of `topology_path`.
/// `failed` is set when a capture cannot be read; it outlives the function.
std::function<std::optional<std::string>(const std::string&, std::vector<ReplayFrame>&)>
capture_reader(const std::string& topology_path, bool& failed);

}  // namespace natsim
