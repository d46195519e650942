// DNS messages, RFC 1035 4, with the OPT record of EDNS(0), RFC 6891.
//
//    0               8               16              24             31
//   |   id                          |Q| opcode|A|T|R|R|0|A|C| rcode |   0
//   |   questions                   |   answers                     |   4
//   |   authority records           |   additional records          |   8
//   |   names, types and data …                                     |  12
//
// Over UDP this is the datagram; over TCP two octets of length stand before it (RFC 7766 8).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sim/base/bytes.h"
#include "sim/base/result.h"
#include "sim/wire/address.h"
#include "sim/wire/dns_name.h"

namespace natsim {

inline constexpr std::uint16_t kDnsPort = 53;
inline constexpr std::size_t kDnsHeaderBytes = 12;
inline constexpr std::size_t kDnsUdpBytesMax = 512;  // RFC 1035 4.2.1, without EDNS
inline constexpr std::size_t kDnsBytesMax = 65'535;
inline constexpr std::uint16_t kDnsClassIn = 1;

enum class DnsType : std::uint16_t {
  a = 1,
  ns = 2,
  cname = 5,
  soa = 6,
  ptr = 12,
  mx = 15,
  txt = 16,
  aaaa = 28,
  srv = 33,
  opt = 41,
  any = 255,
};
/// "A", "AAAA", …; "TYPE99" for the unnamed (RFC 3597 5).
std::string to_string(DnsType type);
/// Reverses to_string(), in either case.
std::optional<DnsType> parse_dns_type(std::string_view text);

enum class DnsRcode : std::uint8_t {
  no_error = 0,
  format_error = 1,
  server_failure = 2,
  name_error = 3,
  not_implemented = 4,
  refused = 5,
};
/// "NOERROR", "NXDOMAIN", …; "RCODE9" for the unnamed.
std::string to_string(DnsRcode rcode);

struct DnsMx {
  std::uint16_t preference = 0;
  DnsName exchange;
  bool operator==(const DnsMx&) const = default;
};
struct DnsSoa {
  DnsName mname, rname;
  std::uint32_t serial = 1, refresh = 7200, retry = 900, expire = 1'209'600, minimum = 300;
  bool operator==(const DnsSoa&) const = default;
};
/// Strings of at most 255 octets each, at least one.
struct DnsTxt {
  std::vector<std::string> strings;
  bool operator==(const DnsTxt&) const = default;
};

/// A holds an IPv4 address, AAAA an IPv6 one (which may be an IPv4-mapped one), NS, CNAME and PTR a
/// name, others the octets.
using DnsData = std::variant<Bytes, IpAddress, DnsName, DnsMx, DnsTxt, DnsSoa>;

struct DnsQuestion {
  DnsName name;
  DnsType type = DnsType::a;
  std::uint16_t klass = kDnsClassIn;
  bool operator==(const DnsQuestion&) const = default;
};

struct DnsRecord {
  DnsName name;
  DnsType type = DnsType::a;
  std::uint32_t ttl_s = 0;
  DnsData data{};
  std::uint16_t klass = kDnsClassIn;
  bool operator==(const DnsRecord&) const = default;
};

/// "A 203.0.113.80", "MX 10 mail.example.com".
std::string to_string(const DnsRecord& record);

/// What an OPT record says of its sender.
struct DnsEdns {
  std::uint16_t udp_bytes_max = 1232;
  std::uint8_t version = 0;
  bool operator==(const DnsEdns&) const = default;
};

struct DnsMessage {
  std::uint16_t id = 0;
  bool response = false;
  std::uint8_t opcode = 0;  // 0: QUERY
  bool authoritative = false;
  bool truncated = false;
  bool recursion_desired = false;
  bool recursion_available = false;
  DnsRcode rcode = DnsRcode::no_error;
  std::vector<DnsQuestion> questions{};
  std::vector<DnsRecord> answers{}, authority{}, additional{};
  std::optional<DnsEdns> edns{};  // its record is not among `additional`

  /// Errors: truncated; bad_value for a name that is too long or whose compression does not lead
  /// backwards, and for two OPT records; bad_length for data that contradict their length.
  static Result<DnsMessage> parse(ByteSpan message);
  /// Appends the message, its names compressed. REQUIRES: it takes at most kDnsBytesMax.
  void emit(Bytes& out) const;
  /// The same for any message; false: it takes more, and `out` is as it was.
  bool emit_if_it_fits(Bytes& out) const;
  bool operator==(const DnsMessage&) const = default;
};

/// One line, in the shape of tcpdump's: "4711+ A? www.example.com", "4711* 1/0/0
/// www.example.com A 203.0.113.80".
std::string to_string(const DnsMessage& message);

/// An answer without records, to a query: same id, question and RD.
DnsMessage dns_answer_to(const DnsMessage& query, DnsRcode rcode);

}  // namespace natsim
