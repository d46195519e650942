#include "src/capture/pcap.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "sim/base/check.h"

namespace natsim {
namespace {

struct RecordHead {
  std::uint32_t seconds, nanoseconds, captured, original;
};
static_assert(sizeof(RecordHead) == 16);

}  // namespace

PcapWriter::PcapWriter(BufferedFile file, Epoch epoch) : file_(std::move(file)), epoch_(epoch) {
  SIM_CHECK(epoch.valid());
  const PcapFileHead head;
  file_.append({reinterpret_cast<const std::uint8_t*>(&head), sizeof head});
}

void PcapWriter::record(Instant when, ByteSpan frame) {
  const std::size_t captured = std::min<std::size_t>(frame.size(), kSnapLength);
  const std::uint64_t time = epoch_.wall_clock_ns(when);
  const RecordHead head{std::uint32_t(time / 1'000'000'000), std::uint32_t(time % 1'000'000'000),
                        std::uint32_t(captured), std::uint32_t(frame.size())};
  const std::size_t size = sizeof head + captured;
  std::uint8_t* const to = file_.reserve(size);
  std::memcpy(to, &head, sizeof head);
  std::copy_n(frame.data(), captured, to + sizeof head);
  file_.commit(size);
}

}  // namespace natsim
