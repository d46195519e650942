#include "sim/link/switch.h"

#include <algorithm>

#include "sim/link/drop.h"
#include "sim/wire/ethernet.h"

namespace natsim {
namespace {

/// 01-80-C2-00-00-01 … 0F: for the bridge itself, whatever it makes of them (802.1D 7.12.6). The
/// first of the block is the spanning tree's, and without one it is a group like any other
/// (ETH-10).
bool is_reserved_group(MacAddress mac) {
  return mac.as_u64() >= 0x0180'c200'0001 && mac.as_u64() <= 0x0180'c200'000f;
}

bool is_valid_type(std::uint16_t type) {  // ETH-12
  return type <= kEthernetLengthMax || type >= kEtherTypeMin;
}

}  // namespace

Switch::Switch(Lane& lane, NodeId node, Duration ageing)
    : lane_(lane), node_(node), ageing_(ageing) {}

Interface& Switch::add_port(std::string name, PortVlans vlans, MacAddress mac, std::uint32_t mtu) {
  const IfIndex index{std::uint32_t(ports_.size())};
  SIM_CHECK(index < kNoInterface);
  std::sort(vlans.allowed.begin(), vlans.allowed.end());
  auto interface =
      std::make_unique<Interface>(lane_, *this, node_, index, std::move(name), mac, mtu);
  ports_.push_back({std::move(interface), std::move(vlans)});
  return *ports_.back().interface;
}

void Switch::add_static(std::uint16_t vlan, MacAddress mac, IfIndex port) {
  fdb_[key(vlan, mac)] = {Instant(), port.value, true};
}

void Switch::flush(IfIndex port) {
  absl::erase_if(fdb_,
                 [port](const auto& e) { return e.second.port == port.value && !e.second.fixed; });
}

std::vector<FdbEntry> Switch::entries() const {
  std::vector<FdbEntry> result;
  for (const auto& [k, learned] : fdb_) {
    const auto mac = MacAddress::from_u64(k & 0xffff'ffff'ffff);
    if (find(std::uint16_t(k >> 48), mac) != nullptr)
      result.push_back({std::uint16_t(k >> 48), mac, {learned.port}, learned.seen, learned.fixed});
  }
  std::sort(result.begin(), result.end(), [](const FdbEntry& a, const FdbEntry& b) {
    return std::pair(a.vlan, a.mac) < std::pair(b.vlan, b.mac);
  });
  return result;
}

// 802.1Q 6.9: which VLAN a frame belongs to, and whether the port takes it. The tag comes off.
std::optional<Switch::Classified> Switch::classify(const Port& port, Packet& frame) {
  using Mode = PortVlans::Mode;
  if (port.vlans.mode == Mode::unaware) return Classified{};
  const ByteSpan tag_bytes = frame.bytes().subspan(kVlanTagOffset);
  const auto tag = VlanView::checked(tag_bytes);
  if (!tag.ok() || tag->tpid() != EtherType::vlan) {
    if (port.vlans.pvid == 0)
      return std::nullopt;  // VLAN-07: a trunk that takes tagged frames only
    return Classified{port.vlans.pvid};
  }
  Classified as{tag->vlan_id(), tag->priority(), tag->drop_eligible()};
  if (as.vlan == 0) as.vlan = port.vlans.pvid;  // VLAN-08: a priority tag names no VLAN
  if (as.vlan == 0 || as.vlan > kVlanIdMax || !is_member(port, as.vlan)) return std::nullopt;
  frame.make_unique(lane_.pool);
  pop_vlan_tag(frame.data());
  frame.trim_front(kVlanTagBytes);
  return as;
}

bool Switch::is_member(const Port& port, std::uint16_t vlan) const {
  if (port.vlans.mode == PortVlans::Mode::unaware || vlan == port.vlans.pvid) return true;
  return is_tagged_on(port, vlan);
}

bool Switch::is_tagged_on(const Port& port, std::uint16_t vlan) const {
  return port.vlans.mode == PortVlans::Mode::trunk && vlan != port.vlans.pvid &&
         std::binary_search(port.vlans.allowed.begin(), port.vlans.allowed.end(), vlan);
}

bool Switch::learn(std::uint16_t vlan, MacAddress source, IfIndex port) {
  Learned& entry =
      fdb_.try_emplace(key(vlan, source), Learned{Instant(), kNoInterface.value, false})
          .first->second;
  if (entry.fixed) return false;
  const bool news = entry.port != port.value;  // ETH-04: it moves at once
  entry.port = port.value;
  entry.seen = lane_.simulator.now();
  return news;
}

// Ageing is lazy: an entry that is too old is not there (ETH-05).
const Switch::Learned* Switch::find(std::uint16_t vlan, MacAddress mac) const {
  const auto found = fdb_.find(key(vlan, mac));
  if (found == fdb_.end()) return nullptr;
  const Learned& entry = found->second;
  return entry.fixed || lane_.simulator.now() - entry.seen < ageing_ ? &entry : nullptr;
}

bool Switch::storms(const Packet& frame) {
  if (storm_guard_ == nullptr) return false;
  // Only what circulates is worth remembering: forget the calm now and then.
  if (storm_guard_->visits.size() > 65'536) storm_guard_->visits.clear();
  std::uint8_t& visits = storm_guard_->visits[frame.journey().value];
  if (visits >= kVisitsMax) return true;
  ++visits;
  return false;
}

void Switch::on_frame(Interface& from, Packet&& frame) {
  const auto refuse = [&](Cause cause) { report_drop(lane_, node_, from.index(), frame, cause); };
  if (frame.size() < kEthernetHeaderBytes) return refuse(Cause::malformed_frame);
  const EthernetView ethernet(frame.data(), frame.size());
  const MacAddress source = ethernet.source(), destination = ethernet.destination();
  if (!is_valid_type(ethernet.type_or_length())) return refuse(Cause::malformed_frame);
  if (source.is_group() || source.is_zero()) return refuse(Cause::group_source);  // ETH-08
  if (storms(frame)) return refuse(Cause::storm);

  Visit visit;
  const bool watched = lane_.observer != nullptr && lane_.observer->wants_visits();
  if (watched) [[unlikely]]
    visit.before.assign(frame.bytes().begin(), frame.bytes().end());
  const Port& port = ports_[from.index().value];
  const auto as = classify(port, frame);
  if (!as) return refuse(Cause::vlan_not_allowed);
  const bool learned = learn(as->vlan, source, from.index());
  if (is_reserved_group(destination)) return refuse(Cause::reserved_group);

  const Learned* known = destination.is_group() ? nullptr : find(as->vlan, destination);
  if (known != nullptr && known->port == from.index().value) return refuse(Cause::same_port);
  if (watched) [[unlikely]] {
    visit.when = lane_.simulator.now();
    visit.order = lane_.simulator.order();
    visit.node = node_;
    visit.in = from.index();
    visit.out = known == nullptr ? kNoInterface : IfIndex{known->port};
    visit.journey = frame.journey();
    visit.outcome = Outcome::forwarded;
    visit.after.assign(frame.bytes().begin(), frame.bytes().end());
    visit.steps.push_back(SwitchStep{as->vlan, known == nullptr, learned});
    lane_.observer->on_visit(visit);
  }
  if (known != nullptr)
    send_on(port, ports_[known->port], *as, std::move(frame));
  else if (flood(port, *as, frame.share()) == 0)
    refuse(Cause::no_member);
}

void Switch::send_on(const Port& from, Port& port, const Classified& as, Packet&& frame) {
  if (!is_member(port, as.vlan) || keeps_apart(from, port))
    return report_drop(lane_, node_, port.interface->index(), frame, Cause::vlan_not_allowed);
  if (frame.size() > port.interface->mtu() + kEthernetHeaderBytes + tag_bytes(frame.bytes()))
    return report_drop(lane_, node_, port.interface->index(), frame,
                       Cause::frame_too_long);  // ETH-17
  if (is_tagged_on(port, as.vlan)) tag(frame, as);
  port.interface->send(std::move(frame));
}

// All ports that need no tag share one buffer, and all that need one share another.
std::size_t Switch::flood(const Port& from, const Classified& as, Packet&& frame) {
  std::size_t copies = 0;
  Packet tagged;
  for (Port& port : ports_) {
    if (&port == &from || !port.interface->plugged() || !is_member(port, as.vlan) ||
        keeps_apart(from, port))
      continue;
    ++copies;
    if (frame.size() > port.interface->mtu() + kEthernetHeaderBytes + tag_bytes(frame.bytes())) {
      report_drop(lane_, node_, port.interface->index(), frame, Cause::frame_too_long);
      continue;
    }
    if (!is_tagged_on(port, as.vlan)) {
      if (!frame.can_share()) frame = lane_.pool.copy(frame, Packet::kHeadroom);
      port.interface->send(frame.share());
      continue;
    }
    if (!tagged || !tagged.can_share()) {
      tagged = lane_.pool.copy(frame, Packet::kHeadroom + kVlanTagBytes);
      tag(tagged, as);
    }
    port.interface->send(tagged.share());
  }
  return copies;
}

void Switch::tag(Packet& frame, const Classified& as) {
  frame.make_unique(lane_.pool);
  std::uint8_t* const untagged = frame.data();
  frame.prepend(kVlanTagBytes);
  push_vlan_tag(untagged, {as.vlan, as.priority, as.drop_eligible});
}

}  // namespace natsim
