// The kinds of scalar that a topology file has: what each is called in a message, and how its text
// becomes a value. A scalar is read as the kind that its key wants, never as what it looks like.
//
// Each kind is a struct with `Value`, `kind` and `parse`; schema.h binds them to members.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/pacing.h"
#include "sim/base/random.h"
#include "sim/base/result.h"
#include "sim/base/time.h"
#include "sim/network/spec.h"
#include "sim/wire/address.h"
#include "sim/wire/mac.h"

namespace natsim::topology {

/// Why a text is no value of its kind. An empty message stands for "expected …, found …".
struct Complaint {
  std::string message, hint;
};
template <class T>
using Parsed = Result<T, Complaint>;

enum class ValueKind : std::uint8_t {
  text,
  name,  ///< of a node, network, zone, rule
  interface_name,
  boolean,
  integer,
  duration,
  instant,
  rate,
  size,
  percent,
  address,
  prefix,
  interface_address,
  address_range,
  endpoint,
  mac,
  port,
  port_range,
  vlan,
  protocol,
  icmp_type,
  target,
  node_interface,
  timestamp,
  hex,
  word,  ///< one of a few; KeySchema::words names them
  object,
};

/// "a duration such as 10ms": what a message says was expected.
std::string_view expected(ValueKind kind);

struct TextValue {
  using Value = std::string;
  static constexpr ValueKind kind = ValueKind::text;
  static Parsed<Value> parse(std::string_view text);
};
/// [A-Za-z][A-Za-z0-9_-]{0,62}: names become file names.
struct NameValue {
  using Value = std::string;
  static constexpr ValueKind kind = ValueKind::name;
  static Parsed<Value> parse(std::string_view text);
};
/// At most 15 letters, digits, '-' and '_', as on Linux; one dot makes a VLAN sub-interface.
struct InterfaceNameValue {
  using Value = std::string;
  static constexpr ValueKind kind = ValueKind::interface_name;
  static Parsed<Value> parse(std::string_view text);
};
/// A rule's name: any printable text of at most 80 characters.
struct RuleNameValue {
  using Value = std::string;
  static constexpr ValueKind kind = ValueKind::text;
  static Parsed<Value> parse(std::string_view text);
};
struct BooleanValue {
  using Value = bool;
  static constexpr ValueKind kind = ValueKind::boolean;
  static Parsed<Value> parse(std::string_view text);
};

/// A whole number in decimal digits that is all of `text`. Leading zeros have no meaning.
Parsed<std::uint64_t> parse_integer(std::string_view text, std::uint64_t min, std::uint64_t max);

template <class T, std::uint64_t min, std::uint64_t max>
struct IntegerValue {
  using Value = T;
  static constexpr ValueKind kind = ValueKind::integer;
  static Parsed<Value> parse(std::string_view text) {
    const auto number = parse_integer(text, min, max);
    if (!number) return number.error();
    return Value(*number);
  }
};
struct PortValue {
  using Value = std::uint16_t;
  static constexpr ValueKind kind = ValueKind::port;
  static Parsed<Value> parse(std::string_view text);
};
struct VlanValue {
  using Value = std::uint16_t;
  static constexpr ValueKind kind = ValueKind::vlan;
  static Parsed<Value> parse(std::string_view text);
};
struct PortRangeValue {
  using Value = spec::PortRange;
  static constexpr ValueKind kind = ValueKind::port_range;
  static Parsed<Value> parse(std::string_view text);
};

struct DurationValue {
  using Value = Duration;
  static constexpr ValueKind kind = ValueKind::duration;
  static Parsed<Value> parse(std::string_view text);
};
/// "10ms", or "exponential 10ms" for random times with that mean.
struct SpacingValue {
  using Value = Spacing;
  static constexpr ValueKind kind = ValueKind::duration;
  static Parsed<Value> parse(std::string_view text);
};
/// A duration that may have a sign.
struct OffsetValue {
  using Value = Duration;
  static constexpr ValueKind kind = ValueKind::duration;
  static Parsed<Value> parse(std::string_view text);
};
struct InstantValue {
  using Value = Instant;
  static constexpr ValueKind kind = ValueKind::instant;
  static Parsed<Value> parse(std::string_view text);
};
/// Bits per second; "unlimited" is 0.
struct RateValue {
  using Value = std::uint64_t;
  static constexpr ValueKind kind = ValueKind::rate;
  static Parsed<Value> parse(std::string_view text);
};
struct QueueSizeValue {
  using Value = std::uint32_t;
  static constexpr ValueKind kind = ValueKind::size;
  static Parsed<Value> parse(std::string_view text);
};
struct PercentValue {
  using Value = Ratio;
  static constexpr ValueKind kind = ValueKind::percent;
  static Parsed<Value> parse(std::string_view text);
};
/// Seconds since 1970 of "2026-01-01T00:00:00Z".
struct TimestampValue {
  using Value = std::int64_t;
  static constexpr ValueKind kind = ValueKind::timestamp;
  static Parsed<Value> parse(std::string_view text);
};

/// One host's address.
struct AddressValue {
  using Value = IpAddress;
  static constexpr ValueKind kind = ValueKind::address;
  static Parsed<Value> parse(std::string_view text);
};
/// A network such as 10.0.0.0/8, or one address. Host bits must be zero.
struct PrefixValue {
  using Value = Prefix;
  static constexpr ValueKind kind = ValueKind::prefix;
  static Parsed<Value> parse(std::string_view text);
};
/// A PrefixValue, or "default" for 0.0.0.0/0.
struct DestinationValue {
  using Value = Prefix;
  static constexpr ValueKind kind = ValueKind::prefix;
  static Parsed<Value> parse(std::string_view text);
};
/// A host's address and its network's length: 192.168.1.1/24.
struct InterfaceAddressValue {
  using Value = Prefix;
  static constexpr ValueKind kind = ValueKind::interface_address;
  static Parsed<Value> parse(std::string_view text);
};
struct AddressRange {
  IpAddress first, last;
};
struct AddressRangeValue {
  using Value = AddressRange;
  static constexpr ValueKind kind = ValueKind::address_range;
  static Parsed<Value> parse(std::string_view text);
};
/// An address and perhaps a port; 0 where none is written.
struct EndpointValue {
  using Value = Endpoint;
  static constexpr ValueKind kind = ValueKind::endpoint;
  static Parsed<Value> parse(std::string_view text);
};
struct MacValue {
  using Value = MacAddress;
  static constexpr ValueKind kind = ValueKind::mac;
  static Parsed<Value> parse(std::string_view text);
};
/// A protocol by name, or by number where it has none.
struct ProtocolValue {
  using Value = Protocol;
  static constexpr ValueKind kind = ValueKind::protocol;
  static Parsed<Value> parse(std::string_view text);
};
/// iptables' names of ICMP types, or a number.
struct IcmpTypeValue {
  using Value = std::uint8_t;
  static constexpr ValueKind kind = ValueKind::icmp_type;
  static Parsed<Value> parse(std::string_view text);
};
/// A node's name or an address, and perhaps a port. The Place is left for the reader.
struct TargetValue {
  using Value = spec::Target;
  static constexpr ValueKind kind = ValueKind::target;
  static Parsed<Value> parse(std::string_view text);
};
/// "sw1:p1". The Place is left for the reader.
struct NodeInterfaceValue {
  using Value = spec::PortName;
  static constexpr ValueKind kind = ValueKind::node_interface;
  static Parsed<Value> parse(std::string_view text);
};
/// Hexadecimal octets; spaces, colons and line ends between them are skipped.
struct HexValue {
  using Value = std::vector<std::uint8_t>;
  static constexpr ValueKind kind = ValueKind::hex;
  static Parsed<Value> parse(std::string_view text);
};

}  // namespace natsim::topology
