// IP addresses, prefixes and endpoints: one type for IPv4 and IPv6.
//
// An IPv4 address is kept as its IPv4-mapped IPv6 form (RFC 4291 2.5.5.2), so that tables, tuples
// and rules have one key type. A mapped address never appears on a cable as IPv6.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace natsim {

/// An IPv4 address as a number in host byte order: what the IPv4 fast path works with.
struct Ipv4Address {
  std::uint32_t value = 0;
  constexpr auto operator<=>(const Ipv4Address&) const = default;
  static constexpr Ipv4Address of(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
    return {std::uint32_t(a) << 24 | std::uint32_t(b) << 16 | std::uint32_t(c) << 8 | d};
  }
  /// "192.168.1.10": four decimal octets, nothing shorter, no leading zeros.
  static std::optional<Ipv4Address> parse(std::string_view text);
  std::string to_string() const;

  constexpr bool is_unspecified() const { return value == 0; }
  constexpr bool is_broadcast() const { return value == 0xffff'ffff; }
  constexpr bool is_multicast() const { return value >> 28 == 0xe; }  // RFC 5771: 224.0.0.0/4
  constexpr bool is_loopback() const { return value >> 24 == 127; }   // RFC 1122 3.2.1.3
};

class IpAddress {
 public:
  constexpr IpAddress() = default;  // "::", the unspecified IPv6 address
  constexpr IpAddress(Ipv4Address v4) : low_(kMapped | v4.value) {}
  static constexpr IpAddress from_words(std::uint64_t high, std::uint64_t low) {
    IpAddress a;
    a.high_ = high;
    a.low_ = low;
    return a;
  }
  static IpAddress load_v6(const std::uint8_t* p);
  void store_v6(std::uint8_t* p) const;

  /// Dotted IPv4, or IPv6 in any form of RFC 4291 2.2.
  static std::optional<IpAddress> parse(std::string_view text);
  /// Dotted, or the canonical form of RFC 5952.
  std::string to_string() const;

  constexpr bool is_v4() const { return high_ == 0 && low_ >> 32 == 0xffff; }
  /// REQUIRES: is_v4().
  constexpr Ipv4Address v4() const { return {std::uint32_t(low_)}; }
  constexpr std::uint64_t high() const { return high_; }
  constexpr std::uint64_t low() const { return low_; }
  /// 32 or 128.
  constexpr int bits() const { return is_v4() ? 32 : 128; }
  constexpr auto operator<=>(const IpAddress&) const = default;

 private:
  static constexpr std::uint64_t kMapped = 0xffff'0000'0000;
  std::uint64_t high_ = 0;
  std::uint64_t low_ = 0;
};

/// `address` with `length` leading bits that count. As a network its host bits are zero; as an
/// interface's address (192.168.1.1/24) they are not.
struct Prefix {
  IpAddress address;
  std::uint8_t length = 0;  // 0 … 32 or 128, by the address's family

  /// "192.168.1.0/24"; without a slash the whole address counts.
  static std::optional<Prefix> parse(std::string_view text);
  std::string to_string() const;

  bool contains(IpAddress other) const;
  /// The same prefix with host bits cleared.
  Prefix network() const;
  /// All host bits set. REQUIRES: IPv4. A /31 or /32 has none (RFC 3021): returns nullopt.
  std::optional<IpAddress> broadcast() const;
  auto operator<=>(const Prefix&) const = default;
};

/// 24 -> 255.255.255.0. REQUIRES: 0 <= length <= 32.
constexpr std::uint32_t netmask_of(int length) {
  return length == 0 ? 0 : ~std::uint32_t{0} << (32 - length);
}

/// An address and a port; for ICMP echo the port is the identifier (RFC 5508 3.1).
struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;
  /// "192.168.1.10:80" or "[2001:db8::1]:80".
  static std::optional<Endpoint> parse(std::string_view text);
  std::string to_string() const;
  auto operator<=>(const Endpoint&) const = default;
};

/// IANA protocol numbers that are named in the code.
enum class Protocol : std::uint8_t {
  icmp = 1,
  igmp = 2,
  tcp = 6,
  udp = 17,
  gre = 47,
  esp = 50,
  icmpv6 = 58,
  sctp = 132,
};

/// "tcp", "udp", "icmp"; "proto-99" for the unnamed.
std::string to_string(Protocol protocol);
std::optional<Protocol> parse_protocol(std::string_view text);

/// The five fields that name a flow in one direction.
struct Tuple {
  Endpoint source;
  Endpoint destination;
  Protocol protocol = Protocol::udp;
  constexpr Tuple reply() const { return {destination, source, protocol}; }
  /// "udp 192.168.1.100:49152 → 203.0.113.80:53".
  std::string to_string() const;
  auto operator<=>(const Tuple&) const = default;
};

}  // namespace natsim
