// Reads a capture file whole, to be replayed.
#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

#include "sim/base/bytes.h"
#include "sim/base/result.h"
#include "sim/base/time.h"

namespace natsim {

struct CapturedFrame {
  /// Since the first frame; never less than the frame before. Captures of several interfaces may
  /// step back a little: such a frame counts as simultaneous with the one before.
  Duration offset;
  Bytes bytes;
  bool operator==(const CapturedFrame&) const = default;
};

struct CaptureLimits {
  std::size_t frames_max = 1'000'000;
  std::size_t bytes_max = std::size_t(1) << 30;  ///< of all frames together
  std::size_t frame_bytes_max = 65535 + 22;      ///< of one: what the simulator can carry
};

/// The frames of the pcap or pcapng file at `path`, with nanosecond precision where the file has
/// it. Errors are a sentence that leaves out the path: no such file, no Ethernet, frames that were
/// cut short when they were captured, more than the limits allow, damage.
Result<std::vector<CapturedFrame>, std::string> read_capture(const std::string& path,
                                                             const CaptureLimits& limits = {});

/// The same from the bytes of a file.
Result<std::vector<CapturedFrame>, std::string> read_capture(ByteSpan file,
                                                             const CaptureLimits& limits = {});

}  // namespace natsim
