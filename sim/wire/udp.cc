#include "sim/wire/udp.h"

#include "sim/base/check.h"

namespace natsim {

Result<UdpHeader> UdpHeader::parse(ByteSpan datagram, const PseudoHeader& ip) {
  const auto view = UdpView::checked(datagram);
  if (!view) return view.error();
  if (view->length() < kUdpHeaderBytes || view->length() > datagram.size())
    return WireError::bad_length;
  if (!udp_checksum_ok(ip, datagram)) return WireError::bad_checksum;
  return UdpHeader{view->source_port(), view->destination_port(),
                   std::uint16_t(view->length() - kUdpHeaderBytes)};
}

void UdpHeader::emit(MutableByteSpan out) const {
  SIM_CHECK(out.size() >= size());
  SIM_CHECK(payload_bytes + size() <= 65535);
  store_be16(out.data(), source_port);
  store_be16(out.data() + 2, destination_port);
  store_be16(out.data() + 4, std::uint16_t(size() + payload_bytes));
  store_raw16(out.data() + 6, 0);
}

}  // namespace natsim
