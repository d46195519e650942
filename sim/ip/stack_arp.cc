// ARP: what the neighbour table asks for, and what it is told.
#include <utility>

#include "sim/ip/stack.h"
#include "sim/wire/arp.h"
#include "sim/wire/ethernet.h"

namespace natsim {

void Stack::receive_arp(Passage& passage, const Packet& frame) {
  const Instant now = passage.now;
  const IfIndex in = passage.in;
  const auto arp = ArpHeader::parse(frame.bytes().subspan(kEthernetHeaderBytes));
  if (!arp.ok()) return drop(passage, frame, Cause::malformed_packet);
  if (probed_ == arp->sender_ip) probe_answered_ = true;
  using Asked = ArpArrival::Target;
  Asked target = local_.is_own(arp->target_ip) ? Asked::own : Asked::other;
  if (target == Asked::other && interfaces_[in.value].proxy_arp && options_.forwarding) {
    // ARP-23, ARP-24: for what lies behind another interface.
    const Route* route = routes_.lookup(arp->target_ip);
    if (route != nullptr && route->kind == RouteKind::unicast && route->out != in)
      target = Asked::proxied;
  }
  const bool unicast = (frame.data()[0] & 1) == 0;
  if (target != Asked::other || unicast)
    end(passage, nullptr, Outcome::delivered);
  else
    drop(passage, frame, Cause::ignored);
  NeighborWork work = take_work();
  neighbors_.on_arp(now, {in, *arp, unicast, target, local_.is_own(arp->sender_ip)}, work);
  do_work(now, work);
}

// What the table asks for may lead to more, which is done within.
void Stack::do_work(Instant now, NeighborWork& work) {
  for (const ArpRequest& request : work.requests) {
    const auto& interface = interfaces_[request.interface.value];
    const auto chosen = local_.source_towards(request.interface, request.target);
    const Ipv4Address sender =
        request.sender.is_unspecified() ? chosen.value_or(Ipv4Address()) : request.sender;
    send_arp(request.interface, request.destination,
             {ArpOperation::request, interface.mac, sender, MacAddress(), request.target});
  }
  for (const ArpReply& reply : work.replies) {
    const auto& interface = interfaces_[reply.interface.value];
    send_arp(reply.interface, reply.asker_mac,
             {ArpOperation::reply, interface.mac, reply.address, reply.asker_mac, reply.asker});
  }
  for (ReleasedPacket& released : work.released)
    emit_frame(released.interface, released.mac, std::move(released.packet));
  for (UnsentPacket& packet : work.unsent) unsent(now, std::move(packet));
  work.clear();
  rare().work = std::move(work);
  tell_deadline();
}

void Stack::send_arp(IfIndex out, MacAddress destination, const ArpHeader& arp) {
  Packet frame = pool_.allocate(kEthernetHeaderBytes + kArpBytes);
  frame.set_journey(next_journey());
  EthernetHeader{destination, interfaces_[out.value].mac, EtherType::arp}.emit(
      frame.mutable_bytes());
  arp.emit(frame.mutable_bytes().subspan(kEthernetHeaderBytes));
  Passage passage({}, kNoInterface);
  passage.out = out;
  std::optional<Visit> visit;
  if (watched_) {
    begin(passage, visit.emplace(), frame, true);
    end(passage, &frame, Outcome::sent);
  }
  port_.transmit(out, std::move(frame));
}

void Stack::send_arp_probe(IfIndex interface, Ipv4Address address) {
  const auto& own = interfaces_[interface.value];
  probed_ = address;
  probe_answered_ = false;
  send_arp(interface, MacAddress::broadcast(),
           {ArpOperation::request, own.mac, Ipv4Address(), MacAddress(), address});
}

// ARP-11, ARP-12: the sender is told, by ICMP if it is another node.
void Stack::unsent(Instant now, UnsentPacket failed) {
  Passage passage(now, failed.arrived_by);
  std::optional<Visit> visit;
  if (watched_) begin(passage, visit.emplace(), failed.packet, false);
  passage.out = failed.interface;
  end(passage, nullptr, Outcome::dropped, {failed.cause, nullptr});
  if (failed.cause != Cause::neighbor_unreachable) return;
  if (failed.arrived_by == kNoInterface)
    return port_.send_failed({failed.packet.data(), failed.packet.size()}, failed.cause);
  send_error(passage, IcmpHeader::unreachable(IcmpUnreachable::host), failed.packet);
}

}  // namespace natsim
