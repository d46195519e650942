#include "sim/node/udp_flow.h"

#include <fmt/format.h>

#include "sim/node/ip_node.h"
#include "sim/node/local_packet.h"
#include "sim/wire/udp.h"

namespace natsim {

namespace {

Pacer pace_of(const UdpFlowOptions& options) {
  if (options.pace) return *options.pace;
  return Pacer({options.count, options.interval, Instant::never(), {}}, Instant(), Prng(0));
}

}  // namespace

UdpFlow::UdpFlow(IpNode& node, UdpFlowOptions options, ProbeOwner owner)
    : node_(node), options_(std::move(options)), owner_(owner), pace_(pace_of(options_)) {
  SIM_CHECK(options_.flows > 0);
}

bool UdpFlow::make_template() {
  const auto source = node_.stack().source_for(options_.destination);
  if (!source && !options_.destination.is_broadcast()) return false;
  const Ipv4Header ip{.source = source.value_or(Ipv4Address()),
                      .destination = options_.destination};
  template_ = make_udp(node_.lane().pool, ip, options_.source_port, options_.destination_port,
                       options_.payload);
  return true;
}

void UdpFlow::start() {
  if (!make_template()) return report({ProbeResult::unreachable, {}});
  send_one();
}

void UdpFlow::on_event(std::uint64_t what) {
  if (what == kSend) return send_one();
  report({answered_ > 0 ? ProbeResult::answered : ProbeResult::timed_out, {}});
}

void UdpFlow::send_one() {
  Lane& lane = node_.lane();
  Packet packet = lane.pool.copy(template_, kLocalHeadroom);
  packet.set_journey(node_.stack().next_journey());
  if (sent_ == 0) first_journey_ = packet.journey();
  MutableIpv4View(packet.data(), packet.size()).set_id(node_.stack().next_identification());
  if (flow_ > 0)
    MutableUdpView(packet.data() + kIpv4HeaderBytes, packet.size() - kIpv4HeaderBytes)
        .set_source_port(std::uint16_t(options_.source_port + flow_));
  flow_ = flow_ + 1 == options_.flows ? 0 : flow_ + 1;
  const Instant now = lane.simulator.now();
  ++sent_;
  // Scheduled first: whatever the packet sets off comes later in the order of this node's events.
  if (const auto next = pace_.next(now))
    lane.simulator.schedule(*next, node_.order().next(), *this, kSend);
  else if (owner_.listener != nullptr)
    lane.simulator.schedule(now + options_.timeout, node_.order().next(), *this, kTimeout);
  node_.stack().send(now, std::move(packet), {.path_mtu_discovery = true});
}

void UdpFlow::on_datagram(const Datagram& datagram, Instant, Outbox&) {
  bytes_received_ += datagram.payload.size();
  if (++answered_ == sent_ && pace_.finished()) report({ProbeResult::answered, {}});
}

void UdpFlow::on_icmp_error(const IcmpError& error) {
  const ProbeResult result = result_of(error);
  if (result != ProbeResult::pending) report({result, error});
}

void UdpFlow::report(ProbeOutcome outcome) {
  if (reported_ || owner_.listener == nullptr) return;
  reported_ = true;
  owner_.listener->on_probe({owner_.tag, node_.id(), node_.lane().simulator.now(), outcome,
                             fmt::format("{} sent, {} answered", sent_, answered_),
                             sent_ * options_.payload.size(), bytes_received_});
}

}  // namespace natsim
