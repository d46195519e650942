#include "sim/wire/dump.h"

#include <fmt/format.h>

#include "sim/wire/arp.h"
#include "sim/wire/dhcp.h"
#include "sim/wire/dns.h"
#include "sim/wire/summary.h"
#include "sim/wire/udp.h"
#include "sim/wire/vlan.h"

namespace natsim {
namespace {

std::string malformed(WireError error, ByteSpan bytes) {
  return fmt::format("malformed: {}, length {}", to_string(error), bytes.size());
}

/// "192.168.1.1.53", or the bare address where there is no port.
std::string end_of(const Endpoint& endpoint, bool with_port) {
  return with_port ? fmt::format("{}.{}", endpoint.address.to_string(), endpoint.port)
                   : endpoint.address.to_string();
}

std::string ends_of(const FlowOf& flow) {
  const bool ports = flow.has_ports && flow.tuple.protocol != Protocol::icmp;
  return fmt::format("{} > {}", end_of(flow.tuple.source, ports),
                     end_of(flow.tuple.destination, ports));
}

/// Nothing of the transport's segment is missing.
bool is_whole(const Ipv4View& packet) {
  return packet.total_length() <= packet.bytes().size() && !packet.is_fragment();
}

/// Said of a transport checksum that is all there and wrong.
std::string checksum_remark(const Ipv4View& packet) {
  const Protocol protocol = packet.protocol();
  if (!is_whole(packet) || l4_checksum_ok(protocol, packet.pseudo_header(), packet.payload()))
    return "";
  return fmt::format(" (bad {} checksum)", to_string(protocol));
}

std::string dump_arp(ByteSpan packet) {
  const auto arp = ArpHeader::parse(packet);
  if (!arp) return "ARP, " + malformed(arp.error(), packet);
  if (arp->operation == ArpOperation::reply)
    return fmt::format("ARP, Reply {} is-at {}, length {}", arp->sender_ip.to_string(),
                       arp->sender_mac.to_string(), arp->size());
  return fmt::format("ARP, Request who-has {} tell {}, length {}", arp->target_ip.to_string(),
                     arp->sender_ip.to_string(), arp->size());
}

std::string dump_quoted(ByteSpan packet) {
  const auto quoted = Ipv4View::checked(packet);
  if (!quoted) return fmt::format(", quoting {} octets that are no IPv4 packet", packet.size());
  const FlowOf flow = flow_of(*quoted);
  const std::string protocol = to_string(flow.tuple.protocol);
  const std::string id = flow.tuple.protocol == Protocol::icmp && flow.has_ports
                             ? fmt::format(" id {}", flow.tuple.source.port)
                             : "";
  return fmt::format(", quoting {} {}{}", protocol, ends_of(flow), id);
}

std::string dump_icmp(const Ipv4View& packet) {
  const ByteSpan message = packet.payload();
  const auto icmp = IcmpView::checked(message);
  if (!icmp) return "ICMP, " + malformed(icmp.error(), message);
  std::string text = "ICMP " + icmp_words(icmp->type(), icmp->code());
  if (icmp_is_query(icmp->type()))
    text += fmt::format(", id {}, seq {}", icmp->id(), icmp->sequence());
  if (icmp->type() == IcmpType::destination_unreachable &&
      IcmpUnreachable(icmp->code()) == IcmpUnreachable::fragmentation_needed)
    text += fmt::format(", mtu {}", icmp->next_hop_mtu());
  if (icmp->type() == IcmpType::redirect)
    text += fmt::format(" to {}", icmp->gateway().to_string());
  if (icmp->type() == IcmpType::parameter_problem)
    text += fmt::format(" at octet {}", icmp->pointer());
  if (icmp_is_error(icmp->type())) text += dump_quoted(icmp->payload());
  return text + fmt::format(", length {}{}", message.size(), checksum_remark(packet));
}

std::string dump_tcp_options(const TcpOptions& options) {
  std::string text;
  const auto add = [&text](const std::string& word) { text += text.empty() ? word : "," + word; };
  if (options.mss) add(fmt::format("mss {}", *options.mss));
  if (options.sack_permitted) add("sackOK");
  if (options.timestamps)
    add(fmt::format("TS val {} ecr {}", options.timestamps->value, options.timestamps->echo));
  if (options.window_scale) add(fmt::format("wscale {}", *options.window_scale));
  if (options.sack_count > 0) {
    std::string blocks = fmt::format("sack {} ", options.sack_count);
    for (std::size_t i = 0; i < options.sack_count; ++i)
      blocks +=
          fmt::format("{{{}:{}}}", options.sack[i].left.value(), options.sack[i].right.value());
    add(blocks);
  }
  return text;
}

std::string dump_tcp(const Ipv4View& packet) {
  const ByteSpan segment = packet.payload();
  const auto tcp = TcpView::checked(segment);
  if (!tcp) return "TCP, " + malformed(tcp.error(), segment);
  const std::size_t payload_bytes = tcp->payload().size();
  std::string text = fmt::format("Flags [{}]", tcp_flags_to_string(tcp->flags()));
  // As tcpdump does: a bare acknowledgment takes no sequence numbers, so its own is left out.
  if (tcp->segment_length() > 0 || tcp->has(kTcpRst))
    text += fmt::format(", seq {}", tcp->seq().value());
  if (payload_bytes > 0)
    text += fmt::format(":{}", (tcp->seq() + std::uint32_t(payload_bytes)).value());
  if (tcp->has(kTcpAck)) text += fmt::format(", ack {}", tcp->ack().value());
  text += fmt::format(", win {}", tcp->window());
  if (tcp->has(kTcpUrg)) text += fmt::format(", urg {}", tcp->urgent_pointer());
  const auto options = TcpOptions::parse(tcp->options());
  if (!options)
    text += fmt::format(", options malformed: {}", to_string(options.error()));
  else if (const std::string words = dump_tcp_options(*options); !words.empty())
    text += fmt::format(", options [{}]", words);
  return text + fmt::format(", length {}{}", payload_bytes, checksum_remark(packet));
}

std::string dump_dhcp(ByteSpan payload) {
  const auto dhcp = DhcpMessage::parse(payload);
  if (!dhcp) return "BOOTP/DHCP, " + malformed(dhcp.error(), payload);
  std::string text =
      fmt::format("BOOTP/DHCP, {} {}, {}", is_from_server(dhcp->type) ? "Reply to" : "Request from",
                  dhcp->chaddr.to_string(), to_string(dhcp->type));
  // The address that the message is about: given, asked for, or in use.
  auto address = dhcp->options.address(DhcpCode::requested_address).value_or(dhcp->ciaddr);
  if (is_from_server(dhcp->type) && !dhcp->yiaddr.is_unspecified()) address = dhcp->yiaddr;
  if (!address.is_unspecified()) text += " " + address.to_string();
  if (!dhcp->giaddr.is_unspecified()) text += fmt::format(", via {}", dhcp->giaddr.to_string());
  return text + fmt::format(", length {}", payload.size());
}

bool is_dhcp(const UdpView& udp) {
  const auto is_one = [](std::uint16_t port) {
    return port == kDhcpServerPort || port == kDhcpClientPort;
  };
  return is_one(udp.source_port()) && is_one(udp.destination_port());
}

// What is no DNS message on its port is shown as any other datagram.
bool is_dns(const UdpView& udp) {
  return udp.source_port() == kDnsPort || udp.destination_port() == kDnsPort;
}

std::string dump_udp(const Ipv4View& packet) {
  const ByteSpan datagram = packet.payload();
  const bool whole = is_whole(packet);
  const auto udp = UdpView::checked(datagram);
  if (!udp) return "UDP, " + malformed(udp.error(), datagram);
  if (udp->length() < kUdpHeaderBytes || (whole && udp->length() > datagram.size()))
    return "UDP, " + malformed(WireError::bad_length, datagram);
  const std::string remark = checksum_remark(packet);
  if (whole && is_dhcp(*udp)) return dump_dhcp(udp->payload()) + remark;
  if (whole && is_dns(*udp)) {
    if (const auto dns = DnsMessage::parse(udp->payload()))
      return fmt::format("DNS {}, length {}{}", to_string(*dns), udp->payload().size(), remark);
  }
  return fmt::format("UDP, length {}{}", udp->length() - kUdpHeaderBytes, remark);
}

std::string dump_transport(const Ipv4View& packet) {
  const ByteSpan payload = packet.payload();
  if (packet.fragment_offset() > 0) return to_string(packet.protocol());
  switch (packet.protocol()) {
    case Protocol::icmp: return dump_icmp(packet);
    case Protocol::tcp: return dump_tcp(packet);
    case Protocol::udp: return dump_udp(packet);
    default: return fmt::format("{}, length {}", to_string(packet.protocol()), payload.size());
  }
}

/// What is odd about the packet, in parentheses behind the rest.
std::string remarks_on(const Ipv4View& packet) {
  std::string text;
  const bool cut = packet.total_length() > packet.bytes().size();
  if (packet.is_fragment())
    text += fmt::format(" (frag {}:{}@{}{})", packet.id(), packet.payload().size(),
                        packet.fragment_offset(), packet.more_fragments() ? "+" : "");
  if (packet.total_length() < packet.header_bytes())
    text += fmt::format(" (bad total length {})", packet.total_length());
  if (cut)
    text +=
        fmt::format(" (cut off: {} of {} octets)", packet.bytes().size(), packet.total_length());
  if (!packet.checksum_ok()) text += " (bad header checksum)";
  return text;
}

std::string dump_ipv6(ByteSpan packet) {
  constexpr std::size_t kHeaderBytes = 40;  // RFC 8200 3
  if (packet.size() < kHeaderBytes) return "IP6, " + malformed(WireError::truncated, packet);
  return fmt::format("IP6 {} > {}: {}, length {}", IpAddress::load_v6(&packet[8]).to_string(),
                     IpAddress::load_v6(&packet[24]).to_string(), to_string(Protocol(packet[6])),
                     load_be16(&packet[4]));
}

/// "vlan 10, vlan 20, p 3, " for the tags of a frame.
std::string dump_tags(ByteSpan frame) {
  std::string text;
  for (std::size_t at = kVlanTagOffset; at < frame.size(); at += kVlanTagBytes) {
    const auto tag = VlanView::checked(frame.subspan(at));
    if (!tag) break;
    text += fmt::format("vlan {}, ", tag->vlan_id());
    if (tag->priority() != 0) text += fmt::format("p {}, ", tag->priority());
    if (tag->drop_eligible()) text += "DEI, ";
  }
  return text;
}

std::string dump_macs(ByteSpan frame) {
  const EthernetView ethernet(frame.data(), frame.size());
  return fmt::format("{} > {}", ethernet.source().to_string(), ethernet.destination().to_string());
}

/// A frame whose content has no type.
std::string dump_untyped(ByteSpan frame, WireError why) {
  if (frame.size() < kEthernetHeaderBytes) return "Ethernet, " + malformed(why, frame);
  const std::string what = why == WireError::unsupported
                               ? fmt::format("802.3, length {}", frame.size())
                               : "Ethernet, " + malformed(why, frame);
  return fmt::format("{}{}, {}", dump_tags(frame), dump_macs(frame), what);
}

}  // namespace

std::string dump_ip(ByteSpan packet) {
  const auto ip = Ipv4View::checked(packet);
  if (!ip) return "IP, " + malformed(ip.error(), packet);
  return fmt::format("IP {}: {}{}", ends_of(flow_of(*ip)), dump_transport(*ip), remarks_on(*ip));
}

std::string dump_frame(ByteSpan frame) {
  const auto content = content_of(frame);
  if (!content) return dump_untyped(frame, content.error());
  const std::string tags = dump_tags(frame);
  switch (content->type) {
    case EtherType::ipv4: return tags + dump_ip(content->payload);
    case EtherType::arp: return tags + dump_arp(content->payload);
    case EtherType::ipv6: return tags + dump_ipv6(content->payload);
    default: break;
  }
  return fmt::format("{}{}, ethertype {}, length {}", tags, dump_macs(frame),
                     to_string(content->type), content->payload.size());
}

}  // namespace natsim
