#include "sim/wire/summary.h"

#include "sim/wire/udp.h"
#include "sim/wire/vlan.h"

namespace natsim {
namespace {

bool is_tag(EtherType type) { return type == EtherType::vlan || type == EtherType::service_vlan; }

void add_icmp(FrameSummary& summary, ByteSpan message) {
  const auto icmp = IcmpView::checked(message);
  if (!icmp) return;
  summary.icmp_type = icmp->type();
  summary.icmp_code = icmp->code();
  if (!icmp_is_error(icmp->type())) return;
  if (const auto quoted = Ipv4View::checked(icmp->payload())) summary.quoted = flow_of(*quoted);
}

void add_ipv4(FrameSummary& summary, const Ipv4View& packet) {
  summary.flow = flow_of(packet);
  summary.ttl = packet.ttl();
  summary.payload_bytes = packet.payload().size();
  if (packet.fragment_offset() > 0) return;
  switch (packet.protocol()) {
    case Protocol::icmp: add_icmp(summary, packet.payload()); break;
    case Protocol::udp:
      if (const auto udp = UdpView::checked(packet.payload()))
        summary.payload_bytes = udp->payload().size();
      break;
    case Protocol::tcp:
      if (const auto tcp = TcpView::checked(packet.payload())) {
        summary.flags = tcp->flags();
        summary.payload_bytes = tcp->payload().size();
      }
      break;
    default: break;
  }
}

}  // namespace

FlowOf flow_of(const Ipv4View& packet) {
  FlowOf flow{{{packet.source(), 0}, {packet.destination(), 0}, packet.protocol()}, false};
  const ByteSpan l4 = packet.payload();
  if (packet.fragment_offset() > 0 || l4.size() < 4) return flow;
  Tuple& tuple = flow.tuple;
  if (tuple.protocol == Protocol::udp || tuple.protocol == Protocol::tcp) {
    tuple.source.port = load_be16(l4.data());
    tuple.destination.port = load_be16(l4.data() + 2);
    flow.has_ports = true;
  } else if (tuple.protocol == Protocol::icmp && l4.size() >= kIcmpHeaderBytes) {
    const IcmpView icmp(l4.data(), l4.size());
    if (!icmp_is_query(icmp.type())) return flow;
    tuple.source.port = tuple.destination.port = icmp.id();
    flow.has_ports = true;
  }
  return flow;
}

Result<FrameContent> content_of(ByteSpan frame) {
  const auto ethernet = EthernetView::checked(frame);
  if (!ethernet) return ethernet.error();
  std::uint16_t type = ethernet->type_or_length();
  ByteSpan payload = ethernet->payload();
  while (is_tag(EtherType(type))) {
    // Behind the TPID, which was read as the type: control information and the next type.
    if (payload.size() < kVlanTagBytes) return WireError::truncated;
    type = load_be16(payload.data() + 2);
    payload = payload.subspan(kVlanTagBytes);
  }
  if (type <= kEthernetLengthMax) return WireError::unsupported;
  if (type < kEtherTypeMin) return WireError::bad_value;
  return FrameContent{EtherType(type), payload};
}

std::optional<FrameSummary> summarize(ByteSpan frame) {
  const auto content = content_of(frame);
  if (!content) return std::nullopt;
  const EthernetView ethernet(frame.data(), frame.size());
  FrameSummary summary;
  summary.source = ethernet.source();
  summary.destination = ethernet.destination();
  summary.type = content->type;
  summary.frame_bytes = frame.size();
  if (const auto tag = VlanView::checked(frame.subspan(kVlanTagOffset)))
    if (tag->vlan_id() != 0) summary.vlan_id = tag->vlan_id();
  if (content->type == EtherType::ipv4)
    if (const auto packet = Ipv4View::checked(content->payload)) add_ipv4(summary, *packet);
  return summary;
}

}  // namespace natsim
