#include "sim/ip/stack.h"

#include <algorithm>

#include "sim/ip/stack_hook.h"
#include "sim/wire/ethernet.h"
#include "sim/wire/tcp.h"

namespace natsim {
namespace {

IcmpUnreachable unreachable_code(RejectWith how) {
  switch (how) {
    case RejectWith::network_unreachable: return IcmpUnreachable::network;
    case RejectWith::host_unreachable: return IcmpUnreachable::host;
    case RejectWith::protocol_unreachable: return IcmpUnreachable::protocol;
    case RejectWith::network_prohibited: return IcmpUnreachable::network_prohibited;
    case RejectWith::host_prohibited: return IcmpUnreachable::host_prohibited;
    case RejectWith::admin_prohibited: return IcmpUnreachable::administratively_prohibited;
    case RejectWith::port_unreachable:
    case RejectWith::tcp_reset: break;
  }
  return IcmpUnreachable::port;
}

/// An echo or timestamp reply. Linux sends it with its ICMP socket locked, and so cannot tell
/// itself that a rule refused it.
bool is_icmp_reply(const Ipv4View& ip) {
  if (ip.protocol() != Protocol::icmp || ip.payload().empty()) return false;
  const auto type = IcmpType(ip.payload().front());
  return type == IcmpType::echo_reply || type == IcmpType::timestamp_reply;
}

/// Linux has the checksum of a reset that a rule made computed when it leaves, by the interface: if
/// a rule rejects that reset too, the error quotes it with the sum of the pseudo header alone.
void leave_checksum_to_link(Packet& packet) {
  const Ipv4View ip(packet.data(), packet.size());
  const std::size_t size = ip.payload().size();
  if (ip.protocol() != Protocol::tcp || size < kTcpHeaderBytes) return;
  const std::uint16_t sum = fold_sum(
      pseudo_header_sum(ip.source(), ip.destination(), Protocol::tcp, std::uint32_t(size)));
  store_raw16(packet.data() + ip.header_bytes() + 16, sum);
}

}  // namespace

Stack::Stack(NodeId node, std::uint64_t seed, const StackOptions& options, StackPort& port,
             PacketPool& pool)
    : node_(node),
      options_(options),
      port_(port),
      pool_(pool),
      neighbors_(seed),
      journeys_(std::uint64_t(node.value) << 40 | 1),
      identification_(std::uint16_t(seed)) {}

IfIndex Stack::add_interface(StackInterface interface) {
  any_internet_ |= interface.internet;
  interfaces_.push_back(std::move(interface));
  return {std::uint32_t(interfaces_.size() - 1)};
}

void Stack::add_address(Instant now, IfIndex interface, const Prefix& address, Place place) {
  SIM_CHECK(address.address.is_v4());
  if (!local_.add({address.address.v4(), address.length, interface})) return;
  Route route = connected_route(address, interface);
  route.place = place;
  if (address.length < 32) routes_.add(route);
  tell_filter(interface, now);
}

void Stack::tell_filter(IfIndex interface, Instant now) {
  if (filter_ == nullptr) return;
  std::vector<Prefix> addresses;
  for (const InterfaceAddress& own : local_.addresses())
    if (own.interface == interface) addresses.push_back({IpAddress(own.address), own.length});
  filter_->set_addresses(interface, std::move(addresses), now);
}

void Stack::remove_address(Instant now, IfIndex interface, const Prefix& address) {
  if (!local_.remove(interface, address.address.v4())) return;
  // What the address brought goes with it: the route to its subnet, and gateways in there.
  std::vector<Route> gone;
  for (const Route& route : routes_.routes()) {
    const bool connected = route.on_link() && route.prefix() == address.network();
    const bool through = !route.on_link() && address.contains(route.next_hop);
    if (route.out == interface && (connected || through)) gone.push_back(route);
  }
  for (const Route& route : gone) routes_.remove(route);
  tell_filter(interface, now);
  NeighborWork work = take_work();
  neighbors_.flush(interface, work);
  do_work(now, work);
}

void Stack::set_filter(std::unique_ptr<Netfilter> filter) {
  filter_ = std::move(filter);
  filter_->set_path_mtus(this);
  for (std::size_t i = 0; i < interfaces_.size(); ++i) tell_filter({std::uint32_t(i)}, Instant());
}

void Stack::add_neighbor(IfIndex interface, Ipv4Address address, MacAddress mac) {
  NeighborWork work = take_work();
  neighbors_.set_permanent(interface, address, mac, work);
  do_work(Instant(), work);
}

std::optional<Ipv4Address> Stack::source_for(Ipv4Address destination) {
  if (local_.is_own(destination)) return local_.source_towards_own(destination);
  if (destination.is_broadcast()) return local_.primary(broadcast_interface());
  const Route* route = routes_.lookup(destination);
  if (route == nullptr || route->kind != RouteKind::unicast) return std::nullopt;
  return local_.select_source(*route, destination);
}

// 255.255.255.255 has no route of its own: it leaves where the default route does, else by the
// first interface that has an address.
IfIndex Stack::broadcast_interface() const {
  const Route* route = routes_.lookup(Ipv4Address::of(255, 255, 255, 255));
  if (route != nullptr && route->kind == RouteKind::unicast) return route->out;
  return local_.addresses().empty() ? IfIndex{0} : local_.addresses().front().interface;
}

// --- time ---------------------------------------------------------------------------------------

Instant Stack::next_deadline() const {
  return std::min(neighbors_.next_deadline(), fragments_deadline());
}

void Stack::on_deadline(Instant now) {
  if (neighbors_.next_deadline() <= now) {
    NeighborWork work = take_work();
    neighbors_.on_deadline(now, work);
    do_work(now, work);
  }
  give_up_fragments(now);
  tell_deadline();
}

void Stack::tell_deadline() {
  told_deadline_ = next_deadline();
  port_.deadline_changed();
}

void Stack::give_up_fragments(Instant now) {
  if (fragments_deadline() > now) return;
  std::vector<LostFragment> lost;
  rare().reassembler.on_deadline(now, lost);
  for (LostFragment& fragment : lost) {
    Passage passage(now, kNoInterface);
    std::optional<Visit> visit;
    if (watched_) begin(passage, visit.emplace(), fragment.packet, false);
    drop(passage, fragment.packet, fragment.cause);
    const Ipv4View ip(fragment.packet.data(), fragment.packet.size());
    // RFC 792: the destination host says so, not a router that put it together for conntrack.
    if (fragment.report && local_.is_own(ip.destination()))
      send_error(passage, IcmpHeader::time_exceeded(IcmpTimeExceeded::reassembly), fragment.packet);
  }
}

// --- verdicts -----------------------------------------------------------------------------------

void Stack::begin(Passage& passage, Visit& visit, const Packet& packet, bool link_layer) {
  visit.when = passage.now;
  visit.node = node_;
  visit.in = passage.in;
  visit.journey = packet.journey();
  visit.link_layer = link_layer;
  visit.before.assign(packet.bytes().begin(), packet.bytes().end());
  passage.visit = &visit;
  ++open_visits_;
}

void Stack::end(Passage& passage, const Packet* packet, Outcome outcome, Reason reason) {
  if (passage.visit == nullptr) [[likely]]
    return;
  Visit& visit = *std::exchange(passage.visit, nullptr);
  visit.out = passage.out;
  visit.outcome = outcome;
  visit.reason = reason;
  if (packet != nullptr) visit.after.assign(packet->bytes().begin(), packet->bytes().end());
  // An answer is made while what it answers is still being delivered; it is told of afterwards.
  if (--open_visits_ > 0) {
    rare().deferred.emplace_back(std::move(visit));
    return;
  }
  port_.visited(visit);
  if (rare_ == nullptr) return;
  for (const auto& told : std::exchange(rare_->deferred, {})) {
    if (const auto* later = std::get_if<Visit>(&told))
      port_.visited(*later);
    else
      port_.noted(std::get<std::string>(told));
  }
}

void Stack::note(std::string text) {
  if (open_visits_ > 0)
    rare().deferred.emplace_back(std::move(text));
  else
    port_.noted(text);
}

void Stack::drop(Passage& passage, const Packet&, Cause cause) {
  end(passage, nullptr, Outcome::dropped, {cause, nullptr});
}

/// Does what the hook's verdict says. Always false.
[[gnu::noinline, gnu::cold]] bool Stack::refuse(Passage& passage, Packet& packet) {
  const Verdict verdict = passage.traversal->verdict;
  const bool drops = verdict.action == Action::drop;
  end(passage, nullptr, drops ? Outcome::dropped : Outcome::rejected, verdict.reason);
  if (drops) return false;
  // What conntrack has verified is taken to be right, whatever rules have made of it since.
  const bool verified = packet.flags() & Packet::kL4ChecksumGood;
  if (verdict.reject_with == RejectWith::tcp_reset) {
    if (destination_is_group(packet)) return false;
    if (verified) finish_transport(packet);
    if (Packet reset = make_tcp_reset(pool_, packet.bytes(), ResetBy::rule))
      originate(passage.now, std::move(reset), {}, &*passage.traversal);
  } else if (verified ? may_answer_with_icmp(packet.bytes())  // the context is send_error()'s
                      : may_reject_with_icmp(packet.bytes())) {
    const Ipv4View ip(packet.data(), packet.size());
    if (passage.in == kNoInterface && passage.traversal->cause == nullptr && is_icmp_reply(ip))
      return false;
    const bool by_rule = passage.traversal->cause != nullptr || !local_.is_own(ip.source());
    if (passage.in == kNoInterface && by_rule) leave_checksum_to_link(packet);
    send_error(passage, IcmpHeader::unreachable(unreachable_code(verdict.reject_with)), packet);
  }
  return false;
}

bool Stack::destination_is_group(const Packet& packet) const {
  const Ipv4Address destination = Ipv4View(packet.data(), packet.size()).destination();
  return destination.is_multicast() || local_.find(destination).kind == LocalKind::broadcast;
}

// ICMP-05: about transit the error comes from the address that this node speaks to the sender with;
// about a packet for this node itself from the address that was addressed.
void Stack::send_error(Passage& passage, IcmpHeader what, const Packet& offender,
                       IcmpRateLimit::From from) {
  const Ipv4View ip(offender.data(), offender.size());
  const LocalAddress to = local_.find(ip.destination());
  const OffenderContext context{passage.link_group, to.kind == LocalKind::broadcast};
  if (!may_answer_with_icmp(offender.bytes(), context)) return;
  const auto source = to.kind == LocalKind::unicast ? ip.destination() : source_for(ip.source());
  if (!source || !rare().rate_limit.allow(passage.now, ip.source(), what.type, from)) return;
  Packet error = make_icmp_error(pool_, what, offender.bytes(), *source, next_identification());
  originate(passage.now, std::move(error), {}, passage.traversal ? &*passage.traversal : nullptr);
}

}  // namespace natsim
