// DHCP messages, RFC 2131 2, on top of BOOTP (RFC 951); option overload and long options as in
// RFC 3396.
//
//    0               8               16              24             31
//   |   op          |   htype (1)   |   hlen (6)    |   hops        |   0
//   |   xid                                                         |   4
//   |   secs                        |B|  0                          |   8   B: answer by broadcast
//   |   ciaddr: the client's address, if it may be used already     |  12
//   |   yiaddr: "your" address, from the server                     |  16
//   |   siaddr: next server of a network boot                       |  20
//   |   giaddr: the relay's address on the client's subnet          |  24
//   |   chaddr (16): the client's hardware address                  |  28
//   |   sname (64): server name, or options if overloaded           |  44
//   |   file (128): boot file, or options if overloaded             | 108
//   |   magic cookie 99.130.83.99                                   | 236
//   |   options …, end, padding to 300 octets                       | 240
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "sim/base/bytes.h"
#include "sim/base/result.h"
#include "sim/wire/address.h"
#include "sim/wire/dhcp_options.h"
#include "sim/wire/mac.h"

namespace natsim {

inline constexpr std::uint16_t kDhcpServerPort = 67;
inline constexpr std::uint16_t kDhcpClientPort = 68;
inline constexpr std::size_t kDhcpFixedBytes = 240;  // with the magic cookie
/// RFC 1542 2.1: relays may drop what is shorter than the BOOTP of RFC 951.
inline constexpr std::size_t kDhcpBytesMin = 300;
inline constexpr std::uint32_t kDhcpInfiniteSeconds = 0xffff'ffff;

/// RFC 2132 9.6.
enum class DhcpType : std::uint8_t {
  discover = 1,
  offer = 2,
  request = 3,
  decline = 4,
  ack = 5,
  nak = 6,
  release = 7,
  inform = 8,
};

/// "Discover", "Offer", …, "ACK", "NAK".
const char* to_string(DhcpType type);

/// Whether servers send it (op BOOTREPLY) and not clients.
constexpr bool is_from_server(DhcpType type) {
  return type == DhcpType::offer || type == DhcpType::ack || type == DhcpType::nak;
}

struct DhcpMessage {
  DhcpType type = DhcpType::discover;  // option 53, always written first; op follows from it
  std::uint8_t hops = 0;
  std::uint32_t xid = 0;
  std::uint16_t secs = 0;
  bool broadcast = false;
  Ipv4Address ciaddr{};
  Ipv4Address yiaddr{};
  Ipv4Address siaddr{};
  Ipv4Address giaddr{};
  MacAddress chaddr{};
  std::string sname{};    // at most 64 octets, no NUL
  std::string file{};     // at most 128 octets, no NUL
  DhcpOptions options{};  // all but message_type and overload, in the order of the wire

  /// RFC 2131 4.2: what identifies the client: its client identifier if it sent one, else hardware
  /// type and address.
  Bytes client_key() const;

  /// `payload` is that of the UDP datagram. Options that overload `file` and `sname` stand in the
  /// list as if they had had room. A missing end option is forgiven.
  /// Errors: truncated; bad_version for a wrong cookie; bad_length for an option that runs over its
  /// field; bad_value for an illegal op, message type or overload; unsupported for other hardware
  /// than Ethernet.
  static Result<DhcpMessage> parse(ByteSpan payload);
  /// At least kDhcpBytesMin. Never overloads; data of more than 255 octets takes several options.
  std::size_t size() const;
  /// Writes the first size() octets of `out`. REQUIRES: out.size() >= size().
  void emit(MutableByteSpan out) const;
  bool operator==(const DhcpMessage&) const = default;
};

}  // namespace natsim
