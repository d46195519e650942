#include "sim/filter/packet_edit.h"

#include <algorithm>

#include "sim/wire/ipv4.h"
#include "sim/wire/tcp.h"

namespace natsim {

namespace {

constexpr std::uint8_t kOptionEnd = 0, kOptionNop = 1, kOptionMss = 2;
constexpr std::size_t kMssBytes = 4;
constexpr std::uint16_t kHeadersBytes = kIpv4HeaderBytes + kTcpHeaderBytes;

/// Where the MSS stands in a segment's options, or nullptr.
std::uint8_t* find_mss(std::uint8_t* segment, std::size_t header_bytes) {
  std::size_t at = kTcpHeaderBytes;
  while (at < header_bytes && segment[at] != kOptionEnd) {
    if (segment[at] == kOptionNop) {
      ++at;
      continue;
    }
    if (at + 1 >= header_bytes || segment[at + 1] < 2) return nullptr;
    if (segment[at] == kOptionMss && segment[at + 1] == kMssBytes && at + kMssBytes <= header_bytes)
      return segment + at + 2;
    at += segment[at + 1];
  }
  return nullptr;
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

void clamp_mss(Traversal& packet, const TcpMssTarget& target, const InterfaceTable& interfaces) {
  const std::size_t size = packet.ip_size - packet.header_bytes;
  if (packet.protocol != Protocol::tcp || !packet.has_transport(kTcpHeaderBytes)) return;
  const auto view = TcpView::checked({packet.transport(), size});
  if (!view || !view->has(kTcpSyn)) return;
  std::uint8_t* mss = find_mss(packet.transport(), view->header_bytes());
  if (mss == nullptr) return;
  const std::uint32_t mtu = std::min(interfaces.mtu(packet.in), interfaces.mtu(packet.out));
  const std::uint16_t limit = target.mss.value_or(
      std::uint16_t(std::max<std::uint32_t>(mtu, kHeadersBytes) - kHeadersBytes));
  const std::uint16_t before = load_be16(mss);
  if (before <= limit) return;
  // At an odd offset the octets stand in two words, whose sums count them the other way round.
  const bool odd = (mss - packet.transport()) % 2 != 0;
  const auto as_sum = [odd](std::uint16_t v) { return odd ? std::uint64_t(v) : sum_of(v); };
  store_be16(mss, limit);
  update_checksum(packet.transport() + 16, as_sum(before), as_sum(limit));
}

}  // namespace natsim
