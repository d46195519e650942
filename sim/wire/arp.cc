#include "sim/wire/arp.h"

#include "sim/base/check.h"
#include "sim/wire/ethernet.h"

namespace natsim {
namespace {

constexpr std::uint16_t kHardwareEthernet = 1;
constexpr std::uint8_t kMacBytes = 6;
constexpr std::uint8_t kIpv4Bytes = 4;

}  // namespace

Result<ArpHeader> ArpHeader::parse(ByteSpan packet) {
  const auto view = ArpView::checked(packet);
  if (!view) return view.error();
  // RFC 826: "?Do I have the hardware type in ar$hrd? … ?Do I speak the protocol in ar$pro?"
  if (view->hardware_type() != kHardwareEthernet ||
      view->protocol_type() != std::uint16_t(EtherType::ipv4) ||
      view->hardware_length() != kMacBytes || view->protocol_length() != kIpv4Bytes)
    return WireError::unsupported;
  const ArpOperation operation = view->operation();
  if (operation != ArpOperation::request && operation != ArpOperation::reply)
    return WireError::unsupported;
  return ArpHeader{operation, view->sender_mac(), view->sender_ip(), view->target_mac(),
                   view->target_ip()};
}

void ArpHeader::emit(MutableByteSpan out) const {
  SIM_CHECK(out.size() >= size());
  std::uint8_t* const p = out.data();
  store_be16(p, kHardwareEthernet);
  store_be16(p + 2, std::uint16_t(EtherType::ipv4));
  p[4] = kMacBytes;
  p[5] = kIpv4Bytes;
  store_be16(p + 6, std::uint16_t(operation));
  sender_mac.store(p + 8);
  store_be32(p + 14, sender_ip.value);
  target_mac.store(p + 18);
  store_be32(p + 24, target_ip.value);
}

}  // namespace natsim
