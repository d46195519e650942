#include "sim/link/cable.h"

#include <fmt/format.h>

#include "sim/link/drop.h"
#include "sim/wire/ethernet.h"

namespace natsim {

struct Channel::Dice {
  Prng loss, duplicate, reorder, corrupt, jitter;
  Instant last_arrival;
  std::vector<PacketBuffer*> overtaking;  // each has an event of its own
};

Channel::Channel(Lane& lane, OrderSource& order, const ChannelOptions& options, Interface& from,
                 Interface& to, std::uint64_t seed, std::string_view name)
    : lane_(lane), order_(order), from_(from), to_(to), options_(options) {
  const std::uint64_t bps = options_.bandwidth_bps;
  ps_per_byte_ = bps == 0 ? 0 : (8'000'000'000'000 + bps - 1) / bps;
  queue_time_max_ = Duration::nanoseconds(
      std::int64_t(std::uint64_t(options_.queue_bytes_max) * ps_per_byte_ / 1000));
  untagged_bytes_max_ = options_.mtu + kEthernetHeaderBytes;
  impaired_ = options_.jitter > Duration() || !options_.loss.zero() || !options_.duplicate.zero() ||
              !options_.reorder.zero() || !options_.corrupt.zero();
  if (impaired_) {
    const auto stream = [&](const char* what) {
      return Prng::stream(seed, fmt::format("link/{}/{}", name, what));
    };
    dice_ = std::make_unique<Dice>(Dice{stream("loss"),
                                        stream("duplicate"),
                                        stream("reorder"),
                                        stream("corrupt"),
                                        stream("jitter"),
                                        Instant(),
                                        {}});
  }
}

Channel::~Channel() {
  for (; count_ > 0; --count_, ++first_) Packet::adopt(ring_[first_ & (ring_size_ - 1)].packet);
  if (dice_ == nullptr) return;
  for (PacketBuffer* const packet : dice_->overtaking) Packet::adopt(packet);
}

void Channel::on_event(std::uint64_t argument) {
  ++counters_.delivered;
  if (argument != kFirstOfRing) [[unlikely]]
    return to_.receive(take_overtaking(argument));
  const std::uint32_t mask = ring_size_ - 1;
  Packet frame = Packet::adopt(ring_[first_ & mask].packet);
  first_ = (first_ + 1) & mask;
  if (--count_ > 0) {
    const Flying& next = ring_[first_];
    lane_.simulator.schedule(next.arrival, next.order, *this, kFirstOfRing);
    // By the time it lands, its headers are in the cache.
    __builtin_prefetch(next.packet, 1);
  }
  to_.receive(std::move(frame));
}

void Channel::transmit_impaired(Packet&& frame, Instant arrival) {
  // Every die is cast for every frame, whatever the others say.
  const bool lost = dice_->loss.chance(options_.loss);
  const bool duplicated = dice_->duplicate.chance(options_.duplicate);
  const bool overtakes = dice_->reorder.chance(options_.reorder);
  const bool corrupted = dice_->corrupt.chance(options_.corrupt);
  const auto jitter = dice_->jitter.between(0, std::uint64_t(options_.jitter.ns()));
  if (lost) {
    ++counters_.lost;
    return report_drop(lane_, from_.node(), from_.index(), frame, Cause::link_loss);
  }
  Packet copy;
  if (duplicated) copy = lane_.pool.copy(frame, frame.headroom());
  if (corrupted) corrupt(frame);
  if (overtakes) {
    overtake(std::move(frame), arrival - options_.delay);
  } else {
    arrival = arrival + Duration::nanoseconds(std::int64_t(jitter));
    if (arrival < dice_->last_arrival) arrival = dice_->last_arrival;
    dice_->last_arrival = arrival;
    enqueue(arrival, std::move(frame));
  }
  if (copy) enqueue(std::max(arrival, dice_->last_arrival), std::move(copy));
}

void Channel::overtake(Packet&& frame, Instant arrival) {
  PacketBuffer* const packet = frame.release();
  dice_->overtaking.push_back(packet);
  lane_.simulator.schedule(arrival, order_.next(), *this,
                           std::uint64_t(reinterpret_cast<std::uintptr_t>(packet)));
}

Packet Channel::take_overtaking(std::uint64_t argument) {
  auto* const packet = reinterpret_cast<PacketBuffer*>(argument);
  std::erase(dice_->overtaking, packet);
  return Packet::adopt(packet);
}

void Channel::corrupt(Packet& frame) {
  frame.make_unique(lane_.pool);
  const std::uint64_t bit = dice_->corrupt.below(frame.size() * 8);
  frame.data()[bit / 8] ^= std::uint8_t(1u << (bit % 8));
  frame.set_flags(std::uint8_t(frame.flags() & ~Packet::kL4ChecksumGood));
}

// ETH-18: tags do not count, the payload alone must fit.
bool Channel::is_too_long(const Packet& frame) const {
  return frame.size() > untagged_bytes_max_ + tag_bytes(frame.bytes());
}

void Channel::refuse(Packet&& frame, Cause cause) {
  if (cause == Cause::queue_full) ++counters_.queue_full;
  report_drop(lane_, from_.node(), from_.index(), frame, cause);
}

void Channel::grow() {
  const std::uint32_t size = ring_size_ == 0 ? 4 : ring_size_ * 2;
  auto larger = std::make_unique<Flying[]>(size);
  for (std::uint32_t i = 0; i < count_; ++i) larger[i] = ring_[(first_ + i) & (ring_size_ - 1)];
  ring_ = std::move(larger);
  ring_size_ = size;
  first_ = 0;
}

}  // namespace natsim
