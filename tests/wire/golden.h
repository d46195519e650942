// What the tests of the wire share: bytes as text, and golden packets. The golden bytes were
// written down from the RFCs' boxes with checksums from a separate script, not made by the code
// under test.
#pragma once

#include <string_view>

#include "sim/base/bytes.h"
#include "sim/wire/address.h"
#include "sim/wire/l4_checksum.h"

namespace natsim {

/// "45 00 1c" -> three octets; everything but hexadecimal digits separates.
inline Bytes hex(std::string_view text) {
  const auto digit = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (digit(text[i]) < 0) continue;
    bytes.push_back(std::uint8_t(digit(text[i]) << 4 | digit(text[i + 1])));
    ++i;
  }
  return bytes;
}

/// A buffer in which an octet that was not written shows.
inline Bytes unwritten(std::size_t size) { return Bytes(size, 0xa5); }

template <class... Parts>
Bytes joined(const Parts&... parts) {
  Bytes whole;
  const auto append = [&whole](const auto& part) {
    for (const std::uint8_t octet : part) whole.push_back(octet);
  };
  (append(parts), ...);
  return whole;
}

inline constexpr Ipv4Address kClient = Ipv4Address::of(192, 168, 1, 100);
inline constexpr Ipv4Address kServer = Ipv4Address::of(203, 0, 113, 80);
inline constexpr PseudoHeader kClientToServer{kClient, kServer};

inline constexpr std::string_view kIpv4Golden =
    "45 00 00 28 1c 46 40 00  40 11 20 22 c0 a8 01 64  cb 00 71 50";
inline constexpr std::string_view kUdpGolden =
    "c0 00 00 35 00 14 00 e7  68 65 6c 6c 6f 2c 20 77 6f 72 6c 64";  // "hello, world"
inline constexpr std::string_view kTcpSynGolden =
    "9c 40 00 50 01 02 03 04  00 00 00 00 a0 02 fa f0  aa 33 00 00"
    "02 04 05 b4 04 02 08 0a  00 00 03 e8 00 00 00 00  01 03 03 07";
inline constexpr std::string_view kTcpDataGolden =
    "9c 40 00 50 01 02 03 05  0a 0b 0c 0d 50 18 01 f6  2e 5f 00 00  47 45 54 20 2f";  // "GET /"
inline constexpr std::string_view kIcmpEchoGolden =
    "08 00 3f 37 00 07 00 01  10 11 12 13 14 15 16 17  18 19 1a 1b 1c 1d 1e 1f";
inline constexpr std::string_view kIcmpFragmentationNeededGolden =
    "03 04 36 53 00 00 05 78  45 00 00 28 00 00 40 00  40 11 3c 68 c0 a8 01 64  cb 00 71 50"
    "c0 00 00 35 00 14 00 e7";
inline constexpr std::string_view kArpRequestGolden =
    "00 01 08 00 06 04 00 01  02 00 00 00 00 01 c0 a8  01 64 00 00 00 00 00 00  c0 a8 01 01";
inline constexpr std::string_view kEthernetIpv4Golden = "02 00 00 00 00 02 02 00 00 00 00 01 08 00";

}  // namespace natsim
