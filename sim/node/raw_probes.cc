#include "sim/node/raw_probes.h"

#include <algorithm>

#include <fmt/format.h>

#include "sim/node/ip_node.h"
#include "sim/node/local_packet.h"
#include "sim/transport/ephemeral.h"
#include "sim/wire/udp.h"

namespace natsim {
namespace {

constexpr std::uint32_t kPortFirst = kEphemeralPortLast + 1;
constexpr std::uint32_t kPorts = 65'536 - kPortFirst;
constexpr std::size_t kSynBytesMax = 60;  // with all options; nmap's has only the MSS
constexpr std::uint16_t kSynWindow = 1024;

/// As traceroute fills its datagrams: '@', 'A', 'B', …
Bytes filler(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = std::uint8_t(0x40 + i % 0x40);
  return bytes;
}

}  // namespace

RawProbes::RawProbes(IpNode& node, std::uint64_t seed)
    : node_(node), random_(Prng::stream(seed, fmt::format("node/{}/raw", node.name()))) {
  next_port_ = kPortFirst + std::uint32_t(random_.below(kPorts));
}

std::uint16_t RawProbes::take_ports(std::uint16_t count) {
  SIM_CHECK(count <= 4000);
  if (next_port_ + count > 65'536) next_port_ = kPortFirst;
  const auto first = std::uint16_t(next_port_);
  next_port_ += count;
  return first;
}

Packet RawProbes::packet_of(const RawProbe& probe, Ipv4Header ip) {
  PacketPool& pool = node_.lane().pool;
  const auto payload_bytes = [&](std::size_t headers) {
    return probe.size > headers ? probe.size - headers : 0;
  };
  switch (probe.protocol) {
    case Protocol::tcp: {
      TcpHeader syn{.source_port = probe.source_port,
                    .destination_port = probe.destination_port,
                    .seq = Seq(std::uint32_t(random_.below(std::uint64_t{1} << 32))),
                    .flags = kTcpSyn,
                    .window = kSynWindow};
      syn.options.mss = 1460;
      if (probe.size >= kSynBytesMax) {
        syn.options.sack_permitted = true;
        syn.options.timestamps = TcpTimestamps{std::uint32_t(random_.below(1u << 31)), 0};
        syn.options.window_scale = 2;
      }
      return make_tcp(pool, ip, syn);
    }
    case Protocol::udp: {
      const Bytes payload = probe.payload.empty()
                                ? filler(payload_bytes(Ipv4Header::size() + kUdpHeaderBytes))
                                : probe.payload;
      return make_udp(pool, ip, probe.source_port, probe.destination_port, payload);
    }
    default: {
      const IcmpHeader echo = IcmpHeader::echo_request(probe.source_port, probe.destination_port);
      return make_icmp(pool, ip, echo, filler(payload_bytes(Ipv4Header::size() + echo.size())));
    }
  }
}

void RawProbes::send(const RawProbe& probe) {
  Stack& stack = node_.stack();
  const Ipv4Header ip{.id = stack.next_identification(),
                      .ttl = probe.ttl,
                      .source = stack.source_for(probe.destination).value_or(Ipv4Address()),
                      .destination = probe.destination};
  stack.send(node_.lane().simulator.now(), packet_of(probe, ip));
}

// A listener may remove itself, or make another one, while it is told.
bool RawProbes::tell(const RawAnswer& answer) {
  const std::vector<RawListener*> listeners = listeners_;
  return std::any_of(listeners.begin(), listeners.end(), [&](RawListener* listener) {
    const bool there =
        std::find(listeners_.begin(), listeners_.end(), listener) != listeners_.end();
    return there && listener->on_raw_answer(answer);
  });
}

bool RawProbes::hear_udp(const LocalDelivery& delivery) {
  if (listeners_.empty()) return false;
  const auto udp = UdpView::checked(delivery.ip.payload());
  return udp.ok() &&
         tell({Protocol::udp, delivery.ip.source(), udp->destination_port(), udp->source_port()});
}

bool RawProbes::hear_tcp(const LocalDelivery& delivery) {
  if (listeners_.empty()) return false;
  const auto tcp = TcpView::checked(delivery.ip.payload());
  if (!tcp.ok() || !(tcp->has(kTcpRst) || tcp->has(kTcpSyn | kTcpAck))) return false;
  return tell({Protocol::tcp, delivery.ip.source(), tcp->destination_port(), tcp->source_port(),
               tcp->has(kTcpRst)});
}

bool RawProbes::hear_echo_reply(Ipv4Address from, std::uint16_t id, std::uint16_t sequence) {
  return tell({Protocol::icmp, from, id, sequence});
}

bool RawProbes::hear_error(const Ipv4View& quoted, const IcmpError& error) {
  const std::uint8_t* const l4 = quoted.payload().data();
  const bool is_icmp = quoted.protocol() == Protocol::icmp;
  if (is_icmp && IcmpType(l4[0]) != IcmpType::echo_request) return false;
  const std::size_t at = is_icmp ? 4 : 0;
  RawAnswer answer{quoted.protocol(), quoted.destination(), load_be16(l4 + at),
                   load_be16(l4 + at + 2)};
  answer.error = error;
  return tell(answer);
}

}  // namespace natsim
