// A cable: one channel for each direction.
//
// A channel is a FIFO. When a frame is handed over, the time at which it will have left the
// transmitter and the time at which it will arrive are arithmetic, so a frame costs one event, and
// of all the frames that are under way only the first is in the event queue:
//
//   start   = max(now, busy_until)             drop-tail: start - now is what waits before it
//   end     = start + size / bandwidth          busy_until from now on
//   arrival = end + delay (+ jitter)
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/random.h"
#include "sim/base/time.h"
#include "sim/engine/event.h"
#include "sim/link/interface.h"
#include "sim/link/landing.h"
#include "sim/link/lane.h"
#include "sim/link/mailbox.h"

namespace natsim {

struct ChannelOptions {
  Duration delay = Duration::microseconds(10);
  std::uint64_t bandwidth_bps = 1'000'000'000;  ///< bits of frame a second; 0: takes no time
  std::uint32_t queue_bytes_max = 512 * 1024;   ///< that may wait before a frame; 0: none may
  std::uint32_t mtu = 9216;                     ///< longest payload of a frame, bytes
  Duration jitter{};                            ///< up to this much more delay, order is kept
  Ratio loss{};
  Ratio duplicate{};
  Ratio reorder{};  ///< of frames that overtake: they skip the delay
  Ratio corrupt{};  ///< one bit flipped somewhere in the frame
};

struct ChannelCounters {
  std::uint64_t delivered = 0;
  std::uint64_t lost = 0;
  std::uint64_t queue_full = 0;
};

/// One direction of a cable. The chances of loss and the like come from streams named after the
/// cable ("link/<name>/loss"), each drawn once a frame, so that setting one does not move another.
class Channel {
 public:
  /// `order` is the sending node's. Nothing is owned; all must outlive the channel.
  Channel(Lane& lane, OrderSource& order, const ChannelOptions& options, Interface& from,
          Interface& to, std::uint64_t seed, std::string_view name);
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  ~Channel();

  /// The receiver is in another part of the network, which runs on `far` lane: what is transmitted
  /// from now on goes there by mail. Neither is owned. REQUIRES: can_be_cut(options()).
  void cut(Lane& far, Mailbox& mailbox);
  /// Whether frames need some time for sure: none overtakes the others.
  static bool can_be_cut(const ChannelOptions& options) {
    return options.delay > Duration() && options.reorder.zero();
  }

  const ChannelOptions& options() const { return options_; }
  ChannelCounters counters() const;

  void transmit(Packet&& frame) {
    const Instant now = lane_.simulator.now();
    const Instant start = busy_until_ > now ? busy_until_ : now;
    if (start - now > queue_time_max_) [[unlikely]]
      return refuse(std::move(frame), Cause::queue_full);
    if (frame.size() > untagged_bytes_max_ && is_too_long(frame)) [[unlikely]]
      return refuse(std::move(frame), Cause::frame_too_long);
    busy_until_ = start + transmission_time(frame.size());
    const Instant arrival = busy_until_ + delay_;
    if (special_) [[unlikely]]
      return transmit_specially(std::move(frame), arrival);
    landing_.add(arrival, order_.next(), std::move(frame));
  }

 private:
  Duration transmission_time(std::size_t bytes) const {
    return Duration::nanoseconds(std::int64_t((bytes * ps_per_byte_ + 999) / 1000));
  }
  void transmit_specially(Packet&& frame, Instant arrival);
  void transmit_impaired(Packet&& frame, Instant arrival);
  void pass(Instant arrival, Packet&& frame);
  void corrupt(Packet& frame);
  bool is_too_long(const Packet& frame) const;
  void refuse(Packet&& frame, Cause cause);

  // What every frame needs comes first: two cache lines.
  Lane& lane_;
  OrderSource& order_;
  Instant busy_until_;
  Duration queue_time_max_;
  std::size_t untagged_bytes_max_;
  std::uint64_t ps_per_byte_;
  Duration delay_;
  bool special_;  // impaired or cut
  Landing landing_;
  Interface& from_;
  ChannelOptions options_;
  ChannelCounters counters_;
  // Of an impaired channel only: the others carry no dice.
  struct Dice;
  std::unique_ptr<Dice> dice_;
  // Of one that is cut: its landing is the other part's, and nothing comes out of landing_.
  struct Cut;
  std::unique_ptr<Cut> cut_;
};

}  // namespace natsim
