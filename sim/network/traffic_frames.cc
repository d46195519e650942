#include "sim/network/traffic_frames.h"

#include <fmt/format.h>

namespace natsim {

std::optional<std::string> FrameTraffic::prepare(const spec::Traffic& item,
                                                 const CaptureReader& read) {
  if (const auto* raw = std::get_if<spec::RawFrame>(&item.what)) {
    frames_.push_back({Duration(), raw->bytes});
    return std::nullopt;
  }
  const auto* const replay = std::get_if<spec::Replay>(&item.what);
  if (replay == nullptr) return std::nullopt;
  const auto error = read ? read(replay->path, frames_)
                          : std::optional<std::string>("no captures can be read here");
  if (!error) return std::nullopt;
  return fmt::format("cannot replay '{}': {}", replay->path, *error);
}

void FrameTraffic::step(TrafficStage& stage) {
  const spec::Traffic& item = stage.item();
  IpNode& from = stage.from();
  if (!pace_) pace_ = stage.pacer();
  if (next_ < frames_.size()) {
    const ReplayFrame& next = frames_[next_++];
    Packet frame = from.lane().pool.copy(next.frame);
    frame.set_journey(from.stack().next_journey());
    from.port(*from.find_interface(item.from.interface)).send(std::move(frame));
    if (next_ < frames_.size())
      return stage.schedule(stage.now() + (frames_[next_].offset - next.offset));
  }
  ++repetitions_;
  const auto again = pace_->next(stage.now());
  if (again && !frames_.empty()) {
    next_ = 0;
    return stage.schedule(*again);
  }
  stage.finish({ProbeResult::answered, {}},
               fmt::format("{} frames sent", frames_.size() * repetitions_));
}

}  // namespace natsim
