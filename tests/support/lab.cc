#include "tests/support/lab.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace natsim::lab {
namespace {

/// Far ends and switch ports count their events as nodes of their own, far from the network's.
constexpr std::uint32_t kFirstFarId = 1'000'000;
constexpr std::uint32_t kFirstPortId = 2'000'000;

ChannelOptions plain(Duration delay) { return {.delay = delay, .bandwidth_bps = 0}; }

}  // namespace

PortVlans access(std::uint16_t vlan) { return {PortVlans::Mode::access, vlan, {}}; }

PortVlans trunk(std::vector<std::uint16_t> allowed, std::uint16_t native) {
  return {PortVlans::Mode::trunk, native, std::move(allowed)};
}

std::string Outcomes::result() const {
  return reports_.empty() ? "pending" : reports_.back().outcome.to_string();
}

Lab::Lab(LabOptions options)
    : recorder_([this](NodeId node, IfIndex interface) { return name_of(node, interface); }),
      network_(options.seed) {
  if (options.observed) network_.observe(&recorder_);
}

Lab::~Lab() { network_.observe(nullptr); }

// --- building -----------------------------------------------------------------------------------

IpNode& Lab::add(const std::string& name, IpNodeKind kind, std::initializer_list<Nic> nics,
                 const StackOptions& options) {
  IpNode& node = network_.add_node(name, kind, options);
  node.watch(network_.lane().observer != nullptr);
  for (const Nic& nic : nics) {
    const auto nic_name = fmt::format("eth{}", node.port_count());
    const IfIndex added =
        node.add_interface({nic_name, network_.make_mac(name, nic_name), nic.options.mtu,
                            nic.options.proxy_arp, nic.options.internet});
    if (!nic.address.empty()) node.stack().add_address(now(), added, prefix(nic.address));
    for (const std::string_view more : nic.options.more_addresses)
      node.stack().add_address(now(), added, prefix(more));
  }
  return node;
}

IpNode& Lab::host(const std::string& name, const Nic& nic, std::string_view gateway) {
  IpNode& node = add(name, IpNodeKind::host, {nic}, {});
  if (!gateway.empty()) route(node, "0.0.0.0/0", gateway);
  return node;
}

IpNode& Lab::router(const std::string& name, std::initializer_list<Nic> nics,
                    StackOptions options) {
  return add(name, IpNodeKind::router, nics, options);
}

Switch& Lab::bridge(const std::string& name, Duration ageing) {
  return network_.add_switch(name, ageing);
}

FarEnd& Lab::far(const std::string& name, std::string_view address) {
  const auto number = std::uint32_t(far_ends_.size() + 1);
  FarEnd& end = far_ends_.emplace_back(network_.lane(), NodeId{kFirstFarId + number}, name,
                                       MacAddress::from_u64(0x02fa'0000'0000 | number), *this);
  if (!address.empty()) end.answer_arp_for(address);
  return end;
}

Interface& Lab::interface_of(const Plug& plug) {
  if (plug.far != nullptr) return plug.far->interface();
  if (plug.interface != nullptr) return *plug.interface;
  if (plug.bridge != nullptr)
    return plug.bridge->add_port(fmt::format("p{}", plug.bridge->port_count() + 1), plug.vlans,
                                 MacAddress(), plug.mtu);
  for (std::size_t i = 0; i < plug.node->port_count(); ++i)
    if (!plug.node->port_at(i).plugged()) return plug.node->port_at(i);
  SIM_CHECK(false && "the node has no free interface");
  __builtin_unreachable();
}

OrderSource& Lab::order_of(const Plug& plug) {
  if (plug.far != nullptr) return plug.far->order();
  if (plug.node != nullptr) return plug.node->order();
  if (plug.interface != nullptr)
    if (IpNode* const node = network_.ip_node(plug.interface->node())) return node->order();
  return orders_.emplace_back(NodeId{kFirstPortId + std::uint32_t(orders_.size())});
}

Cable Lab::cable(const Plug& a, const Plug& b, Duration delay) { return cable(a, b, plain(delay)); }

Cable Lab::cable(const Plug& a, const Plug& b, const ChannelOptions& options) {
  Interface& from = interface_of(a);
  Interface& to = interface_of(b);
  const auto name = fmt::format("cable{}", channels_.size() / 2);
  const auto add_channel = [&](const Plug& plug, Interface& sender, Interface& receiver,
                               const char* suffix) -> Channel& {
    channels_.push_back(std::make_unique<Channel>(network_.lane(), order_of(plug), options, sender,
                                                  receiver, network_.seed(), name + suffix));
    sender.plug(*channels_.back());
    return *channels_.back();
  };
  if (a.far != nullptr) a.far->talk_to(to.mac());
  if (b.far != nullptr) b.far->talk_to(from.mac());
  Channel& forth = add_channel(a, from, to, "/forth");
  return {forth, add_channel(b, to, from, "/back")};
}

void Lab::route(IpNode& on, std::string_view to, std::string_view via, std::uint16_t interface,
                std::uint32_t metric) {
  Route route;
  const Prefix network = prefix(to).network();
  route.network = network.address.v4();
  route.length = network.length;
  route.metric = metric;
  route.out = IfIndex{interface};
  if (!via.empty()) {
    route.next_hop = ip(via);
    for (const InterfaceAddress& own : on.stack().addresses().addresses())
      if (own.on_subnet(ip(via))) route.out = own.interface;
  }
  on.stack().routes().add(route);
}

void Lab::route(IpNode& on, std::string_view to, RouteKind kind) {
  Route route;
  const Prefix network = prefix(to).network();
  route.network = network.address.v4();
  route.length = network.length;
  route.kind = kind;
  on.stack().routes().add(route);
}

void Lab::filter(IpNode& on, const Ruleset& rules, const NetfilterOptions& options) {
  std::vector<InterfaceInfo> interfaces;
  for (std::size_t i = 0; i < on.stack().interface_count(); ++i) {
    const StackInterface& own = on.stack().interface(IfIndex{std::uint32_t(i)});
    interfaces.push_back({own.name, {}});
  }
  on.stack().set_filter(std::make_unique<Netfilter>(
      rules, std::move(interfaces), Prng::stream(network_.seed(), on.name() + "/nat"), options));
}

// --- doing --------------------------------------------------------------------------------------

Outcomes& Lab::ping(IpNode& from, std::string_view to, PingOptions options) {
  Outcomes& outcomes = outcomes_.emplace_back();
  options.destination = ip(to);
  from.sockets().ping(options, {&outcomes, outcomes_.size()});
  return outcomes;
}

Outcomes& Lab::send_udp(IpNode& from, std::string_view to, UdpFlowOptions options) {
  Outcomes& outcomes = outcomes_.emplace_back();
  const Endpoint remote = endpoint(to);
  options.destination = remote.address.v4();
  options.destination_port = remote.port;
  from.sockets().send_udp(std::move(options), {&outcomes, outcomes_.size()});
  return outcomes;
}

Outcomes& Lab::connect(IpNode& from, std::string_view to, std::uint16_t source_port) {
  Outcomes& outcomes = outcomes_.emplace_back();
  from.sockets().connect(source_port, endpoint(to), {&outcomes, outcomes_.size()});
  return outcomes;
}

void Lab::run(Duration time) { network_.run_until(now() + time); }

// --- looking ------------------------------------------------------------------------------------

std::string Lab::name_of(NodeId node, IfIndex interface) const {
  if (node.value >= kFirstFarId) return far_ends_[node.value - kFirstFarId - 1].name();
  if (interface == kNoInterface) return network_.name(node);
  return network_.name(node) + "/" + network_.interface_name(node, interface);
}

std::vector<std::string> Lab::drops() {
  std::vector<std::string> result;
  for (; visits_told_ < recorder_.visits().size(); ++visits_told_) {
    const Visit& visit = recorder_.visits()[visits_told_];
    if (visit.outcome == Outcome::dropped || visit.outcome == Outcome::rejected)
      result.push_back(name_of(visit.node, kNoInterface) + ": " +
                       natsim::to_string(visit.reason.cause));
  }
  return result;
}

std::vector<std::string> Lab::notes() const {
  std::vector<std::string> result;
  for (const NoteEvent& note : recorder_.notes())
    result.push_back(network_.name(note.node) + ": " + note.text);
  return result;
}

std::string Lab::story() const {
  constexpr std::size_t kLinesMax = 200;
  const auto& lines = recorder_.lines();
  std::string story = "so far:\n";
  const std::size_t first = lines.size() > kLinesMax ? lines.size() - kLinesMax : 0;
  if (first > 0) story += fmt::format("  … {} lines …\n", first);
  for (std::size_t i = first; i < lines.size(); ++i) story += "  " + lines[i] + "\n";
  return story;
}

}  // namespace natsim::lab
