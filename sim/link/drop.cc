#include "sim/link/drop.h"

#include "sim/wire/ethernet.h"
#include "sim/wire/vlan.h"

namespace natsim {

void report_drop(Lane& lane, NodeId node, IfIndex interface, const Packet& frame, Cause cause) {
  if (lane.observer == nullptr) return;
  Visit visit;
  visit.when = lane.simulator.now();
  visit.order = lane.simulator.order();
  visit.node = node;
  visit.in = interface;
  visit.journey = frame.journey();
  visit.outcome = Outcome::dropped;
  visit.reason = {cause, nullptr};
  visit.before.assign(frame.bytes().begin(), frame.bytes().end());
  lane.observer->on_visit(visit);
}

std::size_t tag_bytes(ByteSpan frame) {
  std::size_t bytes = 0;
  while (bytes < 8 && frame.size() >= kVlanTagOffset + bytes + kVlanTagBytes + 2 &&
         VlanView::checked(frame.subspan(kVlanTagOffset + bytes)).ok())
    bytes += kVlanTagBytes;
  return bytes;
}

}  // namespace natsim
