#include "src/cli/frame_filters.h"

#include <memory>
#include <utility>

#include "src/capture/filter.h"

namespace natsim {

std::optional<std::string> compile_frame_filter(const std::string& expression,
                                                FrameFilter& filter) {
  auto compiled = CaptureFilter::compile(expression);
  if (!compiled.ok()) return compiled.error();
  // A std::function wants to be copied, a compiled filter does not.
  const auto shared = std::make_shared<CaptureFilter>(std::move(compiled).value());
  filter = [shared](ByteSpan frame) { return shared->matches(frame); };
  return std::nullopt;
}

}  // namespace natsim
