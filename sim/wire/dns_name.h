// A domain name (RFC 1034 3.1): labels of 1 to 63 octets, 255 octets in all as they stand on the
// wire. Letters compare without case and keep theirs (RFC 4343).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "sim/base/bytes.h"
#include "sim/wire/address.h"

namespace natsim {

inline constexpr std::size_t kDnsNameBytesMax = 255;  // RFC 1035 2.3.4
inline constexpr std::size_t kDnsLabelBytesMax = 63;

class DnsName {
 public:
  DnsName() = default;  // the root

  /// "www.example.com", with or without a last dot; "." is the root. "\." stands for a dot inside
  /// a label and "\046" for any octet.
  static std::optional<DnsName> parse(std::string_view text);
  /// From the wire's form without compression and without the root's empty label.
  static DnsName from_wire(std::string labels) {
    DnsName name;
    name.wire_ = std::move(labels);
    return name;
  }
  /// The name under which an address is looked up backwards: d.c.b.a.in-addr.arpa, or the nibbles
  /// under ip6.arpa (RFC 1035 3.5, RFC 3596 2.5).
  static DnsName reverse_of(IpAddress address);

  /// "www.example.com"; the root is ".".
  std::string to_string() const;
  /// The same name in lower case: equal for equal names, for tables.
  DnsName lower() const;

  bool is_root() const { return wire_.empty(); }
  std::size_t labels() const;
  /// Octets on the wire, without compression.
  std::size_t wire_bytes() const { return wire_.size() + 1; }
  /// Each label after its length; without the root's.
  const std::string& wire() const { return wire_; }
  /// The name without its first label. REQUIRES: not the root.
  DnsName parent() const { return from_wire(wire_.substr(1 + std::size_t(wire_[0]))); }
  /// The first label, as it stands. REQUIRES: not the root.
  std::string_view first_label() const {
    return std::string_view(wire_).substr(1, std::size_t(wire_[0]));
  }
  /// True for the zone's own name, and all below it.
  bool is_within(const DnsName& zone) const;
  /// This name with `suffix` behind it; nullopt if that is too long.
  std::optional<DnsName> under(const DnsName& suffix) const;

  bool operator==(const DnsName& other) const;
  template <class H>
  friend H AbslHashValue(H hash, const DnsName& name) {
    return H::combine(std::move(hash), name.lower().wire_);
  }

 private:
  std::string wire_;
};

/// Orders names for tables; the order has no other meaning.
struct DnsNameLess {
  bool operator()(const DnsName& a, const DnsName& b) const {
    return a.lower().wire() < b.lower().wire();
  }
};

}  // namespace natsim
