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
#include "sim/link/lane.h"

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
class Channel final : private EventHandler {
 public:
  /// `order` is the sending node's. Nothing is owned; all must outlive the channel.
  Channel(Lane& lane, OrderSource& order, const ChannelOptions& options, Interface& from,
          Interface& to, std::uint64_t seed, std::string_view name);
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  ~Channel();

  const ChannelOptions& options() const { return options_; }
  const ChannelCounters& counters() const { return counters_; }

  void transmit(Packet&& frame) {
    const Instant now = lane_.simulator.now();
    const Instant start = busy_until_ > now ? busy_until_ : now;
    if (start - now > queue_time_max_) [[unlikely]]
      return refuse(std::move(frame), Cause::queue_full);
    if (frame.size() > untagged_bytes_max_ && is_too_long(frame)) [[unlikely]]
      return refuse(std::move(frame), Cause::frame_too_long);
    busy_until_ = start + transmission_time(frame.size());
    const Instant arrival = busy_until_ + options_.delay;
    if (impaired_) [[unlikely]]
      return transmit_impaired(std::move(frame), arrival);
    enqueue(arrival, std::move(frame));
  }

 private:
  /// A frame under way.
  struct Flying {
    Instant arrival;
    EventOrder order;
    PacketBuffer* packet;
  };
  static constexpr std::uint64_t kFirstOfRing = 0;  // event argument; otherwise a PacketBuffer*

  Duration transmission_time(std::size_t bytes) const {
    return Duration::nanoseconds(std::int64_t((bytes * ps_per_byte_ + 999) / 1000));
  }
  void enqueue(Instant arrival, Packet&& frame) {
    const Flying flying{arrival, order_.next(), frame.release()};
    if (count_ == ring_size_) [[unlikely]]
      grow();
    ring_[(first_ + count_) & (ring_size_ - 1)] = flying;
    if (count_++ == 0) lane_.simulator.schedule(flying.arrival, flying.order, *this, kFirstOfRing);
  }
  void on_event(std::uint64_t argument) override;
  void overtake(Packet&& frame, Instant arrival);
  Packet take_overtaking(std::uint64_t argument);
  void transmit_impaired(Packet&& frame, Instant arrival);
  void corrupt(Packet& frame);
  bool is_too_long(const Packet& frame) const;
  void refuse(Packet&& frame, Cause cause);
  void grow();

  Lane& lane_;
  OrderSource& order_;
  Interface& from_;
  Interface& to_;
  ChannelOptions options_;
  std::uint64_t ps_per_byte_;
  Duration queue_time_max_;
  std::size_t untagged_bytes_max_;
  bool impaired_;
  Instant busy_until_;
  std::unique_ptr<Flying[]> ring_;
  std::uint32_t ring_size_ = 0;  // its capacity, a power of two or nothing
  std::uint32_t first_ = 0;
  std::uint32_t count_ = 0;
  ChannelCounters counters_;
  // Of an impaired channel only: the others carry no dice.
  struct Dice;
  std::unique_ptr<Dice> dice_;
};

}  // namespace natsim
