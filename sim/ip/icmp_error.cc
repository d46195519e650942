#include "sim/ip/icmp_error.h"

#include <algorithm>

#include "sim/ip/address_classes.h"
#include "sim/wire/ethernet.h"
#include "sim/wire/ipv4.h"
#include "sim/wire/l4_checksum.h"
#include "sim/wire/tcp.h"
#include "sim/wire/udp.h"

namespace natsim {
namespace {

constexpr std::size_t kHeadroom = Packet::kHeadroom + kEthernetHeaderBytes;
/// RFC 1812 4.3.2.5: precedence "internetwork control".
constexpr std::uint8_t kTosInternetworkControl = 0xc0;
/// RFC 1349's TOS bits, which Linux keeps of the offender.
constexpr std::uint8_t kTosKept = 0x1e;
constexpr std::uint8_t kTosEcn = 0x03;

/// RFC 1122 3.2.2 forbids errors about errors; of a type that is not known to be harmless, assume
/// that it is one, as Linux does.
bool may_be_error(std::uint8_t icmp_type) {
  switch (icmp_type) {
    case 0:   // echo reply
    case 8:   // echo request
    case 13:  // timestamp request
    case 14:  // timestamp reply
    case 15:  // information request
    case 16:  // information reply
    case 17:  // address mask request
    case 18:  // address mask reply
      return false;
    default: return true;
  }
}

/// "a source address that does not define a single host -- e.g., a zero address, a loopback
/// address, a broadcast address, a multicast address, or a Class E address" (RFC 1122 3.2.2).
bool is_single_host(Ipv4Address source) {
  return source.value >> 24 != 0 && !source.is_loopback() && source.value < 0xe000'0000;
}

bool is_group(Ipv4Address address) { return address.is_multicast() || address.is_broadcast(); }

/// Linux's REJECT takes a protocol that it does not know for one like ICMP, with a checksum that
/// makes the sum of all octets come out right; what has none is left alone (nf_reject_verify_csum).
bool has_checksum_of_all(Protocol protocol) {
  constexpr std::uint8_t kOthers[] = {1, 6, 17, 33, 47, 50, 51, 132, 136};
  return std::find(std::begin(kOthers), std::end(kOthers), std::uint8_t(protocol)) ==
         std::end(kOthers);
}

}  // namespace

bool may_answer_with_icmp(ByteSpan offender, OffenderContext context) {
  const Ipv4View ip(offender.data(), offender.size());
  if (context.link_group || context.destination_group || is_group(ip.destination())) return false;
  if (!is_single_host(ip.source())) return false;
  if (ip.fragment_offset() != 0) return false;
  if (ip.protocol() != Protocol::icmp) return true;
  return !ip.payload().empty() && !may_be_error(ip.payload().front());
}

bool may_reject_with_icmp(ByteSpan offender, OffenderContext context) {
  const Ipv4View ip(offender.data(), offender.size());
  if (!may_answer_with_icmp(offender, context)) return false;
  if (has_checksum_of_all(ip.protocol())) return checksum_of(sum_words(offender)) == 0;
  // Linux sums up to the end of the packet: octets behind a datagram spoil its checksum.
  if (ip.protocol() == Protocol::udp && ip.payload().size() >= kUdpHeaderBytes) {
    const UdpView datagram(ip.payload().data(), ip.payload().size());
    if (datagram.length() < ip.payload().size() && datagram.checksum() != 0) return false;
  }
  return l4_checksum_ok(ip.protocol(), ip.pseudo_header(), ip.payload());
}

Packet make_icmp_error(PacketPool& pool, IcmpHeader what, ByteSpan offender, Ipv4Address source,
                       std::uint16_t identification) {
  const Ipv4View about(offender.data(), offender.size());
  const std::size_t quoted =
      std::min(offender.size(), kIcmpErrorBytesMax - kIpv4HeaderBytes - kIcmpHeaderBytes);
  Ipv4Header ip;
  ip.tos = std::uint8_t((about.tos() & kTosKept) | kTosInternetworkControl);
  ip.id = identification;
  ip.protocol = Protocol::icmp;
  ip.source = source;
  ip.destination = about.source();
  ip.payload_bytes = std::uint16_t(kIcmpHeaderBytes + quoted);

  Packet error = pool.allocate(kIpv4HeaderBytes + ip.payload_bytes, kHeadroom);
  ip.emit(error.mutable_bytes());
  const MutableByteSpan message = error.mutable_bytes().subspan(kIpv4HeaderBytes);
  what.emit(message);
  std::copy_n(offender.begin(), quoted, message.begin() + kIcmpHeaderBytes);
  finish_l4_checksum(Protocol::icmp, ip.pseudo_header(), message);
  error.set_flags(Packet::kL4ChecksumGood);
  return error;
}

Packet make_tcp_reset(PacketPool& pool, ByteSpan offender, ResetBy by) {
  const Ipv4View about(offender.data(), offender.size());
  if (about.protocol() != Protocol::tcp || about.is_fragment()) return {};
  const Result<TcpView> segment = TcpView::checked(about.payload());
  if (!segment || segment->has(kTcpRst)) return {};
  if (!tcp_checksum_ok(about.pseudo_header(), about.payload())) return {};

  TcpHeader reset;
  reset.source_port = segment->destination_port();
  reset.destination_port = segment->source_port();
  // RFC 9293 3.5.2: "If the incoming segment has an ACK field, the reset takes its sequence number
  // from the ACK field of the segment; otherwise, the reset has sequence number zero".
  reset.flags = kTcpRst;
  if (segment->has(kTcpAck)) {
    reset.seq = segment->ack();
  } else {
    reset.flags |= kTcpAck;
    reset.ack = segment->seq() + segment->segment_length();
  }
  Ipv4Header ip;
  ip.tos = by == ResetBy::stack ? std::uint8_t(about.tos() & ~kTosEcn) : std::uint8_t{0};
  ip.dont_fragment = true;
  ip.protocol = Protocol::tcp;
  ip.source = about.destination();
  ip.destination = about.source();
  ip.payload_bytes = std::uint16_t(reset.size());

  Packet packet = pool.allocate(kIpv4HeaderBytes + reset.size(), kHeadroom);
  ip.emit(packet.mutable_bytes());
  const MutableByteSpan out = packet.mutable_bytes().subspan(kIpv4HeaderBytes);
  reset.emit(out);
  finish_l4_checksum(Protocol::tcp, ip.pseudo_header(), out);
  packet.set_flags(Packet::kL4ChecksumGood);
  return packet;
}

}  // namespace natsim
