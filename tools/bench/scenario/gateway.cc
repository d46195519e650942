#include "tools/bench/scenario/gateway.h"

#include <fmt/format.h>

#include "sim/filter/netfilter.h"
#include "sim/node/local_packet.h"
#include "sim/wire/ethernet.h"
#include "sim/wire/udp.h"
#include "tools/bench/scenario/plan.h"
#include "tools/bench/scenario/rules.h"

namespace natsim::bench {
namespace {

const MacAddress kLanMac = MacAddress::from_u64(0x02'00'00'00'00'01);
const MacAddress kWanMac = MacAddress::from_u64(0x02'00'00'00'00'02);
const Ipv4Address kLan = Ipv4Address::of(10, 0, 0, 2);
const Ipv4Address kWan = Ipv4Address::of(203, 0, 113, 2);
/// Ports of one address; the next 50,000 connections come from the next one.
constexpr std::uint32_t kPorts = 50'000;

/// An interface with nothing behind it but a counter and a source of frames.
class BareEnd final : private FrameHandler, private EventHandler {
 public:
  BareEnd(Lane& lane, NodeId id, const char* name, MacAddress mac)
      : lane_(lane), order_(id), interface_(lane, *this, id, IfIndex{0}, name, mac, 1500) {}

  Interface& interface() { return interface_; }
  OrderSource& order() { return order_; }
  std::uint64_t received() const { return received_; }

  /// `count` frames to `router`, `flows` of them different, one every kInterval from now on.
  void send(MacAddress router, std::uint32_t flows, std::uint32_t size, std::uint64_t count) {
    const Ipv4Header ip{.source = kLan, .destination = kWan};
    template_ = make_udp(lane_.pool, ip, kSourcePort, kSinkPort, Bytes(size, 0x5a));
    template_.set_flags(0);
    template_.prepend(kEthernetHeaderBytes);
    EthernetHeader{router, interface_.mac(), EtherType::ipv4}.emit(template_.mutable_bytes());
    flows_ = flows;
    left_ = count;
    flow_ = 0;
    schedule();
  }

 private:
  void on_frame(Interface&, Packet&&) override { ++received_; }

  void on_event(std::uint64_t) override {
    Packet frame = lane_.pool.copy(template_);
    std::uint8_t* const bytes = frame.data() + kEthernetHeaderBytes;
    MutableIpv4View ip(bytes, frame.size() - kEthernetHeaderBytes);
    MutableUdpView udp(bytes + kIpv4HeaderBytes, ip.total_length() - kIpv4HeaderBytes);
    const Ipv4Address source{kLan.value + flow_ / kPorts};
    update_udp_checksum(udp.checksum_field(), sum_of(ip.source()), sum_of(source));
    ip.set_source(source);
    udp.set_source_port(std::uint16_t(kSourcePort + flow_ % kPorts));
    flow_ = flow_ + 1 == flows_ ? 0 : flow_ + 1;
    if (--left_ > 0) schedule();
    interface_.send(std::move(frame));
  }
  void schedule() {
    Simulator& simulator = lane_.simulator;
    simulator.schedule(simulator.now() + kInterval, order_.next(), *this, 0);
  }

  Lane& lane_;
  OrderSource order_;
  Interface interface_;
  Packet template_;
  std::uint32_t flows_ = 1, flow_ = 0;
  std::uint64_t left_ = 0, received_ = 0;
};

}  // namespace

Figures run_gateway(const Settings& settings) {
  Figures figures;
  Network network(1);
  IpNode& router = network.add_node("router", IpNodeKind::router);
  const IfIndex in = add_interface(network, router, "lan", "10.0.0.1/16");
  const IfIndex out = add_interface(network, router, "wan", "203.0.113.1/24");
  install(router, masquerading("lan", "wan"), std::max(settings.flows + 1024, 262'144u));
  router.stack().add_neighbor(out, kWan, kWanMac);
  BareEnd lan(network.lane(), NodeId{100}, "lan", kLanMac);
  BareEnd wan(network.lane(), NodeId{101}, "wan", kWanMac);
  const ChannelOptions options = cable(settings.delay_ns);
  Channel inside(network.lane(), lan.order(), options, lan.interface(), router.port(in), 1, "in");
  Channel outside(network.lane(), router.order(), options, router.port(out), wan.interface(), 1,
                  "out");
  lan.interface().plug(inside);
  router.port(out).plug(outside);

  const auto send = [&](std::uint64_t count) {
    lan.send(router.port(in).mac(), settings.flows, settings.size, count);
    network.run_until(network.now() + kInterval * std::int64_t(count) +
                      Duration::milliseconds(100));
    return count;
  };
  const Stopwatch first;
  std::uint64_t sent = send(settings.flows);
  figures.first_pass = first.read();
  const std::uint64_t events = network.lane().simulator.events_run();
  const Stopwatch watch;
  sent += figures.packets = send(settings.packets);
  figures.cost = watch.read();
  figures.events = network.lane().simulator.events_run() - events;
  figures.hops = figures.packets * 2;
  figures.nodes = 3;
  const Netfilter& filter = *router.stack().filter();
  figures.connections = filter.connection_count(network.now());
  figures.connection_bytes = filter.connection_memory_bytes();
  if (wan.received() != sent)
    figures.trouble = fmt::format("{} frames sent, {} came out", sent, wan.received());
  return figures;
}

}  // namespace natsim::bench
