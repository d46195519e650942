// The reader of topology files: whatever the bytes, it ends, and every problem can be shown.
#include <cstddef>
#include <cstdint>
#include <string>

#include "sim/base/check.h"
#include "src/topology/reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  natsim::SourceMap sources;
  const auto result = natsim::read_topology(sources, "fuzz.yaml",
                                            std::string(reinterpret_cast<const char*>(data), size));
  bool error = false;
  for (const auto& problem : result.problems) {
    const std::string text = natsim::render_problem(problem, sources, false);
    SIM_CHECK(!text.empty() && text.back() == '\n');
    SIM_CHECK(text.find('\x1b') == std::string::npos);
    SIM_CHECK(!problem.message.empty());
    error |= problem.severity == natsim::Severity::error;
  }
  SIM_CHECK(result.topology.has_value() == !error);
  return 0;
}
