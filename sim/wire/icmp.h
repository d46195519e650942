// ICMP for IPv4, RFC 792; the next-hop MTU of RFC 1191 4.
//
//    0               8              16                             31
//   |   type        |   code        |   checksum                    |  0
//   |   rest of header                                              |  4
//   |   echo: data; error: the offending IPv4 header and at least 8 octets after it …
//
//   rest of header:  echo               | identifier        | sequence number   |
//                    fragmentation      | 0                 | next-hop MTU      |
//                    parameter problem  | pointer |  0                          |
//                    redirect           | gateway address                       |
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "sim/base/bytes.h"
#include "sim/base/result.h"
#include "sim/wire/address.h"
#include "sim/wire/checksum.h"
#include "sim/wire/l4_checksum.h"

namespace natsim {

inline constexpr std::size_t kIcmpHeaderBytes = 8;

enum class IcmpType : std::uint8_t {
  echo_reply = 0,
  destination_unreachable = 3,
  source_quench = 4,
  redirect = 5,
  echo_request = 8,
  router_advertisement = 9,
  router_solicitation = 10,
  time_exceeded = 11,
  parameter_problem = 12,
  timestamp_request = 13,
  timestamp_reply = 14,
};

/// RFC 792, RFC 1122 3.2.2.1 and RFC 1812 5.2.7.1.
enum class IcmpUnreachable : std::uint8_t {
  network = 0,
  host = 1,
  protocol = 2,
  port = 3,
  fragmentation_needed = 4,
  source_route_failed = 5,
  network_unknown = 6,
  host_unknown = 7,
  network_prohibited = 9,
  host_prohibited = 10,
  network_tos = 11,
  host_tos = 12,
  administratively_prohibited = 13,
};

enum class IcmpTimeExceeded : std::uint8_t { in_transit = 0, reassembly = 1 };

/// The message names an identifier that pairs request and reply.
constexpr bool icmp_is_query(IcmpType type) {
  return type == IcmpType::echo_request || type == IcmpType::echo_reply ||
         type == IcmpType::timestamp_request || type == IcmpType::timestamp_reply;
}

/// The message quotes the packet that caused it (RFC 1122 3.2.2).
constexpr bool icmp_is_error(IcmpType type) {
  return type == IcmpType::destination_unreachable || type == IcmpType::source_quench ||
         type == IcmpType::redirect || type == IcmpType::time_exceeded ||
         type == IcmpType::parameter_problem;
}

/// Says where the fields of a message are; which of them mean something depends on its type.
class IcmpView {
 public:
  /// Unchecked. REQUIRES: at least kIcmpHeaderBytes at `message`.
  constexpr IcmpView(const std::uint8_t* message, std::size_t size)
      : bytes_(message), size_(size) {}
  /// After this no accessor leaves `message`. Errors: truncated.
  static Result<IcmpView> checked(ByteSpan message) {
    if (message.size() < kIcmpHeaderBytes) return WireError::truncated;
    return IcmpView(message.data(), message.size());
  }

  IcmpType type() const { return IcmpType(bytes_[0]); }
  std::uint8_t code() const { return bytes_[1]; }
  std::uint16_t checksum() const { return load_be16(bytes_ + 2); }
  std::uint32_t rest_of_header() const { return load_be32(bytes_ + 4); }
  std::uint16_t id() const { return load_be16(bytes_ + 4); }
  std::uint16_t sequence() const { return load_be16(bytes_ + 6); }
  std::uint16_t next_hop_mtu() const { return load_be16(bytes_ + 6); }
  std::uint8_t pointer() const { return bytes_[4]; }
  Ipv4Address gateway() const { return {load_be32(bytes_ + 4)}; }
  /// Echo data, or the quoted packet of an error.
  ByteSpan payload() const { return {bytes_ + kIcmpHeaderBytes, size_ - kIcmpHeaderBytes}; }

 private:
  const std::uint8_t* bytes_;
  std::size_t size_;
};

/// The same with the setter that translation needs; it keeps the checksum right.
class MutableIcmpView : public IcmpView {
 public:
  constexpr MutableIcmpView(std::uint8_t* message, std::size_t size)
      : IcmpView(message, size), bytes_(message) {}
  void set_id(std::uint16_t id) {
    const std::uint64_t before = load_raw16(bytes_ + 4);
    store_be16(bytes_ + 4, id);
    update_checksum(bytes_ + 2, before, sum_of(id));
  }
  std::uint8_t* checksum_field() { return bytes_ + 2; }

 private:
  std::uint8_t* bytes_;
};

/// A message's fixed eight octets. Make one with the functions below: they leave unused octets
/// zero, as RFC 1812 4.3.2.5 asks.
struct IcmpHeader {
  IcmpType type = IcmpType::echo_request;
  std::uint8_t code = 0;
  std::uint32_t rest = 0;

  static IcmpHeader echo_request(std::uint16_t id, std::uint16_t sequence);
  static IcmpHeader echo_reply(std::uint16_t id, std::uint16_t sequence);
  static IcmpHeader unreachable(IcmpUnreachable code);
  static IcmpHeader fragmentation_needed(std::uint16_t next_hop_mtu);
  static IcmpHeader time_exceeded(IcmpTimeExceeded code);
  /// `pointer` is the octet of the offending packet where the problem is.
  static IcmpHeader parameter_problem(std::uint8_t pointer);
  static IcmpHeader redirect_host(Ipv4Address gateway);

  std::uint16_t id() const { return std::uint16_t(rest >> 16); }
  std::uint16_t sequence() const { return std::uint16_t(rest); }
  std::uint16_t next_hop_mtu() const { return std::uint16_t(rest); }
  std::uint8_t pointer() const { return std::uint8_t(rest >> 24); }
  Ipv4Address gateway() const { return {rest}; }

  /// `message` is the whole payload of the IPv4 packet. Errors: truncated; bad_checksum.
  static Result<IcmpHeader> parse(ByteSpan message);
  static constexpr std::size_t size() { return kIcmpHeaderBytes; }
  /// Writes the first size() octets of `out` with checksum zero; finish_l4_checksum() does the
  /// rest once the payload stands behind them. REQUIRES: out.size() >= size().
  void emit(MutableByteSpan out) const;
  bool operator==(const IcmpHeader&) const = default;
};

/// "echo request", "host unreachable", "time exceeded in-transit": the words of tcpdump.
std::string icmp_words(IcmpType type, std::uint8_t code);

}  // namespace natsim
