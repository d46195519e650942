#include "sim/wire/ipv4.h"

#include "sim/base/check.h"

namespace natsim {
namespace {

constexpr std::size_t kPacketBytesMax = 65535;

}  // namespace

Result<Ipv4View> Ipv4View::checked(ByteSpan packet) {
  if (packet.size() < kIpv4HeaderBytes) return WireError::truncated;
  const Ipv4View view(packet.data(), packet.size());
  if (view.version() != 4) return WireError::bad_version;
  if (view.header_bytes() < kIpv4HeaderBytes) return WireError::bad_length;
  if (view.header_bytes() > packet.size()) return WireError::truncated;
  return view;
}

Result<Ipv4View> Ipv4View::received(ByteSpan packet) {
  const auto view = checked(packet);
  if (!view) return view;
  if (view->total_length() < view->header_bytes()) return WireError::bad_length;
  if (view->total_length() > packet.size()) return WireError::truncated;
  if (!view->checksum_ok()) return WireError::bad_checksum;
  return Ipv4View(packet.data(), view->total_length());
}

Result<Ipv4Header> Ipv4Header::parse(ByteSpan packet) {
  const auto view = Ipv4View::received(packet);
  if (!view) return view.error();
  const std::size_t payload_bytes = view->payload().size();
  if (view->fragment_offset() + payload_bytes > kPacketBytesMax - kIpv4HeaderBytes)
    return WireError::bad_length;
  return Ipv4Header{.tos = view->tos(),
                    .id = view->id(),
                    .dont_fragment = view->dont_fragment(),
                    .more_fragments = view->more_fragments(),
                    .fragment_offset = std::uint16_t(view->fragment_offset()),
                    .ttl = view->ttl(),
                    .protocol = view->protocol(),
                    .source = view->source(),
                    .destination = view->destination(),
                    .payload_bytes = std::uint16_t(payload_bytes)};
}

void Ipv4Header::emit(MutableByteSpan out) const {
  SIM_CHECK(out.size() >= size());
  SIM_CHECK(payload_bytes + size() <= kPacketBytesMax);
  SIM_CHECK(fragment_offset % 8 == 0);
  std::uint8_t* const p = out.data();
  p[0] = 4 << 4 | kIpv4HeaderBytes / 4;
  p[1] = tos;
  store_be16(p + 2, std::uint16_t(size() + payload_bytes));
  store_be16(p + 4, id);
  store_be16(p + 6, std::uint16_t((dont_fragment ? kIpv4DontFragment : 0) |
                                  (more_fragments ? kIpv4MoreFragments : 0) | fragment_offset / 8));
  p[8] = ttl;
  p[9] = std::uint8_t(protocol);
  store_be32(p + 12, source.value);
  store_be32(p + 16, destination.value);
  MutableIpv4View(p, size()).finish_checksum();
}

}  // namespace natsim
