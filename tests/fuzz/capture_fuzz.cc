// Whatever a capture file holds, reading it ends with frames inside the limits or with a reason.
#include <cstddef>
#include <cstdint>

#include "sim/base/check.h"
#include "src/capture/read.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const natsim::CaptureLimits limits{1000, std::size_t(1) << 20, 65535};
  const auto frames = natsim::read_capture(natsim::ByteSpan(data, size), limits);
  if (!frames.ok()) {
    SIM_CHECK(!frames.error().empty());
    return 0;
  }
  SIM_CHECK(frames->size() <= limits.frames_max);
  std::size_t bytes = 0;
  natsim::Duration before;
  for (const natsim::CapturedFrame& frame : *frames) {
    SIM_CHECK(frame.offset >= before);
    before = frame.offset;
    SIM_CHECK(frame.bytes.size() <= limits.frame_bytes_max);
    bytes += frame.bytes.size();
  }
  SIM_CHECK(bytes <= limits.bytes_max && bytes <= size);
  return 0;
}
