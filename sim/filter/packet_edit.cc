#include "sim/filter/packet_edit.h"

#include <algorithm>
#include <cstring>

#include "sim/wire/ipv4.h"
#include "sim/wire/tcp.h"

namespace natsim {

namespace {

constexpr std::uint8_t kOptionNop = 1, kOptionMss = 2;
constexpr std::size_t kMssBytes = 4;
constexpr std::uint32_t kHeadersBytes = kIpv4HeaderBytes + kTcpHeaderBytes;
constexpr std::uint16_t kMssWithout = 536;  // RFC 9293 3.7.1: what a SYN without the option means

/// Where the MSS stands in a segment's options, or nullptr. As xt_TCPMSS, which goes on behind an
/// "end of options".
std::uint8_t* find_mss(std::uint8_t* segment, std::size_t header_bytes) {
  std::size_t at = kTcpHeaderBytes;
  while (at + kMssBytes <= header_bytes) {
    if (segment[at] == kOptionMss && segment[at + 1] == kMssBytes) return segment + at + 2;
    at += segment[at] <= kOptionNop || segment[at + 1] == 0 ? 1 : segment[at + 1];
  }
  return nullptr;
}

void lower_mss(std::uint8_t* segment, std::uint8_t* mss, std::uint16_t limit) {
  const std::uint16_t before = load_be16(mss);
  if (before <= limit) return;
  // As xt_TCPMSS also where the option begins at an odd place: the checksum is wrong then.
  store_be16(mss, limit);
  update_checksum(segment + 16, sum_of(before), sum_of(limit));
}

/// Whether Packet::pad() has room for the option: for all but packets with many IP options.
bool may_grow(const Packet& packet) {
  constexpr std::size_t kSmallestSlot = 128;
  return sizeof(PacketBuffer) + packet.headroom() + packet.size() + kMssBytes <= kSmallestSlot;
}

/// Puts the option before the others, and makes the packet longer by it. A segment with data stays
/// as it is: its octets would have to move.
void add_mss(Traversal& packet, std::uint16_t mss) {
  const std::uint32_t size = packet.ip_size - packet.header_bytes;
  packet.packet->pad(packet.ip_size + kMssBytes);
  packet.read(packet.packet->data(), packet.ip_size + kMssBytes);

  std::uint8_t* const segment = packet.transport();
  std::uint8_t* const option = segment + kTcpHeaderBytes;
  std::memmove(option + kMssBytes, option, size - kTcpHeaderBytes);
  const std::uint64_t before = sum_of(std::uint16_t(size)) + load_raw16(segment + 12);
  option[0] = kOptionMss;
  option[1] = kMssBytes;
  store_be16(option + 2, mss);
  segment[12] = std::uint8_t(segment[12] + (kMssBytes / 4 << 4));
  update_checksum(segment + 16, before,
                  sum_of(std::uint16_t(size + kMssBytes)) + load_raw16(segment + 12) +
                      load_raw16(option) + load_raw16(option + 2));
  store_be16(packet.ip + 2, std::uint16_t(packet.ip_size));
  update_checksum(packet.ip + 10, sum_of(std::uint16_t(packet.ip_size - kMssBytes)),
                  sum_of(std::uint16_t(packet.ip_size)));
}

}  // namespace

void change_ttl(Traversal& packet, const TtlTarget& target) {
  MutableIpv4View ip(packet.ip, packet.ip_size);
  int ttl = target.value;
  if (target.operation == TtlTarget::Operation::increment) ttl = ip.ttl() + target.value;
  if (target.operation == TtlTarget::Operation::decrement) ttl = ip.ttl() - target.value;
  ip.set_ttl(std::uint8_t(std::clamp(ttl, 0, 255)));
}

void change_dscp(Traversal& packet, std::uint8_t dscp) {
  MutableIpv4View ip(packet.ip, packet.ip_size);
  ip.set_tos(std::uint8_t(dscp << 2 | ip.ecn()));
}

bool change_mss(Traversal& packet, const TcpMssTarget& target, const PathMtuSource* paths,
                Instant now) {
  if (packet.fragment_offset != 0) return true;
  packet.linear_bytes = packet.ip_size - packet.header_bytes;
  if (!packet.has_transport(kTcpHeaderBytes)) return false;
  const std::uint32_t size = packet.ip_size - packet.header_bytes;
  const std::uint32_t header = (packet.transport()[12] >> 4) * 4u;
  if (header < kTcpHeaderBytes || header > size) return false;
  std::uint16_t limit = 0;
  if (target.mss) {
    limit = *target.mss;
  } else {
    if (paths == nullptr) return true;
    const std::uint32_t mtu =
        std::min(paths->path_mtu(now, packet.destination), paths->path_mtu(now, packet.source));
    if (mtu <= kHeadersBytes) return false;
    limit = std::uint16_t(mtu - kHeadersBytes);
  }
  if (std::uint8_t* mss = find_mss(packet.transport(), header))
    lower_mss(packet.transport(), mss, limit);
  else if (size == header && header < kTcpHeaderBytesMax && may_grow(*packet.packet))
    add_mss(packet, std::min(limit, kMssWithout));
  return true;
}

}  // namespace natsim
