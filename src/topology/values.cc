#include "src/topology/values.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "src/topology/context.h"
#include "src/topology/suggest.h"
#include "src/topology/text_check.h"

namespace natsim::topology {
namespace {

constexpr std::size_t kNameMax = 63;
constexpr std::size_t kInterfaceNameMax = 15;
constexpr std::size_t kRuleNameMax = 80;
constexpr std::size_t kTextMax = 64 * 1024;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_char(char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-'; }

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

}  // namespace

std::string_view expected(ValueKind kind) {
  switch (kind) {
    case ValueKind::text: return "text";
    case ValueKind::name: return "a name such as web-1";
    case ValueKind::interface_name: return "an interface name such as eth0";
    case ValueKind::boolean: return "true or false";
    case ValueKind::integer: return "a whole number such as 10";
    case ValueKind::duration: return "a duration such as 10ms";
    case ValueKind::instant: return "a time such as 1s";
    case ValueKind::rate: return "a bit rate such as 100Mbit/s";
    case ValueKind::size: return "a size such as 64KiB";
    case ValueKind::percent: return "a percentage such as 0.1%";
    case ValueKind::address: return "an address such as 192.168.1.10";
    case ValueKind::prefix: return "a network such as 10.0.0.0/8";
    case ValueKind::interface_address:
      return "an address with its prefix length such as 192.168.1.10/24";
    case ValueKind::address_range: return "a range such as 192.168.1.100-192.168.1.199";
    case ValueKind::endpoint: return "an address and port such as 192.168.1.10:80";
    case ValueKind::mac: return "a MAC address such as \"02:00:00:00:00:07\"";
    case ValueKind::port: return "a port, 1 to 65535";
    case ValueKind::port_range: return "a port such as 80 or a range such as 8000-8099";
    case ValueKind::vlan: return "a VLAN, 1 to 4094";
    case ValueKind::protocol: return "a protocol such as tcp";
    case ValueKind::icmp_type: return "an ICMP type such as echo-request";
    case ValueKind::target: return "a node or an address, and a port, such as web:80";
    case ValueKind::node_interface: return "a node and its interface such as \"sw1:p1\"";
    case ValueKind::timestamp: return "a UTC time such as 2026-01-01T00:00:00Z";
    case ValueKind::hex: return "hexadecimal octets such as \"ffffffffffff 020000000001 0806\"";
    case ValueKind::word: return "one of a few words";
    case ValueKind::object: return "a map";
  }
  return "?";
}

Parsed<std::string> TextValue::parse(std::string_view text) {
  if (text.size() > kTextMax)
    return Complaint{fmt::format("{} bytes of text; at most {}", text.size(), kTextMax), ""};
  return std::string(text);
}

Parsed<std::string> NameValue::parse(std::string_view text) {
  if (text.empty()) return Complaint{"a name cannot be empty", ""};
  if (text.size() > kNameMax)
    return Complaint{fmt::format("name {} is {} characters long; at most {}", quoted(text),
                                 text.size(), kNameMax),
                     ""};
  if (!is_letter(text[0]) || !std::all_of(text.begin(), text.end(), is_name_char))
    return Complaint{fmt::format("{} is no name", quoted(text)),
                     "a name begins with a letter (a-z, A-Z) and goes on with letters, digits, "
                     "'-' and '_'"};
  return std::string(text);
}

Parsed<std::string> InterfaceNameValue::parse(std::string_view text) {
  if (text.empty()) return Complaint{"an interface name cannot be empty", ""};
  if (text.size() > kInterfaceNameMax)
    return Complaint{fmt::format("interface name {} is {} characters long; Linux allows {}",
                                 quoted(text), text.size(), kInterfaceNameMax),
                     ""};
  const auto allowed = [](char c) { return is_name_char(c) || c == '.'; };
  const auto dots = std::count(text.begin(), text.end(), '.');
  const bool edge = text.front() == '.' || text.back() == '.' || text.front() == '-';
  if (edge || dots > 1 || !std::all_of(text.begin(), text.end(), allowed))
    return Complaint{fmt::format("{} is no interface name", quoted(text)),
                     "letters, digits, '-' and '_', such as eth0; one dot for a VLAN, such as "
                     "eth0.10"};
  if (text == "lo") return Complaint{"'lo' is every node's own loopback interface", ""};
  return std::string(text);
}

Parsed<std::string> RuleNameValue::parse(std::string_view text) {
  if (text.empty()) return Complaint{"a name cannot be empty", ""};
  if (text.size() > kRuleNameMax)
    return Complaint{fmt::format("name {} is {} bytes long; at most {}", quoted(text), text.size(),
                                 kRuleNameMax),
                     ""};
  for (std::size_t i = 0; i < text.size();
       i += std::max<std::size_t>(1, utf8_length(text.substr(i)))) {
    const char32_t point = utf8_decode(text.substr(i));
    if (point < 0x20 || (point >= 0x7f && point < 0xa0))
      return Complaint{fmt::format("name {} holds a control character", quoted(text)), ""};
  }
  return std::string(text);
}

Parsed<bool> BooleanValue::parse(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  for (const std::string_view yes : {"yes", "Yes", "YES", "on", "On", "ON", "True", "TRUE", "1"})
    if (text == yes) return Complaint{"", did_you_mean("true")};
  for (const std::string_view no : {"no", "No", "NO", "off", "Off", "OFF", "False", "FALSE", "0"})
    if (text == no) return Complaint{"", did_you_mean("false")};
  return Complaint{};
}

Parsed<std::uint64_t> parse_integer(std::string_view text, std::uint64_t min, std::uint64_t max) {
  if (!all_digits(text)) return Complaint{};
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < min || number > max)
    return Complaint{fmt::format("{} is out of range: {} to {}", quoted(text), min, max), ""};
  return number;
}

Parsed<std::uint16_t> PortValue::parse(std::string_view text) {
  const auto port = parse_integer(text, 1, 65535);
  if (!port) return Complaint{};
  return std::uint16_t(*port);
}

Parsed<std::uint16_t> VlanValue::parse(std::string_view text) {
  const auto vlan = parse_integer(text, 1, 4094);
  if (!vlan) return Complaint{};
  return std::uint16_t(*vlan);
}

Parsed<spec::PortRange> PortRangeValue::parse(std::string_view text) {
  const auto separator = text.find_first_of("-:");  // iptables writes 8000:8099
  const auto first = PortValue::parse(text.substr(0, separator));
  if (!first) return Complaint{};
  if (separator == std::string_view::npos) return spec::PortRange{*first, *first};
  const auto last = PortValue::parse(text.substr(separator + 1));
  if (!last) return Complaint{};
  if (*last < *first)
    return Complaint{fmt::format("the range {} ends before it begins", quoted(text)), ""};
  return spec::PortRange{*first, *last};
}

Parsed<Protocol> ProtocolValue::parse(std::string_view text) {
  const auto protocol = parse_protocol(text);
  if (protocol) return *protocol;
  return Complaint{
      "", did_you_mean(nearest(text, {"tcp", "udp", "icmp", "igmp", "gre", "esp", "sctp"}))};
}

Parsed<std::uint8_t> IcmpTypeValue::parse(std::string_view text) {
  // The names that `iptables -p icmp -h` lists, without those of codes.
  static const std::vector<std::pair<std::string_view, std::uint8_t>> names = {
      {"echo-reply", 0},           {"destination-unreachable", 3},
      {"source-quench", 4},        {"redirect", 5},
      {"echo-request", 8},         {"router-advertisement", 9},
      {"router-solicitation", 10}, {"time-exceeded", 11},
      {"parameter-problem", 12},   {"timestamp-request", 13},
      {"timestamp-reply", 14},     {"address-mask-request", 17},
      {"address-mask-reply", 18},
  };
  std::vector<std::string_view> known;
  for (const auto& [name, type] : names) {
    if (name == text) return type;
    known.push_back(name);
  }
  if (const auto number = parse_integer(text, 0, 255)) return std::uint8_t(*number);
  if (text == "ping") return Complaint{"", did_you_mean("echo-request")};
  return Complaint{"", did_you_mean(nearest(text, known))};
}

}  // namespace natsim::topology
