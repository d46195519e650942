#include "sim/filter/log_line.h"

#include <fmt/format.h>

#include <iterator>
#include <string_view>

#include "sim/wire/ethernet.h"
#include "sim/wire/icmp.h"
#include "sim/wire/ipv4.h"
#include "sim/wire/tcp.h"
#include "sim/wire/udp.h"

namespace natsim {

namespace {

constexpr std::size_t kPrefixMax = 29;
constexpr std::uint8_t kTosMask = 0x1e, kPrecedenceMask = 0xe0;

using Out = std::back_insert_iterator<std::string>;

/// "OPT (0101080A…) ".
void put_options(Out out, ByteSpan options) {
  fmt::format_to(out, "OPT (");
  for (const std::uint8_t octet : options) fmt::format_to(out, "{:02X}", octet);
  fmt::format_to(out, ") ");
}

void put_tcp(Out out, ByteSpan segment, const LogTarget& target) {
  const auto tcp = TcpView::checked(segment);
  if (!tcp) {
    fmt::format_to(out, "INCOMPLETE [{} bytes] ", segment.size());
    return;
  }
  fmt::format_to(out, "SPT={} DPT={} ", tcp->source_port(), tcp->destination_port());
  if (target.tcp_sequence)
    fmt::format_to(out, "SEQ={} ACK={} ", tcp->seq().value(), tcp->ack().value());
  fmt::format_to(out, "WINDOW={} RES=0x{:02x} ", tcp->window(), (segment[12] & 0x0f) << 2);
  struct Name {
    TcpFlags flag;
    const char* text;
  };
  static constexpr Name kNames[] = {{kTcpCwr, "CWR "}, {kTcpEce, "ECE "}, {kTcpUrg, "URG "},
                                    {kTcpAck, "ACK "}, {kTcpPsh, "PSH "}, {kTcpRst, "RST "},
                                    {kTcpSyn, "SYN "}, {kTcpFin, "FIN "}};
  for (const Name& name : kNames)
    if (tcp->has(name.flag)) fmt::format_to(out, "{}", name.text);
  fmt::format_to(out, "URGP={} ", tcp->urgent_pointer());
  if (target.tcp_options && !tcp->options().empty()) put_options(out, tcp->options());
}

void put_packet(Out out, ByteSpan bytes, const LogTarget& target, bool quoted);

void put_icmp(Out out, ByteSpan message, const LogTarget& target, bool quoted) {
  if (message.size() < kIcmpHeaderBytes) {
    fmt::format_to(out, "INCOMPLETE [{} bytes] ", message.size());
    return;
  }
  const IcmpView icmp(message.data(), message.size());
  fmt::format_to(out, "TYPE={} CODE={} ", int(icmp.type()), icmp.code());
  if (icmp.type() == IcmpType::echo_request || icmp.type() == IcmpType::echo_reply)
    fmt::format_to(out, "ID={} SEQ={} ", icmp.id(), icmp.sequence());
  if (icmp.type() == IcmpType::redirect)
    fmt::format_to(out, "GATEWAY={} ", icmp.gateway().to_string());
  if (!icmp_is_error(icmp.type()) || quoted) return;
  fmt::format_to(out, "[");
  put_packet(out, icmp.payload(), target, true);
  fmt::format_to(out, "] ");
  if (icmp.type() == IcmpType::destination_unreachable &&
      icmp.code() == std::uint8_t(IcmpUnreachable::fragmentation_needed))
    fmt::format_to(out, "MTU={} ", icmp.next_hop_mtu());
}

void put_transport(Out out, const Ipv4View& ip, const LogTarget& target, bool quoted) {
  const ByteSpan payload = ip.payload();
  switch (ip.protocol()) {
    case Protocol::tcp: fmt::format_to(out, "PROTO=TCP "); break;
    case Protocol::udp: fmt::format_to(out, "PROTO=UDP "); break;
    case Protocol::icmp: fmt::format_to(out, "PROTO=ICMP "); break;
    default: fmt::format_to(out, "PROTO={} ", int(ip.protocol())); return;
  }
  if (ip.fragment_offset() != 0) return;
  if (ip.protocol() == Protocol::tcp) return put_tcp(out, payload, target);
  if (ip.protocol() == Protocol::icmp) return put_icmp(out, payload, target, quoted);
  const auto udp = UdpView::checked(payload);
  if (!udp)
    fmt::format_to(out, "INCOMPLETE [{} bytes] ", payload.size());
  else
    fmt::format_to(out, "SPT={} DPT={} LEN={} ", udp->source_port(), udp->destination_port(),
                   udp->length());
}

void put_packet(Out out, ByteSpan bytes, const LogTarget& target, bool quoted) {
  const auto ip = Ipv4View::checked(bytes);
  if (!ip) {
    fmt::format_to(out, "TRUNCATED");
    return;
  }
  fmt::format_to(out, "SRC={} DST={} LEN={} TOS=0x{:02X} PREC=0x{:02X} TTL={} ID={} ",
                 ip->source().to_string(), ip->destination().to_string(), ip->total_length(),
                 ip->tos() & kTosMask, ip->tos() & kPrecedenceMask, ip->ttl(), ip->id());
  if (ip->dont_fragment()) fmt::format_to(out, "DF ");
  if (ip->more_fragments()) fmt::format_to(out, "MF ");
  if (ip->fragment_offset() != 0) fmt::format_to(out, "FRAG:{} ", ip->fragment_offset() / 8);
  if (target.ip_options && !ip->options().empty()) put_options(out, ip->options());
  put_transport(out, *ip, target, quoted);
}

void put_link_header(Out out, const std::uint8_t* header) {
  fmt::format_to(out, "MAC=");
  if (header != nullptr)
    for (std::size_t i = 0; i < kEthernetHeaderBytes; ++i)
      fmt::format_to(out, "{}{:02x}", i == 0 ? "" : ":", header[i]);
  fmt::format_to(out, " ");
}

}  // namespace

std::string log_line(const LogTarget& target, const Traversal& packet,
                     const InterfaceTable& interfaces) {
  std::string line;
  const Out out(line);
  fmt::format_to(out, "{}IN={} OUT={} ", std::string_view(target.prefix).substr(0, kPrefixMax),
                 interfaces.name(packet.in), interfaces.name(packet.out));
  if (packet.in != kNoInterface) put_link_header(out, packet.link_header);
  put_packet(out, {packet.ip, packet.ip_size}, target, false);
  if (packet.mark != 0) fmt::format_to(out, "MARK=0x{:x} ", packet.mark);
  return line;
}

}  // namespace natsim
