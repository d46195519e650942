#include "src/rules/values.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>

#include <fmt/format.h>

#include "src/topology/suggest.h"

namespace natsim::rules {
namespace {

using topology::did_you_mean;
using topology::nearest;
using topology::quoted;

bool equal_fold(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; };
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [&](char x, char y) { return lower(x) == lower(y); });
}

/// One to four octets; those that are left out at the end are zero, as in 10/8.
std::optional<std::uint32_t> dotted(std::string_view text) {
  std::uint32_t value = 0;
  for (int octet = 0; octet < 4; ++octet) {
    const auto dot = text.find('.');
    const auto number = number_of(text.substr(0, dot));
    if (!number || *number > 255) return std::nullopt;
    value |= std::uint32_t(*number) << (24 - 8 * octet);
    if (dot == std::string_view::npos) return value;
    text.remove_prefix(dot + 1);
  }
  return std::nullopt;
}

std::optional<std::uint8_t> mask_length(std::string_view text) {
  if (text.find('.') == std::string_view::npos) {
    const auto length = number_of(text);
    return length && *length <= 32 ? std::optional(std::uint8_t(*length)) : std::nullopt;
  }
  const auto mask = Ipv4Address::parse(text);
  if (!mask) return std::nullopt;
  const int length = std::countl_one(mask->value);
  return netmask_of(length) == mask->value ? std::optional(std::uint8_t(length)) : std::nullopt;
}

bool looks_like_name(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
}

void complain_address(const Word& word, Complaints& complaints) {
  std::string hint;
  if (word.text == "!")
    hint = "the '!' goes before the option: ! -s 10.0.0.1";
  else if (word.text.find(':') != std::string::npos)
    hint = "IPv6 belongs into ip6tables, which is not modelled";
  else if (looks_like_name(word.text))
    hint = "host names are not looked up: write its address";
  complaints.error(word, fmt::format("{} is no address", quoted(word.text)), std::move(hint));
}

}  // namespace

std::optional<std::uint64_t> number_of(std::string_view text) {
  int base = 10;
  if (text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
    base = 16;
    text.remove_prefix(2);
  } else if (text.size() > 1 && text[0] == '0') {
    base = 8;
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> read_number(const Word& word, std::uint64_t min, std::uint64_t max,
                                         Complaints& complaints) {
  const auto number = number_of(word.text);
  if (number && *number >= min && *number <= max) return number;
  complaints.error(
      word, fmt::format("expected a number from {} to {}, found {}", min, max, quoted(word.text)));
  return std::nullopt;
}

std::optional<Ipv4Address> read_address(const Word& word, Complaints& complaints) {
  if (const auto address = Ipv4Address::parse(word.text)) return address;
  complain_address(word, complaints);
  return std::nullopt;
}

std::optional<Prefix> read_prefix(const Word& word, Complaints& complaints) {
  const auto slash = word.text.find('/');
  const Word address = word.part(0, slash);
  std::uint8_t length = 32;
  if (slash != std::string::npos) {
    const Word mask = word.part(slash + 1);
    const auto read = mask_length(mask.text);
    if (!read) {
      complaints.error(mask, fmt::format("{} is no mask", quoted(mask.text)),
                       mask.text.find('.') == std::string::npos
                           ? "0 to 32, or such as 255.255.255.0"
                           : "masks whose ones have gaps are not modelled");
      return std::nullopt;
    }
    length = *read;
  }
  if (length == 0) return Prefix{Ipv4Address{0}, 0};  // whatever stands before it
  const auto value = dotted(address.text);
  if (!value) {
    complain_address(address, complaints);
    return std::nullopt;
  }
  return Prefix{Ipv4Address{*value & netmask_of(length)}, length};
}

std::optional<std::pair<Ipv4Address, Ipv4Address>> read_address_range(const Word& word,
                                                                      Complaints& complaints) {
  const auto dash = word.text.find('-');
  const auto first = read_address(word.part(0, dash), complaints);
  if (!first) return std::nullopt;
  if (dash == std::string::npos) return std::pair(*first, *first);
  const auto last = read_address(word.part(dash + 1), complaints);
  if (!last) return std::nullopt;
  if (*last < *first) {
    complaints.error(word, fmt::format("the range {} ends before it begins", quoted(word.text)));
    return std::nullopt;
  }
  return std::pair(*first, *last);
}

std::optional<std::uint16_t> read_port(const Word& word, Complaints& complaints) {
  if (const auto number = number_of(word.text)) {
    if (*number <= 65535) return std::uint16_t(*number);
    complaints.error(word, fmt::format("{} is no port: they end at 65535", quoted(word.text)));
    return std::nullopt;
  }
  if (const auto port = service_port(word.text)) return port;
  complaints.error(word, fmt::format("{} is no port or service", quoted(word.text)),
                   did_you_mean(nearest(word.text, service_names())));
  return std::nullopt;
}

std::optional<PortRange> read_port_range(const Word& word, char separator, Complaints& complaints) {
  const auto at = word.text.find(separator);
  if (at == std::string::npos || service_port(word.text)) {
    const auto port = read_port(word, complaints);
    return port ? std::optional(PortRange{*port, *port}) : std::nullopt;
  }
  PortRange range;
  if (at > 0) {
    const auto first = read_port(word.part(0, at), complaints);
    if (!first) return std::nullopt;
    range.first = *first;
  }
  if (at + 1 < word.text.size()) {
    const auto last = read_port(word.part(at + 1), complaints);
    if (!last) return std::nullopt;
    range.last = *last;
  }
  if (range.last >= range.first) return range;
  complaints.error(word, fmt::format("the range {} ends before it begins", quoted(word.text)));
  return std::nullopt;
}

std::optional<std::optional<Protocol>> read_protocol(const Word& word, Complaints& complaints) {
  std::optional<std::uint8_t> number;
  if (const auto value = number_of(word.text); value && *value <= 255)
    number = std::uint8_t(*value);
  if (equal_fold(word.text, "all")) number = 0;
  if (!number) number = protocol_number(word.text);
  if (number) return *number == 0 ? std::nullopt : std::optional(Protocol(*number));
  complaints.error(word, fmt::format("{} is no protocol", quoted(word.text)),
                   did_you_mean(nearest(word.text, protocol_names())));
  return std::nullopt;
}

std::optional<MaskedValue> read_mark(const Word& word, Complaints& complaints) {
  const auto slash = word.text.find('/');
  const auto value = read_number(word.part(0, slash), 0, 0xffff'ffff, complaints);
  if (!value) return std::nullopt;
  MaskedValue mark;
  mark.value = std::uint32_t(*value);
  if (slash != std::string::npos) {
    const auto mask = read_number(word.part(slash + 1), 0, 0xffff'ffff, complaints);
    if (!mask) return std::nullopt;
    mark.mask = std::uint32_t(*mask);
  }
  return mark;
}

std::optional<std::size_t> read_choice(const Word& word, const std::vector<std::string_view>& words,
                                       std::string_view what, Complaints& complaints) {
  for (std::size_t i = 0; i < words.size(); ++i)
    if (equal_fold(words[i], word.text)) return i;
  const auto near = nearest(word.text, words);
  complaints.error(word, fmt::format("there is no {} {}", what, quoted(word.text)),
                   near.empty() ? "one of " + topology::listed(words) : did_you_mean(near));
  return std::nullopt;
}

std::optional<std::uint8_t> read_tcp_flags(const Word& word, Complaints& complaints) {
  static const std::vector<std::string_view> words = {"FIN", "SYN", "RST", "PSH",
                                                      "ACK", "URG", "ALL", "NONE"};
  constexpr std::uint8_t kAll = 0x3f;
  std::uint8_t flags = 0;
  for (const Word& part : word.split(',')) {
    const auto index = read_choice(part, words, "TCP flag", complaints);
    if (!index) return std::nullopt;
    if (*index < 6)
      flags |= std::uint8_t(1u << *index);
    else if (*index == 6)
      flags |= kAll;
  }
  return flags;
}

std::optional<IcmpMatch> read_icmp_type(const Word& word, Complaints& complaints) {
  if (auto named = named_icmp_type(word.text)) return named;
  const auto slash = word.text.find('/');
  const Word type = word.part(0, slash);
  if (!number_of(type.text)) {
    complaints.error(word, fmt::format("{} is no ICMP type", quoted(word.text)),
                     did_you_mean(nearest(word.text, icmp_names())));
    return std::nullopt;
  }
  const auto number = read_number(type, 0, 255, complaints);
  if (!number) return std::nullopt;
  IcmpMatch match;
  if (*number != 255) match.type = std::uint8_t(*number);  // 255 is iptables' "any"
  if (slash != std::string::npos) {
    const auto code = read_number(word.part(slash + 1), 0, 255, complaints);
    if (!code) return std::nullopt;
    match.code_first = match.code_last = std::uint8_t(*code);
  }
  return match;
}

std::optional<StateMask> read_states(const Word& word, bool with_nat, Complaints& complaints) {
  static const std::vector<std::string_view> words = {
      "NEW", "ESTABLISHED", "RELATED", "INVALID", "UNTRACKED", "SNAT", "DNAT"};
  static const std::vector<std::string_view> plain(words.begin(), words.begin() + 5);
  StateMask states = 0;
  for (const Word& part : word.split(',')) {
    // iptables takes the beginning of a word too.
    const auto begun = std::find_if(words.begin(), words.end(), [&](std::string_view known) {
      return !part.text.empty() && equal_fold(known.substr(0, part.text.size()), part.text);
    });
    if (begun != words.end() && (with_nat || begun < words.begin() + 5)) {
      states |= StateMask(1u << (begun - words.begin()));
      continue;
    }
    const auto index = read_choice(part, with_nat ? words : plain, "state", complaints);
    if (!index) return std::nullopt;
    states |= StateMask(1u << *index);
  }
  return states;
}

std::optional<Duration> read_rate(const Word& word, Complaints& complaints) {
  // xt_limit counts in ten-thousandths of a second, and rounds down.
  constexpr std::uint64_t kScale = 10'000;
  struct Unit {
    std::string_view name;
    std::uint64_t seconds;
  };
  static constexpr Unit kUnits[] = {{"second", 1}, {"minute", 60}, {"hour", 3600}, {"day", 86400}};
  const auto slash = word.text.find('/');
  const auto count = read_number(word.part(0, slash), 1, 0xffff'ffff, complaints);
  if (!count) return std::nullopt;
  std::uint64_t seconds = slash == std::string::npos ? 1 : 0;
  if (slash != std::string::npos) {
    const std::string_view unit = std::string_view(word.text).substr(slash + 1);
    for (const Unit& known : kUnits)
      if (!unit.empty() && equal_fold(known.name.substr(0, unit.size()), unit))
        seconds = known.seconds;
  }
  if (seconds == 0) {
    complaints.error(word.part(slash + 1),
                     fmt::format("{} is no unit of time", quoted(word.text.substr(slash + 1))),
                     "second, minute, hour or day");
    return std::nullopt;
  }
  if (*count / seconds > kScale) {
    complaints.error(word, fmt::format("the rate {} is too fast", quoted(word.text)),
                     "at most 10000/second");
    return std::nullopt;
  }
  return Duration::microseconds(std::int64_t(kScale * seconds / *count) * 100);
}

std::optional<std::uint8_t> read_dscp_class(const Word& word, Complaints& complaints) {
  static const std::vector<std::string_view> words = {
      "CS0",  "CS1",  "CS2",  "CS3",  "CS4",  "CS5",  "CS6",  "CS7",  "BE",   "AF11", "AF12",
      "AF13", "AF21", "AF22", "AF23", "AF31", "AF32", "AF33", "AF41", "AF42", "AF43", "EF"};
  static constexpr std::array<std::uint8_t, 22> kValues = {
      0x00, 0x08, 0x10, 0x18, 0x20, 0x28, 0x30, 0x38, 0x00, 0x0a, 0x0c,
      0x0e, 0x12, 0x14, 0x16, 0x1a, 0x1c, 0x1e, 0x22, 0x24, 0x26, 0x2e};
  const auto index = read_choice(word, words, "DSCP class", complaints);
  if (!index) return std::nullopt;
  return kValues[*index];
}

}  // namespace natsim::rules
