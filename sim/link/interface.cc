#include "sim/link/interface.h"

#include "sim/link/cable.h"
#include "sim/link/drop.h"
#include "sim/wire/ethernet.h"

namespace natsim {

void Interface::send(Packet&& frame) {
  if (frame.size() < kEthernetFrameBytesMin) frame.pad(kEthernetFrameBytesMin);
  ++sent_.frames;
  sent_.bytes += frame.size();
  if (lane_->observer != nullptr) [[unlikely]]
    tell(Direction::sent, frame);
  if (channel_ == nullptr) [[unlikely]]
    return drop(std::move(frame), Cause::link_down);
  channel_->transmit(std::move(frame));
}

void Interface::receive(Packet&& frame) {
  ++received_.frames;
  received_.bytes += frame.size();
  if (lane_->observer != nullptr) [[unlikely]]
    tell(Direction::received, frame);
  if (frame.size() > mtu_ + kEthernetHeaderBytes) [[unlikely]] {
    // ETH-18: tags do not count, the payload alone must fit.
    if (frame.size() > mtu_ + kEthernetHeaderBytes + tag_bytes(frame.bytes()))
      return drop(std::move(frame), Cause::frame_too_long);
  }
  owner_->on_frame(*this, std::move(frame));
}

void Interface::tell(Direction direction, const Packet& frame) {
  lane_->observer->on_frame({lane_->simulator.now(), lane_->simulator.order(), node_, index_,
                             direction, frame.journey(), frame.bytes()});
}

void Interface::drop(Packet&& frame, Cause cause) {
  report_drop(*lane_, node_, index_, frame, cause);
}

}  // namespace natsim
