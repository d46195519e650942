// Two DHCP messages as they stand on the wire, put together from the fields of RFC 2131 2.
#pragma once

#include <string>

#include "sim/wire/dhcp.h"
#include "tests/wire/golden.h"

namespace natsim {

/// The fixed part: `head` holds the first 44 octets; then empty sname and file, and the cookie.
inline Bytes dhcp_fixed(std::string_view head) {
  return joined(hex(head), Bytes(192, 0), hex("63 82 53 63"));
}

inline Bytes padded(Bytes bytes) {
  bytes.resize(std::max(bytes.size(), kDhcpBytesMin));
  return bytes;
}

/// Discover with options 53, 61, 55 and 60.
inline Bytes dhcp_discover_golden() {
  return padded(joined(dhcp_fixed("01 01 06 00 12 34 56 78  00 03 80 00 00 00 00 00"
                                  "00 00 00 00 00 00 00 00  00 00 00 00 02 00 00 00"
                                  "00 01 00 00 00 00 00 00  00 00 00 00"),
                       hex("35 01 01  3d 07 01 02 00 00 00 00 01  37 04 01 03 06 0f"
                           "3c 06 6e 61 74 73 69 6d  ff")));
}

inline DhcpMessage dhcp_discover() {
  DhcpMessage message;
  message.type = DhcpType::discover;
  message.xid = 0x12345678;
  message.secs = 3;
  message.broadcast = true;
  message.chaddr = MacAddress::from_u64(0x0200'0000'0001);
  message.options.set(DhcpCode::client_identifier, hex("01 02 00 00 00 00 01"));
  message.options.set(DhcpCode::parameter_request_list, {1, 3, 6, 15});
  message.options.set_text(DhcpCode::vendor_class, "natsim");
  return message;
}

/// Offer in the order measured of servers: 53, 54, 51, 58, 59, 1, 28, 3, 15.
inline Bytes dhcp_offer_golden() {
  return padded(joined(dhcp_fixed("02 01 06 00 12 34 56 78  00 00 00 00 00 00 00 00"
                                  "c0 a8 01 64 c0 a8 01 01  00 00 00 00 02 00 00 00"
                                  "00 01 00 00 00 00 00 00  00 00 00 00"),
                       hex("35 01 02  36 04 c0 a8 01 01  33 04 00 00 0e 10"
                           "3a 04 00 00 07 08  3b 04 00 00 0c 4e  01 04 ff ff ff 00"
                           "1c 04 c0 a8 01 ff  03 04 c0 a8 01 01  0f 04 68 6f 6d 65  ff")));
}

inline DhcpMessage dhcp_offer() {
  const Ipv4Address router = Ipv4Address::of(192, 168, 1, 1);
  DhcpMessage message;
  message.type = DhcpType::offer;
  message.xid = 0x12345678;
  message.yiaddr = kClient;
  message.siaddr = router;
  message.chaddr = MacAddress::from_u64(0x0200'0000'0001);
  message.options.set_address(DhcpCode::server_identifier, router);
  message.options.set_u32(DhcpCode::lease_time, 3600);
  message.options.set_u32(DhcpCode::renewal_time, 1800);
  message.options.set_u32(DhcpCode::rebinding_time, 3150);
  message.options.set_address(DhcpCode::subnet_mask, {netmask_of(24)});
  message.options.set_address(DhcpCode::broadcast_address, Ipv4Address::of(192, 168, 1, 255));
  message.options.set_addresses(DhcpCode::router, {router});
  message.options.set_text(DhcpCode::domain_name, "home");
  return message;
}

}  // namespace natsim
