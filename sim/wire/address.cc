#include "sim/wire/address.h"

#include <charconv>

#include <fmt/format.h>

#include "sim/base/bytes.h"
#include "sim/base/check.h"
#include "sim/wire/mac.h"

namespace natsim {
namespace {

/// The decimal number that is all of `text`; no sign, no leading zeros.
std::optional<std::uint32_t> decimal(std::string_view text, std::uint32_t max) {
  if (text.empty() || text.size() > 10 || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > max) return std::nullopt;
  return value;
}

std::optional<std::uint16_t> hex_group(std::string_view text) {
  if (text.empty() || text.size() > 4) return std::nullopt;
  std::uint16_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

using Groups = std::array<std::uint16_t, 8>;

/// Reads colon-separated groups into `out` from `at` on; a dotted IPv4 tail counts as two.
std::optional<int> read_groups(std::string_view text, Groups& out, int at) {
  if (text.empty()) return at;
  while (true) {
    const auto colon = text.find(':');
    const auto piece = text.substr(0, colon);
    if (colon == std::string_view::npos && piece.find('.') != std::string_view::npos) {
      const auto v4 = Ipv4Address::parse(piece);
      if (!v4 || at > 6) return std::nullopt;
      out[std::size_t(at++)] = std::uint16_t(v4->value >> 16);
      out[std::size_t(at++)] = std::uint16_t(v4->value);
      return at;
    }
    const auto group = hex_group(piece);
    if (!group || at > 7) return std::nullopt;
    out[std::size_t(at++)] = *group;
    if (colon == std::string_view::npos) return at;
    text.remove_prefix(colon + 1);
  }
}

std::optional<IpAddress> parse_v6(std::string_view text) {
  Groups groups{};
  const auto gap = text.find("::");
  if (gap == std::string_view::npos) {
    const auto count = read_groups(text, groups, 0);
    if (!count || *count != 8) return std::nullopt;
  } else {
    const auto head = read_groups(text.substr(0, gap), groups, 0);
    Groups tail{};
    const auto tail_count = read_groups(text.substr(gap + 2), tail, 0);
    if (!head || !tail_count || *head + *tail_count > 7) return std::nullopt;
    for (int i = 0; i < *tail_count; ++i)
      groups[std::size_t(8 - *tail_count + i)] = tail[std::size_t(i)];
  }
  std::uint64_t words[2] = {0, 0};
  for (std::size_t i = 0; i < 8; ++i) words[i / 4] = words[i / 4] << 16 | groups[i];
  return IpAddress::from_words(words[0], words[1]);
}

std::string v6_to_string(IpAddress address) {
  Groups groups{};
  for (std::size_t i = 0; i < 8; ++i)
    groups[i] = std::uint16_t((i < 4 ? address.high() : address.low()) >> (48 - 16 * (i % 4)));
  // RFC 5952 4.2: the longest run of two or more zero groups, the first of equals.
  std::size_t run = 8, run_length = 1;
  for (std::size_t i = 0; i < 8; ++i) {
    std::size_t n = 0;
    while (i + n < 8 && groups[i + n] == 0) ++n;
    if (n > run_length) run = i, run_length = n;
  }
  std::string text;
  for (std::size_t i = 0; i < 8; ++i) {
    if (i == run) {
      text += "::";
      i += run_length - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    text += fmt::format("{:x}", groups[i]);
  }
  return text;
}

/// A mask of `length` leading bits over the two words.
std::pair<std::uint64_t, std::uint64_t> mask_words(int length) {
  const auto word = [](int bits) {
    return bits <= 0 ? 0 : bits >= 64 ? ~std::uint64_t{0} : ~std::uint64_t{0} << (64 - bits);
  };
  return {word(length), word(length - 64)};
}

int length_in_128(const Prefix& p) { return p.address.is_v4() ? 96 + p.length : p.length; }

}  // namespace

std::optional<MacAddress> MacAddress::parse(std::string_view text) {
  if (text.size() != 17) return std::nullopt;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 6; ++i) {
    std::uint8_t octet = 0;
    const char* begin = text.data() + 3 * i;
    const auto [end, error] = std::from_chars(begin, begin + 2, octet, 16);
    if (error != std::errc{} || end != begin + 2) return std::nullopt;
    if (i < 5 && (text[3 * i + 2] != text[2] || (text[2] != ':' && text[2] != '-')))
      return std::nullopt;
    value = value << 8 | octet;
  }
  return MacAddress(value);
}

std::string MacAddress::to_string() const {
  std::uint8_t b[6];
  store(b);
  return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", b[0], b[1], b[2], b[3], b[4],
                     b[5]);
}

std::optional<Ipv4Address> Ipv4Address::parse(std::string_view text) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    const auto dot = text.find('.');
    if ((dot == std::string_view::npos) != (i == 3)) return std::nullopt;
    const auto octet = decimal(text.substr(0, dot), 255);
    if (!octet) return std::nullopt;
    value = value << 8 | *octet;
    if (i < 3) text.remove_prefix(dot + 1);
  }
  return Ipv4Address{value};
}

std::string Ipv4Address::to_string() const {
  return fmt::format("{}.{}.{}.{}", value >> 24, value >> 16 & 255, value >> 8 & 255, value & 255);
}

IpAddress IpAddress::load_v6(const std::uint8_t* p) {
  return from_words(load_be64(p), load_be64(p + 8));
}

void IpAddress::store_v6(std::uint8_t* p) const {
  store_be64(p, high_);
  store_be64(p + 8, low_);
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.find(':') != std::string_view::npos) return parse_v6(text);
  if (const auto v4 = Ipv4Address::parse(text)) return IpAddress(*v4);
  return std::nullopt;
}

std::string IpAddress::to_string() const {
  return is_v4() ? v4().to_string() : v6_to_string(*this);
}

std::optional<Prefix> Prefix::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  if (slash == std::string_view::npos) return Prefix{*address, std::uint8_t(address->bits())};
  const auto length = decimal(text.substr(slash + 1), std::uint32_t(address->bits()));
  if (!length) return std::nullopt;
  return Prefix{*address, std::uint8_t(*length)};
}

std::string Prefix::to_string() const { return fmt::format("{}/{}", address.to_string(), length); }

bool Prefix::contains(IpAddress other) const {
  if (other.is_v4() != address.is_v4()) return false;
  const auto [high, low] = mask_words(length_in_128(*this));
  return ((address.high() ^ other.high()) & high) == 0 &&
         ((address.low() ^ other.low()) & low) == 0;
}

Prefix Prefix::network() const {
  const auto [high, low] = mask_words(length_in_128(*this));
  return {IpAddress::from_words(address.high() & high, address.low() & low), length};
}

std::optional<IpAddress> Prefix::broadcast() const {
  SIM_CHECK(address.is_v4());
  if (length >= 31) return std::nullopt;
  return IpAddress(Ipv4Address{address.v4().value | ~netmask_of(length)});
}

std::optional<Endpoint> Endpoint::parse(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = decimal(text.substr(colon + 1), 65535);
  auto host = text.substr(0, colon);
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto address = IpAddress::parse(host);
  if (!port || !address || bracketed == address->is_v4()) return std::nullopt;
  return Endpoint{*address, std::uint16_t(*port)};
}

std::string Endpoint::to_string() const {
  return address.is_v4() ? fmt::format("{}:{}", address.to_string(), port)
                         : fmt::format("[{}]:{}", address.to_string(), port);
}

std::string to_string(Protocol protocol) {
  switch (protocol) {
    case Protocol::icmp: return "icmp";
    case Protocol::igmp: return "igmp";
    case Protocol::tcp: return "tcp";
    case Protocol::udp: return "udp";
    case Protocol::gre: return "gre";
    case Protocol::esp: return "esp";
    case Protocol::icmpv6: return "icmpv6";
    case Protocol::sctp: return "sctp";
  }
  return fmt::format("proto-{}", int(protocol));
}

std::optional<Protocol> parse_protocol(std::string_view text) {
  for (const auto p : {Protocol::icmp, Protocol::igmp, Protocol::tcp, Protocol::udp, Protocol::gre,
                       Protocol::esp, Protocol::icmpv6, Protocol::sctp})
    if (text == to_string(p)) return p;
  if (const auto number = decimal(text, 255)) return Protocol(*number);
  return std::nullopt;
}

std::string Tuple::to_string() const {
  return fmt::format("{} {} → {}", natsim::to_string(protocol), source.to_string(),
                     destination.to_string());
}

}  // namespace natsim
