#include "tests/rules/kernel_router.h"

#include <fmt/format.h>

#include "sim/wire/dump.h"
#include "sim/wire/ethernet.h"
#include "sim/wire/ipv4.h"
#include "tests/support/recorder.h"

namespace natsim::lab {
namespace {

constexpr std::uint32_t kFirstFarId = 1'000'000;

Bytes ip_packet(const Bytes& frame) {
  if (frame.size() < kEthernetHeaderBytes + kIpv4HeaderBytes) return {};
  const Ipv4View view(frame.data() + kEthernetHeaderBytes, frame.size() - kEthernetHeaderBytes);
  const std::size_t size =
      std::min<std::size_t>(view.total_length(), frame.size() - kEthernetHeaderBytes);
  return {frame.begin() + kEthernetHeaderBytes,
          frame.begin() + std::ptrdiff_t(kEthernetHeaderBytes + size)};
}

}  // namespace

struct KernelRouter::Story {
  Recorder recorder{[](NodeId node, IfIndex interface) {
    static constexpr const char* kNames[] = {"lan0", "dmz0", "wan0"};
    if (node.value >= kFirstFarId) return std::string("far");
    return std::string(interface.value < 3 ? kNames[interface.value] : "router");
  }};
  std::size_t told = 0;
};

KernelRouter::KernelRouter(const Ruleset& rules) : story_(std::make_unique<Story>()) {
  network_.observe(&story_->recorder);
  StackOptions options;
  options.icmp_rate_limit = false;
  options.redirects = false;
  router_ = &network_.add_node("router", IpNodeKind::router, options);
  router_->watch(true);
  add_leg("lan", mac("02:00:00:00:01:01"), mac("02:00:00:00:01:10"), {"192.168.1.1/24"},
          {"192.168.1.10", "192.168.1.11", "192.168.1.77"});
  add_leg("dmz", mac("02:00:00:00:02:01"), mac("02:00:00:00:02:10"), {"172.16.5.1/24"},
          {"172.16.5.10", "172.16.5.20"});
  add_leg("wan", mac("02:00:00:00:03:01"), mac("02:00:00:00:03:10"),
          {"203.0.113.1/24", "203.0.113.2/24", "203.0.113.3/24"},
          {"203.0.113.50", "203.0.113.80", "203.0.113.254"});
  Route route;
  route.next_hop = ip("203.0.113.254");
  route.out = IfIndex{2};
  router_->stack().routes().add(route);
  std::vector<InterfaceInfo> interfaces;
  for (const Leg& leg : legs_) interfaces.push_back({leg.name + "0", {}});
  router_->stack().set_filter(std::make_unique<Netfilter>(rules, std::move(interfaces), Prng(1)));
}

KernelRouter::~KernelRouter() { network_.observe(nullptr); }

void KernelRouter::add_leg(std::string_view name, MacAddress router_mac, MacAddress far_mac,
                           std::initializer_list<std::string_view> addresses,
                           std::initializer_list<std::string_view> neighbors) {
  StackInterface interface;
  interface.name = std::string(name) + "0";
  interface.mac = router_mac;
  const IfIndex index = router_->add_interface(std::move(interface));
  for (const std::string_view address : addresses)
    router_->stack().add_address(Instant(), index, prefix(address));
  for (const std::string_view neighbor : neighbors)
    router_->stack().add_neighbor(index, ip(neighbor), far_mac);
  Leg& leg =
      legs_.emplace_back(network_.lane(), NodeId{kFirstFarId + index.value}, name, far_mac, *this);
  Interface& port = router_->port(index);
  const ChannelOptions options{.delay = Duration::microseconds(1), .bandwidth_bps = 0};
  const auto cable = [&](OrderSource& order, Interface& from, Interface& to, const char* way) {
    auto channel = std::make_unique<Channel>(network_.lane(), order, options, from, to,
                                             network_.seed(), fmt::format("{}/{}", name, way));
    from.plug(*channel);
    return channel;
  };
  leg.to_router = cable(leg.far.order(), leg.far.interface(), port, "in");
  leg.to_far = cable(router_->order(), port, leg.far.interface(), "out");
}

std::vector<LegFrame> KernelRouter::step(const LegFrame& in, Duration time) {
  story_->told = story_->recorder.lines().size();
  for (Leg& leg : legs_) {
    if (leg.name != in.leg) continue;
    const ByteSpan frame(in.frame);
    const Bytes payload(in.frame.begin() + kEthernetHeaderBytes, in.frame.end());
    leg.far.sends({}, Frame(load_be16(frame.data() + 12), payload)
                          .to(MacAddress::load(frame.data()))
                          .from(MacAddress::load(frame.data() + 6)));
  }
  network_.run_until(network_.now() + time);
  std::vector<LegFrame> out;
  for (Leg& leg : legs_)
    for (; leg.heard < leg.far.heard().size(); ++leg.heard)
      out.push_back({leg.name, leg.far.heard()[leg.heard].bytes});
  return out;
}

std::string KernelRouter::story() const {
  std::string text;
  const auto& lines = story_->recorder.lines();
  for (std::size_t i = story_->told; i < lines.size(); ++i) text += "    " + lines[i] + "\n";
  return text;
}

Bytes from_hex(std::string_view hex) {
  const auto digit = [](char c) { return std::uint8_t(c <= '9' ? c - '0' : c - 'a' + 10); };
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(std::uint8_t(digit(hex[i]) << 4 | digit(hex[i + 1])));
  return bytes;
}

std::string difference(const Bytes& expected, const Bytes& actual, const Bytes& input) {
  Bytes wanted = ip_packet(expected), got = ip_packet(actual);
  const Bytes cause = ip_packet(input);
  if (wanted.size() < kIpv4HeaderBytes || got.size() < kIpv4HeaderBytes) return "no IPv4 packet";
  constexpr std::size_t kId = 4, kChecksum = 10;
  const bool forwarded =
      std::equal(wanted.begin() + kId, wanted.begin() + kId + 2, cause.begin() + kId);
  if (!forwarded) {
    // The router made it: the identification is its own, and the checksum follows from it.
    if (!Ipv4View::received(got)) return "the header checksum is wrong";
    for (const std::size_t at : {kId, kId + 1, kChecksum, kChecksum + 1}) got[at] = wanted[at] = 0;
  }
  // A timestamp reply tells the time of day.
  constexpr std::size_t kTimestampReplyBytes = 40, kTimes = 32, kIcmpChecksum = 22;
  if (!forwarded && wanted.size() == kTimestampReplyBytes && got.size() == wanted.size() &&
      wanted[9] == 1 && wanted[20] == 14) {
    for (const std::size_t at : {kIcmpChecksum, kIcmpChecksum + 1}) got[at] = wanted[at] = 0;
    std::copy(wanted.begin() + kTimes, wanted.end(), got.begin() + kTimes);
  }
  if (wanted == got) return {};
  if (wanted.size() != got.size())
    return fmt::format("{} octets instead of {}", got.size(), wanted.size());
  const auto at = std::mismatch(wanted.begin(), wanted.end(), got.begin()).first - wanted.begin();
  return fmt::format("octet {} is 0x{:02x} instead of 0x{:02x}", at, got[std::size_t(at)],
                     wanted[std::size_t(at)]);
}

}  // namespace natsim::lab
