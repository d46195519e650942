#include "src/cli/replay.h"

#include <utility>

#include "src/capture/read.h"

namespace natsim {

std::function<std::optional<std::string>(const std::string&, std::vector<ReplayFrame>&)>
capture_reader(const std::string& topology_path, bool& failed) {
  const std::string folder = topology_path.substr(0, topology_path.rfind('/') + 1);
  return [folder, &failed](const std::string& path,
                           std::vector<ReplayFrame>& frames) -> std::optional<std::string> {
    auto read = read_capture(path.starts_with('/') ? path : folder + path);
    if (!read.ok()) {
      failed = true;
      return read.error();
    }
    for (CapturedFrame& frame : *read) frames.push_back({frame.offset, std::move(frame.bytes)});
    return std::nullopt;
  };
}

}  // namespace natsim
