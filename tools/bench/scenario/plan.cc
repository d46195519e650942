#include "tools/bench/scenario/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/bench/scenario/rules.h"

namespace natsim::bench {
namespace {

IfIndex only_interface() { return {0}; }

void set_rules(IpNode& router, const Settings& settings, const std::string& in,
               const std::string& out) {
  if (settings.rules == Rules::hooks) install(router, empty_chains());
  if (settings.rules == Rules::stateful) install(router, ten_stateful_rules(in, out));
}

/// Nodes of other chains bear the number of their chain; addresses are the same in each.
void add_chain(Plan& plan, const Settings& settings, std::uint32_t chain) {
  Network& network = plan.network;
  const std::string number = chain == 0 ? "" : fmt::format("-{}", chain);
  std::vector<IpNode*> nodes = {&network.add_node("a" + number, IpNodeKind::host)};
  for (std::uint32_t i = 1; i <= settings.routers; ++i)
    nodes.push_back(&network.add_node(fmt::format("r{}{}", i, number), IpNodeKind::router));
  nodes.push_back(&network.add_node("b" + number, IpNodeKind::host));
  const std::size_t last = nodes.size() - 1;
  const ChannelOptions options = cable(settings.delay_ns);
  for (std::size_t i = 0; i < last; ++i) {
    IpNode &left = *nodes[i], &right = *nodes[i + 1];
    const IfIndex out = add_interface(network, left, "right", fmt::format("10.0.{}.1/24", i));
    const IfIndex in = add_interface(network, right, "left", fmt::format("10.0.{}.2/24", i));
    network.connect(left.port(out), right.port(in), options, options,
                    fmt::format("c{}{}", i, number));
    if (i + 1 < last)
      add_route(left, fmt::format("10.0.{}.0/24", last - 1), out, fmt::format("10.0.{}.2", i));
    if (i > 0) add_route(right, "10.0.0.0/24", in, fmt::format("10.0.{}.1", i));
  }
  for (std::size_t i = 1; i < last; ++i) set_rules(*nodes[i], settings, "left", "right");
  plan.senders.push_back(
      {nodes.front(), nodes.back(), *Ipv4Address::parse(fmt::format("10.0.{}.2", last - 1))});
}

}  // namespace

IfIndex add_interface(Network& network, IpNode& node, const std::string& name,
                      const std::string& address) {
  StackInterface interface;
  interface.name = name;
  interface.mac = network.make_mac(node.name(), name);
  const IfIndex index = node.add_interface(std::move(interface));
  node.stack().add_address(Instant(), index, *Prefix::parse(address));
  return index;
}

ChannelOptions cable(std::int64_t delay_ns, std::uint64_t bandwidth_bps) {
  ChannelOptions options;
  options.delay = Duration::nanoseconds(delay_ns);
  options.bandwidth_bps = bandwidth_bps;
  options.queue_bytes_max = 6u << 20;
  return options;
}

void add_route(IpNode& node, const std::string& to, IfIndex out, const std::string& via) {
  const Prefix prefix = *Prefix::parse(to);
  Route route;
  route.network = prefix.address.v4();
  route.length = prefix.length;
  route.out = out;
  route.next_hop = *Ipv4Address::parse(via);
  node.stack().routes().add(route);
}

void plan_chain(Plan& plan, const Settings& settings) {
  for (std::uint32_t chain = 0; chain < settings.chains; ++chain) add_chain(plan, settings, chain);
  plan.hops = settings.routers + 1;
  plan.apart = true;
  plan.stagger_ns = kInterval.ns();
}

void plan_star(Plan& plan, const Settings& settings) {
  Network& network = plan.network;
  IpNode& router = network.add_node("router", IpNodeKind::router);
  IpNode* sink = nullptr;
  for (std::uint32_t i = 0; i < settings.hosts; ++i) {
    IpNode& host = network.add_node(fmt::format("h{}", i), IpNodeKind::host);
    const std::string subnet = fmt::format("10.{}.{}.", i / 64, i % 64 * 4);
    const std::string name = i == 0 ? "sink" : fmt::format("p{}", i);
    const IfIndex up = add_interface(network, host, "eth0", subnet + "1/30");
    const IfIndex down = add_interface(network, router, name, subnet + "2/30");
    const ChannelOptions options = i == 0 ? cable(10, 400'000'000'000) : cable(settings.delay_ns);
    network.connect(host.port(up), router.port(down), options, options, name);
    add_route(host, "0.0.0.0/0", only_interface(), subnet + "2");
    if (i == 0)
      sink = &host;
    else
      plan.senders.push_back({&host, sink, Ipv4Address::of(10, 0, 0, 1)});
  }
  set_rules(router, settings, "p+", "sink");
  plan.hops = 2;
  plan.stagger_ns = 997;
}

void plan_nat(Plan& plan, const Settings& settings) {
  Network& network = plan.network;
  IpNode& lan = network.add_node("lan", IpNodeKind::host);
  IpNode& router = network.add_node("router", IpNodeKind::router);
  IpNode& wan = network.add_node("wan", IpNodeKind::host);
  const IfIndex left = add_interface(network, lan, "eth0", "10.0.0.2/24");
  const IfIndex in = add_interface(network, router, "lan", "10.0.0.1/24");
  const IfIndex out = add_interface(network, router, "wan", "203.0.113.1/24");
  const IfIndex right = add_interface(network, wan, "eth0", "203.0.113.2/24");
  const ChannelOptions options = cable(settings.delay_ns);
  network.connect(lan.port(left), router.port(in), options, options, "inside");
  network.connect(router.port(out), wan.port(right), options, options, "outside");
  add_route(lan, "0.0.0.0/0", left, "10.0.0.1");
  install(router, masquerading("lan", "wan"), std::max(settings.flows + 1024, 262'144u));
  plan.gateway = &router;
  plan.hops = 2;
  const std::uint32_t senders = (settings.flows + kFlowsMax - 1) / kFlowsMax;
  for (std::uint32_t i = 0; i < senders; ++i)
    plan.senders.push_back({&lan, &wan, Ipv4Address::of(203, 0, 113, 2),
                            settings.flows / senders + (i < settings.flows % senders),
                            std::uint16_t(kSinkPort + i)});
  plan.stagger_ns = kInterval.ns();
}

}  // namespace natsim::bench
