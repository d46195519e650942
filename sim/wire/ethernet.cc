#include "sim/wire/ethernet.h"

#include <algorithm>

#include <fmt/format.h>

#include "sim/base/check.h"

namespace natsim {

std::string to_string(EtherType type) {
  switch (type) {
    case EtherType::ipv4: return "ipv4";
    case EtherType::arp: return "arp";
    case EtherType::vlan: return "vlan";
    case EtherType::ipv6: return "ipv6";
    case EtherType::service_vlan: return "service_vlan";
  }
  return fmt::format("0x{:04x}", unsigned(type));
}

Result<EthernetHeader> EthernetHeader::parse(ByteSpan frame) {
  const auto view = EthernetView::checked(frame);
  if (!view) return view.error();
  if (view->has_length()) return WireError::unsupported;
  if (!view->has_type()) return WireError::bad_value;
  return EthernetHeader{view->destination(), view->source(), view->type()};
}

void EthernetHeader::emit(MutableByteSpan out) const {
  SIM_CHECK(out.size() >= size());
  SIM_CHECK(std::uint16_t(type) >= kEtherTypeMin);
  MutableEthernetView view(out.data(), out.size());
  view.set_destination(destination);
  view.set_source(source);
  view.set_type(type);
}

std::size_t pad_frame(MutableByteSpan buffer, std::size_t frame_bytes) {
  if (frame_bytes >= kEthernetFrameBytesMin) return frame_bytes;
  SIM_CHECK(buffer.size() >= kEthernetFrameBytesMin);
  std::fill(buffer.begin() + std::ptrdiff_t(frame_bytes),
            buffer.begin() + std::ptrdiff_t(kEthernetFrameBytesMin), std::uint8_t{0});
  return kEthernetFrameBytesMin;
}

}  // namespace natsim
