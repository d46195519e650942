#include "src/rules/ufw_values.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>

#include <fmt/format.h>

#include "src/rules/values.h"
#include "src/topology/suggest.h"

namespace natsim::rules {
namespace {

using topology::quoted;

/// Commas and colons in a list of ports: iptables' limit of fifteen ports.
constexpr std::ptrdiff_t kSeparatorsMax = 14;
constexpr std::size_t kInterfaceNameMax = 15;
constexpr std::size_t kIpv6TextMax = 43;

constexpr std::array<std::string_view, 8> kProtocols = {"tcp", "udp",  "ipv6", "esp",
                                                        "ah",  "igmp", "gre",  "vrrp"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

std::nullopt_t bad_port(const Word& word, Complaints& complaints, std::string hint = {}) {
  complaints.error(word, fmt::format("Bad port {}", quoted(word.text)), std::move(hint));
  return std::nullopt;
}

std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), port);
  if (!all_digits(text) || read.ec != std::errc() || port == 0) return std::nullopt;
  return port;
}

/// "80" or "1000:1010".
std::optional<PortRange> range_of(const Word& word, Complaints& complaints) {
  const std::size_t colon = word.text.find(':');
  if (colon == std::string::npos) {
    const auto port = port_of(word.text);
    if (!port) return bad_port(word, complaints, "ports are 1 to 65535");
    return PortRange{*port, *port};
  }
  const auto first = port_of(std::string_view(word.text).substr(0, colon));
  const auto last = port_of(std::string_view(word.text).substr(colon + 1));
  if (!first || !last) return bad_port(word, complaints, "ports are 1 to 65535");
  if (*first >= *last) return bad_port(word, complaints, "the first port is the smaller one");
  return PortRange{*first, *last};
}

/// A length, or a dotted mask; nullopt: neither. `gaps`: a mask that is no prefix.
std::optional<int> mask_of(std::string_view text, bool& gaps) {
  if (all_digits(text)) {
    int length = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), length);
    if (read.ec != std::errc() || length > 32) return std::nullopt;
    return length;
  }
  const auto mask = Ipv4Address::parse(text);
  if (!mask) return std::nullopt;
  const int length = std::countl_one(mask->value);
  gaps = netmask_of(length) != mask->value;
  return length;
}

/// The text of an IPv6 address or network, as inet_ntop() writes it.
std::optional<std::string> ipv6_text(const std::string& text) {
  if (text.size() > kIpv6TextMax) return std::nullopt;
  const std::size_t slash = text.find('/');
  in6_addr address{};
  if (inet_pton(AF_INET6, text.substr(0, slash).c_str(), &address) != 1) return std::nullopt;
  std::array<char, INET6_ADDRSTRLEN> written{};
  if (inet_ntop(AF_INET6, &address, written.data(), written.size()) == nullptr) return std::nullopt;
  std::string made = written.data();
  if (slash == std::string::npos) return made;
  const auto length = read_ufw_number(text.substr(slash + 1));
  if (!length || *length > 128) return std::nullopt;
  return *length == 128 ? made : fmt::format("{}/{}", made, *length);
}

}  // namespace

std::optional<int> read_ufw_number(const std::string& text) {
  int number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (!all_digits(text) || read.ec != std::errc()) return std::nullopt;
  return number;
}

bool is_multiport(const std::vector<PortRange>& ports) {
  return ports.size() > 1 || (ports.size() == 1 && ports[0].first != ports[0].last);
}

bool is_ufw_service(const Word& word) {
  return word.text != "any" && (word.text.empty() || !is_digit(word.text.front()));
}

std::optional<std::vector<PortRange>> read_ufw_ports(const Word& word, Complaints& complaints) {
  const std::string& text = word.text;
  if (text == "any") return std::vector<PortRange>();
  if (is_ufw_service(word)) {
    if (text.find_first_of(",:") != std::string::npos) {
      complaints.error(word, "Port ranges must be numeric");
      return std::nullopt;
    }
    const auto port = service_port(text);
    if (!port)
      return bad_port(word, complaints,
                      topology::did_you_mean(topology::nearest(text, service_names())));
    return std::vector<PortRange>{{*port, *port}};
  }
  const auto separators =
      std::count_if(text.begin(), text.end(), [](char c) { return c == ',' || c == ':'; });
  if (separators > kSeparatorsMax)
    return bad_port(word, complaints, "at most fifteen ports, and a range counts twice");
  std::vector<PortRange> ports;
  for (const Word& part : word.split(',')) {
    const auto range = range_of(part, complaints);
    if (!range) return std::nullopt;
    ports.push_back(*range);
  }
  sort_ufw_ports(ports);
  return ports;
}

std::optional<UfwAddress> read_ufw_address(const Word& word, const char* end,
                                           Complaints& complaints) {
  if (word.text == "any" || word.text == "Any" || word.text == "ANY") return UfwAddress{};
  const std::size_t slash = word.text.find('/');
  const auto address = Ipv4Address::parse(std::string_view(word.text).substr(0, slash));
  bool gaps = false;
  const auto length = slash == std::string::npos
                          ? std::optional(32)
                          : mask_of(std::string_view(word.text).substr(slash + 1), gaps);
  if (address && length && gaps) {
    complaints.error(word, "a mask with gaps is not modelled");
    return std::nullopt;
  }
  if (address && length) {
    const Ipv4Address network{address->value & netmask_of(*length)};
    if (network != *address)
      complaints.warning(word, "Rule changed after normalization",
                         fmt::format("the network is {}/{}", network.to_string(), *length));
    UfwAddress made{network.to_string(), UfwFamily::v4};
    if (*length != 32) made.text += fmt::format("/{}", *length);
    if (*length == 0) made.text.clear();
    return made;
  }
  if (const auto text = ipv6_text(word.text))
    return UfwAddress{*text == "::/0" ? "" : *text, UfwFamily::v6};
  const bool name =
      std::any_of(word.text.begin(), word.text.end(), [](char c) { return c >= 'g' && c <= 'z'; });
  complaints.error(word, fmt::format("Bad {} address", end),
                   name ? "ufw takes addresses and networks, no names" : "");
  return std::nullopt;
}

std::optional<std::string> read_ufw_interface(const Word& word, Complaints& complaints) {
  const std::string& name = word.text;
  const auto bad = [&](const char* why) -> std::optional<std::string> {
    complaints.error(word, fmt::format("Bad interface name{}", why));
    return std::nullopt;
  };
  if (name.find('!') != std::string::npos) return bad(": reserved character: '!'");
  if (name.find(':') != std::string::npos) return bad(": can't use interface aliases");
  if (name == "." || name == "..") return bad(": can't use '.' or '..'");
  if (name.empty()) return bad(": interface name is empty");
  if (name.size() > kInterfaceNameMax) return bad(": interface name too long");
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c);
    if (!letter && std::string_view("_-.+,=%@").find(c) == std::string_view::npos) return bad("");
  }
  return name;
}

std::optional<std::string> read_ufw_protocol(const Word& word, Complaints& complaints) {
  if (word.text == "any") return word.text;
  const std::vector<std::string_view> known(kProtocols.begin(), kProtocols.end());
  if (std::find(known.begin(), known.end(), word.text) != known.end()) return word.text;
  const auto near = topology::nearest(word.text, known);
  complaints.error(
      word, fmt::format("Unsupported protocol {}", quoted(word.text)),
      near.empty() ? "ufw knows " + topology::listed(known) : topology::did_you_mean(near));
  return std::nullopt;
}

bool is_portless(const std::string& protocol) {
  return protocol != "any" && protocol != "tcp" && protocol != "udp";
}

bool is_ipv4_only(const std::string& protocol) { return protocol == "ipv6" || protocol == "igmp"; }

}  // namespace natsim::rules
