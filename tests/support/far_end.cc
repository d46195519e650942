#include "tests/support/far_end.h"

#include <algorithm>
#include <utility>

#include "sim/wire/arp.h"
#include "sim/wire/ethernet.h"

namespace natsim::lab {
namespace {

bool is_arp_frame(const Sighting& seen) {
  return Dissected(seen).type == std::uint16_t(EtherType::arp);
}

}  // namespace

FarEnd::FarEnd(Lane& lane, NodeId id, std::string name, MacAddress mac, const Storyteller& teller)
    : lane_(lane),
      name_(std::move(name)),
      order_(id),
      interface_(lane, *this, id, IfIndex{0}, "far", mac, 65'535),
      teller_(teller),
      journeys_(std::uint64_t(id.value) << 40 | 1) {}

void FarEnd::sends(Duration later, const Frame& frame) {
  script_.push_back(frame.bytes(mac(), peer_));
  lane_.simulator.schedule(lane_.simulator.now() + later, order_.next(), *this, script_.size() - 1);
}

void FarEnd::on_event(std::uint64_t number) { put_on_cable(script_[number]); }

void FarEnd::put_on_cable(const Bytes& bytes) {
  Packet packet = lane_.pool.copy(bytes);
  packet.set_journey({journeys_++});
  interface_.send(std::move(packet));
}

void FarEnd::on_frame(Interface&, Packet&& frame) {
  const ByteSpan bytes = frame.bytes();
  heard_.push_back({lane_.simulator.now(), {bytes.begin(), bytes.end()}, &teller_});
  answer_arp(heard_.back());
}

void FarEnd::answer_arp(const Sighting& seen) {
  const auto asked = Dissected(seen).arp;
  if (!asked || asked->operation != ArpOperation::request ||
      std::find(addresses_.begin(), addresses_.end(), asked->target_ip) == addresses_.end())
    return;
  const ArpHeader answer{ArpOperation::reply, mac(), asked->target_ip, asked->sender_mac,
                         asked->sender_ip};
  Bytes frame(kEthernetHeaderBytes + kArpBytes);
  EthernetHeader{asked->sender_mac, mac(), EtherType::arp}.emit(frame);
  answer.emit(MutableByteSpan(frame).subspan(kEthernetHeaderBytes));
  put_on_cable(frame);
}

bool FarEnd::passes_over(const Sighting& seen) const {
  return !addresses_.empty() && is_arp_frame(seen);
}

Sighting FarEnd::next() {
  while (looked_at_ < heard_.size())
    if (const Sighting& seen = heard_[looked_at_++]; !passes_over(seen)) return seen;
  return {lane_.simulator.now(), {}, &teller_};
}

Sighting FarEnd::next_arp() {
  while (arp_looked_at_ < heard_.size())
    if (const Sighting& seen = heard_[arp_looked_at_++]; is_arp_frame(seen)) return seen;
  return {lane_.simulator.now(), {}, &teller_};
}

std::size_t FarEnd::waiting() const {
  return std::size_t(std::count_if(heard_.begin() + std::ptrdiff_t(looked_at_), heard_.end(),
                                   [this](const Sighting& seen) { return !passes_over(seen); }));
}

void FarEnd::skip() { looked_at_ = arp_looked_at_ = heard_.size(); }

}  // namespace natsim::lab
