#include "sim/node/ip_node.h"

#include <fmt/format.h>

#include "sim/link/drop.h"
#include "sim/wire/ethernet.h"
#include "sim/wire/vlan.h"

namespace natsim {

IpNode::IpNode(Lane& lane, NodeId id, std::string name, IpNodeKind kind, std::uint64_t seed,
               StackOptions options)
    : lane_(lane),
      id_(id),
      kind_(kind),
      order_(id),
      name_(std::move(name)),
      seed_(seed),
      stack_(id, Prng::stream(seed, "node/" + name_).next(), options, *this, lane.pool),
      stack_timer_(lane.simulator, order_, *this, kStackTimer) {}

IpNode::~IpNode() = default;

IfIndex IpNode::add_interface(StackInterface interface) {
  const auto port = std::uint32_t(ports_.size());
  const IfIndex index{std::uint32_t(ports_of_.size())};
  SIM_CHECK(index.value < kIpInterfacesMax);
  ports_.push_back(std::make_unique<Interface>(lane_, *this, id_, index, interface.name,
                                               interface.mac, interface.mtu));
  ports_of_.push_back({port, 0});
  const IfIndex added = stack_.add_interface(std::move(interface));
  SIM_CHECK(added == index);
  return index;
}

IfIndex IpNode::add_vlan(IfIndex parent, std::uint16_t vlan, StackInterface interface) {
  SIM_CHECK(vlan >= kVlanIdMin && vlan <= kVlanIdMax && ports_of_.at(parent.value).vlan == 0);
  SIM_CHECK(ports_of_.size() < kIpInterfacesMax);
  has_vlans_ = true;
  ports_of_.push_back({ports_of_[parent.value].port, vlan});
  return stack_.add_interface(std::move(interface));
}

std::optional<IfIndex> IpNode::find_interface(std::string_view name) const {
  for (std::size_t i = 0; i < stack_.interface_count(); ++i)
    if (stack_.interface({std::uint32_t(i)}).name == name) return IfIndex{std::uint32_t(i)};
  return std::nullopt;
}

Sockets& IpNode::sockets() {
  if (sockets_ == nullptr) sockets_ = std::make_unique<Sockets>(*this, seed_);
  return *sockets_;
}

void IpNode::start_dhcp_client(IfIndex interface) { sockets().start_dhcp_client(interface); }

// --- from below ---------------------------------------------------------------------------------

void IpNode::on_frame(Interface& from, Packet&& frame) {
  if (frame.size() < kEthernetHeaderBytes) [[unlikely]]
    return report_drop(lane_, id_, from.index(), frame, Cause::malformed_frame);
  const EthernetView ethernet(frame.data(), frame.size());
  if (ethernet.type() == EtherType::vlan) [[unlikely]]
    return receive_tagged(from.index(), std::move(frame));
  const MacAddress destination = ethernet.destination();
  if (destination != from.mac() && !destination.is_group()) [[unlikely]]  // ETH-15
    return report_drop(lane_, id_, from.index(), frame, Cause::not_for_this_mac);
  stack_.receive(lane_.simulator.now(), from.index(), std::move(frame));
}

// VLAN-19: a tagged frame reaches the sub-interface of its VLAN only. VLAN-08: VID 0 is no VLAN.
void IpNode::receive_tagged(IfIndex parent, Packet&& frame) {
  const auto tag = VlanView::checked(frame.bytes().subspan(kVlanTagOffset));
  std::optional<IfIndex> target;
  if (tag.ok() && tag->vlan_id() == 0) target = parent;
  for (std::size_t i = 0; has_vlans_ && tag.ok() && i < ports_of_.size(); ++i)
    if (ports_of_[i].vlan == tag->vlan_id() && tag->vlan_id() != 0 &&
        ports_of_[i].port == ports_of_[parent.value].port)
      target = IfIndex{std::uint32_t(i)};
  if (!target) return report_drop(lane_, id_, parent, frame, Cause::vlan_not_allowed);
  const MacAddress destination = MacAddress::load(frame.data());
  if (!destination.is_group() && destination != stack_.interface(*target).mac)
    return report_drop(lane_, id_, parent, frame, Cause::not_for_this_mac);
  frame.make_unique(lane_.pool);
  pop_vlan_tag(frame.data());
  frame.trim_front(kVlanTagBytes);
  stack_.receive(lane_.simulator.now(), *target, std::move(frame));
}

void IpNode::transmit(IfIndex out, Packet&& frame) {
  const PortOf& to = ports_of_[out.value];
  if (to.vlan != 0) {
    std::uint8_t* const untagged = frame.data();
    frame.prepend(kVlanTagBytes);
    push_vlan_tag(untagged, VlanTag{.id = to.vlan});
  }
  ports_[to.port]->send(std::move(frame));
}

// --- to above -----------------------------------------------------------------------------------

bool IpNode::deliver_udp(const LocalDelivery& delivery) {
  return sockets_ != nullptr && sockets_->deliver_udp(delivery);
}
bool IpNode::deliver_tcp(const LocalDelivery& delivery) {
  return sockets_ != nullptr && sockets_->deliver_tcp(delivery);
}
bool IpNode::deliver_icmp(const LocalDelivery& delivery) {
  return sockets_ != nullptr && sockets_->deliver_icmp(delivery);
}
bool IpNode::deliver_raw(const LocalDelivery& delivery) {
  return sockets_ != nullptr && sockets_->deliver_raw(delivery);
}
void IpNode::send_failed(const Ipv4View& ip, Cause cause) {
  if (sockets_ != nullptr) sockets_->send_failed(ip, cause);
}

void IpNode::visited(const Visit& visit) {
  if (lane_.observer == nullptr) return;
  Visit told = visit;
  told.when = lane_.simulator.now();
  told.order = lane_.simulator.order();
  lane_.observer->on_visit(told);
}

void IpNode::noted(const std::string& text) {
  if (lane_.observer == nullptr) return;
  lane_.observer->on_note({lane_.simulator.now(), lane_.simulator.order(), id_, text});
}

void IpNode::tell_secret(const std::string& line) {
  if (lane_.observer == nullptr) return;
  lane_.observer->on_secret({lane_.simulator.now(), lane_.simulator.order(), id_, line});
}

void IpNode::on_event(std::uint64_t) { stack_.on_deadline(lane_.simulator.now()); }

}  // namespace natsim
