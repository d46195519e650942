// The scalars of values.h that name places in the network.
#include <fmt/format.h>

#include "sim/wire/dns_name.h"
#include "src/topology/context.h"
#include "src/topology/values.h"

namespace natsim::topology {
namespace {

Complaint ipv6_not_yet() { return {"IPv6 is not supported yet", ""}; }

/// What an IPv4 address that somebody should own cannot be, or empty.
std::string unusable(Ipv4Address address) {
  if (address.is_multicast()) return "is a multicast group";
  if (address.is_loopback()) return "is a loopback address";
  if (address.is_broadcast()) return "is the broadcast address";
  if (address.value >> 24 == 0) return "is in 0.0.0.0/8, which no host can have";
  return {};
}

/// What most likely went wrong with dotted numbers that are no address.
std::string dotted_hint(std::string_view text) {
  if (text.find_first_not_of("0123456789./") != std::string_view::npos) return {};
  return "four numbers from 0 to 255 without leading zeros; a prefix length is 0 to 32";
}

/// Labels of letters, digits and '-' with dots between them; the last one is no number.
bool is_domain(std::string_view text) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const auto dot = text.rfind('.');
  if (dot == std::string_view::npos || dot + 1 == text.size()) return false;
  return kLetters.find(text[dot + 1]) != std::string_view::npos && DnsName::parse(text) &&
         text.find_first_not_of(std::string(kLetters) + "0123456789-.") == std::string_view::npos;
}

}  // namespace

Parsed<IpAddress> AddressValue::parse(std::string_view text) {
  const auto address = IpAddress::parse(text);
  if (!address) {
    if (Prefix::parse(text)) return Complaint{"", "one address, without a prefix length"};
    return Complaint{"", dotted_hint(text)};
  }
  if (!address->is_v4()) return ipv6_not_yet();
  return *address;
}

Parsed<Prefix> PrefixValue::parse(std::string_view text) {
  const auto prefix = Prefix::parse(text);
  if (!prefix) return Complaint{"", dotted_hint(text)};
  if (!prefix->address.is_v4()) return ipv6_not_yet();
  if (prefix->network() != *prefix)
    return Complaint{fmt::format("{} has bits behind its prefix length", quoted(text)),
                     did_you_mean(prefix->network().to_string())};
  return *prefix;
}

Parsed<Prefix> DestinationValue::parse(std::string_view text) {
  if (text == "default") return Prefix{IpAddress(Ipv4Address{0}), 0};
  return PrefixValue::parse(text);
}

Parsed<Prefix> InterfaceAddressValue::parse(std::string_view text) {
  const auto prefix = Prefix::parse(text);
  if (!prefix) return Complaint{"", dotted_hint(text)};
  if (!prefix->address.is_v4()) return ipv6_not_yet();
  if (text.find('/') == std::string_view::npos)
    return Complaint{
        fmt::format("{} has no prefix length: expected {}", quoted(text), expected(kind)),
        fmt::format("did you mean '{}/24'?", text)};
  const Ipv4Address address = prefix->address.v4();
  if (auto why = unusable(address); !why.empty())
    return Complaint{fmt::format("{} {}", address.to_string(), why), ""};
  if (prefix->length == 0)
    return Complaint{fmt::format("{} would put the whole Internet on this cable", quoted(text)),
                     "an interface's prefix length is 1 to 32"};
  if (prefix->length >= 31) return *prefix;  // RFC 3021: no network or broadcast address.
  if (prefix->network().address == prefix->address)
    return Complaint{fmt::format("{} is the network's own address, not a host's", quoted(text)),
                     ""};
  if (prefix->broadcast() == prefix->address)
    return Complaint{
        fmt::format("{} is the network's broadcast address, not a host's", quoted(text)), ""};
  return *prefix;
}

Parsed<AddressRange> AddressRangeValue::parse(std::string_view text) {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) return Complaint{};
  const auto trimmed = [](std::string_view part) {
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
    return part;
  };
  const auto first = IpAddress::parse(trimmed(text.substr(0, dash)));
  const auto last = IpAddress::parse(trimmed(text.substr(dash + 1)));
  if (!first || !last) return Complaint{};
  if (!first->is_v4() || !last->is_v4()) return ipv6_not_yet();
  if (*last < *first)
    return Complaint{fmt::format("the range {} ends before it begins", quoted(text)), ""};
  return AddressRange{*first, *last};
}

Parsed<Endpoint> EndpointValue::parse(std::string_view text) {
  if (const auto address = IpAddress::parse(text)) {
    if (!address->is_v4()) return ipv6_not_yet();
    return Endpoint{*address, 0};
  }
  const auto endpoint = Endpoint::parse(text);
  if (!endpoint) return Complaint{};
  if (!endpoint->address.is_v4()) return ipv6_not_yet();
  if (endpoint->port == 0) return Complaint{"a port is 1 to 65535", ""};
  return *endpoint;
}

Parsed<MacAddress> MacValue::parse(std::string_view text) {
  const auto mac = MacAddress::parse(text);
  if (!mac) return Complaint{};
  if (mac->is_group())
    return Complaint{fmt::format("{} is a group address: no interface can have it", quoted(text)),
                     "the first octet has to be even, such as 02"};
  if (mac->is_zero()) return Complaint{"all zeros is no interface's MAC address", ""};
  return *mac;
}

Parsed<spec::Target> TargetValue::parse(std::string_view text) {
  spec::Target target;
  if (const auto address = IpAddress::parse(text)) {
    if (!address->is_v4()) return ipv6_not_yet();
    target.address = *address;
    return target;
  }
  const auto colon = text.rfind(':');
  if (colon != std::string_view::npos) {
    const auto port = PortValue::parse(text.substr(colon + 1));
    if (!port)
      return Complaint{fmt::format("{} ends in no port", quoted(text)), "a port is 1 to 65535"};
    target.port = *port;
    auto host = text.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']')
      host = host.substr(1, host.size() - 2);
    target.address = IpAddress::parse(host);
    if (target.address && !target.address->is_v4()) return ipv6_not_yet();
    text = text.substr(0, colon);
  }
  if (target.address) return target;
  if (is_domain(text)) {
    target.domain = text;
    return target;
  }
  const auto name = NameValue::parse(text);
  if (!name) return Complaint{"", dotted_hint(text)};
  target.node = *name;
  return target;
}

Parsed<spec::PortName> NodeInterfaceValue::parse(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return Complaint{};
  const auto node = NameValue::parse(text.substr(0, colon));
  const auto interface = InterfaceNameValue::parse(text.substr(colon + 1));
  if (!node || !interface) return Complaint{};
  return spec::PortName{*node, *interface, {}};
}

Parsed<std::vector<std::uint8_t>> HexValue::parse(std::string_view text) {
  std::vector<std::uint8_t> bytes;
  int half = -1;
  for (const char c : text) {
    if (c == ' ' || c == '\n' || c == ':' || c == '\t') continue;
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0)
      return Complaint{fmt::format("{} is no hexadecimal digit", quoted(std::string_view(&c, 1))),
                       ""};
    if (half >= 0) bytes.push_back(std::uint8_t(half << 4 | digit));
    half = half >= 0 ? -1 : digit;
  }
  if (half >= 0) return Complaint{"an odd number of hexadecimal digits", ""};
  return bytes;
}

}  // namespace natsim::topology
