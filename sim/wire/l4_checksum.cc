#include "sim/wire/l4_checksum.h"

#include "sim/base/check.h"
#include "sim/wire/icmp.h"
#include "sim/wire/tcp.h"
#include "sim/wire/udp.h"

namespace natsim {
namespace {

std::uint64_t segment_sum(Protocol protocol, const PseudoHeader& ip, ByteSpan segment) {
  const std::uint64_t pseudo =
      protocol == Protocol::icmp
          ? 0
          : pseudo_header_sum(ip.source, ip.destination, protocol, std::uint32_t(segment.size()));
  return pseudo + sum_words(segment);
}

/// RFC 1071 1: the sum over data and checksum together is all ones.
bool sums_to_ones(Protocol protocol, const PseudoHeader& ip, ByteSpan segment) {
  return fold_sum(segment_sum(protocol, ip, segment)) == 0xffff;
}

}  // namespace

bool icmp_checksum_ok(ByteSpan message) {
  return message.size() >= kIcmpHeaderBytes && sums_to_ones(Protocol::icmp, {}, message);
}

bool tcp_checksum_ok(const PseudoHeader& ip, ByteSpan segment) {
  return segment.size() >= kTcpHeaderBytes && sums_to_ones(Protocol::tcp, ip, segment);
}

bool udp_checksum_ok(const PseudoHeader& ip, ByteSpan datagram) {
  if (datagram.size() < kUdpHeaderBytes) return false;
  if (load_raw16(datagram.data() + 6) == 0) return true;
  const std::size_t length = load_be16(datagram.data() + 4);
  if (length < kUdpHeaderBytes || length > datagram.size()) return false;
  return sums_to_ones(Protocol::udp, ip, datagram.first(length));
}

bool l4_checksum_ok(Protocol protocol, const PseudoHeader& ip, ByteSpan segment) {
  switch (protocol) {
    case Protocol::icmp: return icmp_checksum_ok(segment);
    case Protocol::tcp: return tcp_checksum_ok(ip, segment);
    case Protocol::udp: return udp_checksum_ok(ip, segment);
    default: return true;
  }
}

void finish_l4_checksum(Protocol protocol, const PseudoHeader& ip, MutableByteSpan segment) {
  const auto offset = l4_checksum_offset(protocol);
  if (!offset) return;
  SIM_CHECK(segment.size() >= *offset + 2);
  std::uint8_t* const field = segment.data() + *offset;
  store_raw16(field, 0);
  std::uint16_t checksum = checksum_of(segment_sum(protocol, ip, segment));
  // RFC 768: "If the computed checksum is zero, it is transmitted as all ones".
  if (protocol == Protocol::udp && checksum == 0) checksum = 0xffff;
  store_raw16(field, checksum);
}

}  // namespace natsim
