#include "sim/link/cable.h"

#include <fmt/format.h>

#include "sim/link/drop.h"
#include "sim/wire/ethernet.h"

namespace natsim {

struct Channel::Dice {
  Prng loss, duplicate, reorder, corrupt, jitter;
  Instant last_arrival;
};

struct Channel::Cut {
  Landing landing;
  Mailbox& mailbox;
};

Channel::Channel(Lane& lane, OrderSource& order, const ChannelOptions& options, Interface& from,
                 Interface& to, std::uint64_t seed, std::string_view name)
    : lane_(lane),
      order_(order),
      delay_(options.delay),
      landing_(lane, to),
      from_(from),
      options_(options) {
  const std::uint64_t bps = options_.bandwidth_bps;
  ps_per_byte_ = bps == 0 ? 0 : (8'000'000'000'000 + bps - 1) / bps;
  queue_time_max_ = Duration::nanoseconds(
      std::int64_t(std::uint64_t(options_.queue_bytes_max) * ps_per_byte_ / 1000));
  untagged_bytes_max_ = options_.mtu + kEthernetHeaderBytes;
  special_ = options_.jitter > Duration() || !options_.loss.zero() || !options_.duplicate.zero() ||
             !options_.reorder.zero() || !options_.corrupt.zero();
  if (special_) {
    const auto stream = [&](const char* what) {
      return Prng::stream(seed, fmt::format("link/{}/{}", name, what));
    };
    dice_ = std::make_unique<Dice>(Dice{stream("loss"), stream("duplicate"), stream("reorder"),
                                        stream("corrupt"), stream("jitter"), Instant()});
  }
}

Channel::~Channel() = default;

void Channel::cut(Lane& far, Mailbox& mailbox) {
  SIM_CHECK(can_be_cut(options_) && cut_ == nullptr);
  cut_ = std::unique_ptr<Cut>(new Cut{Landing(far, landing_.to()), mailbox});
  special_ = true;
}

ChannelCounters Channel::counters() const {
  ChannelCounters counters = counters_;
  counters.delivered = (cut_ == nullptr ? landing_ : cut_->landing).delivered();
  return counters;
}

void Channel::transmit_specially(Packet&& frame, Instant arrival) {
  if (dice_ != nullptr) return transmit_impaired(std::move(frame), arrival);
  pass(arrival, std::move(frame));
}

void Channel::pass(Instant arrival, Packet&& frame) {
  const EventOrder order = order_.next();
  if (cut_ != nullptr) return cut_->mailbox.post(cut_->landing, arrival, order, frame);
  landing_.add(arrival, order, std::move(frame));
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
    landing_.add_apart(arrival - options_.delay, order_.next(), std::move(frame));
  } else {
    arrival = arrival + Duration::nanoseconds(std::int64_t(jitter));
    if (arrival < dice_->last_arrival) arrival = dice_->last_arrival;
    dice_->last_arrival = arrival;
    pass(arrival, std::move(frame));
  }
  if (copy) pass(std::max(arrival, dice_->last_arrival), std::move(copy));
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

}  // namespace natsim
