#include "sim/wire/dns_name.h"

#include <algorithm>

#include <fmt/format.h>

#include "sim/base/check.h"

namespace natsim {
namespace {

constexpr char lower_of(char c) { return c >= 'A' && c <= 'Z' ? char(c + ('a' - 'A')) : c; }

// Length octets are at most 63, so that no letter is among them.
bool same_letters(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return lower_of(x) == lower_of(y);
         });
}

/// The octet at `at`, escapes undone; `at` moves behind it. nullopt: a broken escape.
std::optional<char> next_octet(std::string_view text, std::size_t& at) {
  const char c = text[at++];
  if (c != '\\') return c;
  if (at == text.size()) return std::nullopt;
  const auto is_digit = [](char d) { return d >= '0' && d <= '9'; };
  if (!is_digit(text[at])) return text[at++];
  if (text.size() - at < 3 || !is_digit(text[at + 1]) || !is_digit(text[at + 2]))
    return std::nullopt;
  const int value = (text[at] - '0') * 100 + (text[at + 1] - '0') * 10 + (text[at + 2] - '0');
  at += 3;
  if (value > 255) return std::nullopt;
  return char(value);
}

}  // namespace

std::optional<DnsName> DnsName::parse(std::string_view text) {
  if (text == ".") return DnsName();
  std::string wire, label;
  std::size_t at = 0;
  const auto end_label = [&] {
    if (label.empty() || label.size() > kDnsLabelBytesMax) return false;
    wire += char(label.size());
    wire += label;
    label.clear();
    return wire.size() < kDnsNameBytesMax;
  };
  if (text.empty()) return std::nullopt;
  while (at < text.size()) {
    if (text[at] == '.') {
      ++at;
      if (!end_label()) return std::nullopt;
      continue;
    }
    const auto octet = next_octet(text, at);
    if (!octet) return std::nullopt;
    label += *octet;
  }
  if (!label.empty() && !end_label()) return std::nullopt;
  return from_wire(std::move(wire));
}

DnsName DnsName::reverse_of(IpAddress address) {
  std::string text;
  if (address.is_v4()) {
    const std::uint32_t v4 = address.v4().value;
    text = fmt::format("{}.{}.{}.{}.in-addr.arpa", v4 & 0xff, v4 >> 8 & 0xff, v4 >> 16 & 0xff,
                       v4 >> 24);
  } else {
    for (int nibble = 0; nibble < 32; ++nibble) {
      const std::uint64_t half = nibble < 16 ? address.low() : address.high();
      text += fmt::format("{:x}.", half >> (nibble % 16 * 4) & 0xf);
    }
    text += "ip6.arpa";
  }
  const auto name = parse(text);
  SIM_CHECK(name.has_value());
  return *name;
}

std::string DnsName::to_string() const {
  if (is_root()) return ".";
  std::string text;
  for (std::size_t at = 0; at < wire_.size(); at += 1 + std::size_t(wire_[at])) {
    if (at > 0) text += '.';
    for (const char c : std::string_view(wire_).substr(at + 1, std::size_t(wire_[at]))) {
      if (c == '.' || c == '\\') {
        text += '\\';
        text += c;
      } else if (c > ' ' && c < 0x7f) {
        text += c;
      } else {
        text += fmt::format("\\{:03}", std::uint8_t(c));
      }
    }
  }
  return text;
}

DnsName DnsName::lower() const {
  DnsName name = *this;
  std::transform(name.wire_.begin(), name.wire_.end(), name.wire_.begin(), lower_of);
  return name;
}

std::size_t DnsName::labels() const {
  std::size_t count = 0;
  for (std::size_t at = 0; at < wire_.size(); at += 1 + std::size_t(wire_[at])) ++count;
  return count;
}

bool DnsName::is_within(const DnsName& zone) const {
  std::size_t at = 0;
  while (wire_.size() - at > zone.wire_.size()) at += 1 + std::size_t(wire_[at]);
  return same_letters(std::string_view(wire_).substr(at), zone.wire_);
}

std::optional<DnsName> DnsName::under(const DnsName& suffix) const {
  if (wire_.size() + suffix.wire_bytes() > kDnsNameBytesMax) return std::nullopt;
  return from_wire(wire_ + suffix.wire_);
}

bool DnsName::operator==(const DnsName& other) const { return same_letters(wire_, other.wire_); }

}  // namespace natsim
