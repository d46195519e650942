// DHCP options, RFC 2132: a list kept in the order of the wire, with typed access.
//
//   | code (8) | length (8) | length octets of data |      code 0 (pad) and 255 (end) stand alone
//
// A message keeps its options as they came, known or not, so that a relay or a report loses
// nothing. Data of a known kind is judged when it is asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/bytes.h"
#include "sim/wire/address.h"

namespace natsim {

enum class DhcpCode : std::uint8_t {
  pad = 0,
  subnet_mask = 1,
  router = 3,
  dns_server = 6,
  host_name = 12,
  domain_name = 15,
  interface_mtu = 26,
  broadcast_address = 28,
  ntp_server = 42,
  vendor_specific = 43,
  netbios_name_server = 44,
  requested_address = 50,
  lease_time = 51,
  overload = 52,
  message_type = 53,
  server_identifier = 54,
  parameter_request_list = 55,
  message = 56,
  message_size_max = 57,
  renewal_time = 58,    // T1
  rebinding_time = 59,  // T2
  vendor_class = 60,
  client_identifier = 61,
  tftp_server_name = 66,
  boot_file_name = 67,
  relay_agent_information = 82,
  domain_search = 119,
  classless_routes = 121,
  end = 255,
};

struct DhcpOption {
  DhcpCode code = DhcpCode::pad;
  Bytes data{};
  bool operator==(const DhcpOption&) const = default;
};

/// One route of option 121 (RFC 3442). A router of 0.0.0.0: the destination is on the link.
struct ClasslessRoute {
  Prefix destination{};
  Ipv4Address router{};
  bool operator==(const ClasslessRoute&) const = default;
};

/// The sub-options of option 82 (RFC 3046 2.0) that are named here.
struct RelayAgentInformation {
  std::optional<Bytes> circuit_id{};  // sub-option 1
  std::optional<Bytes> remote_id{};   // sub-option 2
  bool operator==(const RelayAgentInformation&) const = default;
};

/// Getters answer nullopt if the option is absent or its data is not of the kind asked for.
/// Setters replace an option where it stands and append a new one.
class DhcpOptions {
 public:
  const std::vector<DhcpOption>& list() const { return list_; }
  bool has(DhcpCode code) const { return find(code) != nullptr; }
  /// The data of `code`, valid until the next change; nullptr if it is absent.
  const Bytes* find(DhcpCode code) const;

  std::optional<Ipv4Address> address(DhcpCode code) const;
  /// One or more addresses, in order of preference.
  std::optional<std::vector<Ipv4Address>> addresses(DhcpCode code) const;
  std::optional<std::uint16_t> u16(DhcpCode code) const;
  /// Times are in seconds; 0xffffffff is infinity (RFC 2131 3.3).
  std::optional<std::uint32_t> u32(DhcpCode code) const;
  /// NVT ASCII, without the NULs that some senders append (RFC 2132 2).
  std::optional<std::string> text(DhcpCode code) const;
  std::optional<std::vector<ClasslessRoute>> classless_routes() const;
  std::optional<RelayAgentInformation> relay_agent_information() const;
  /// Names without a final dot (RFC 3397).
  std::optional<std::vector<std::string>> domain_search() const;

  /// REQUIRES of all setters: code is none of pad, overload, message_type and end, which the
  /// message itself writes.
  void set(DhcpCode code, Bytes data);
  void set_address(DhcpCode code, Ipv4Address address);
  void set_addresses(DhcpCode code, const std::vector<Ipv4Address>& addresses);
  void set_u16(DhcpCode code, std::uint16_t value);
  void set_u32(DhcpCode code, std::uint32_t value);
  void set_text(DhcpCode code, std::string_view text);
  /// REQUIRES: IPv4 destinations.
  void set_classless_routes(const std::vector<ClasslessRoute>& routes);
  /// REQUIRES: each identifier has at most 255 octets.
  void set_relay_agent_information(const RelayAgentInformation& information);
  /// REQUIRES: each name is dot-separated labels of 1 … 63 octets, at most 253 together.
  void set_domain_search(const std::vector<std::string>& names);
  void remove(DhcpCode code);
  /// Adds to the data of `code`: RFC 3396 5, an option that comes in pieces is their concatenation.
  void append(DhcpCode code, ByteSpan data);

  bool operator==(const DhcpOptions&) const = default;

 private:
  /// The data of `code`, appended empty if it was absent.
  Bytes& slot(DhcpCode code);

  std::vector<DhcpOption> list_;  // each code at most once
};

}  // namespace natsim
