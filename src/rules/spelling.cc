#include "src/rules/spelling.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace natsim::rules {
namespace {

std::string flag_names(std::uint8_t flags) {
  static constexpr const char* kNames[] = {"FIN", "SYN", "RST", "PSH", "ACK", "URG"};
  std::string text;
  for (int i = 0; i < 6; ++i)
    if (flags >> i & 1) text += (text.empty() ? "" : ",") + std::string(kNames[i]);
  return text.empty() ? "NONE" : text;
}

}  // namespace

std::string word_text(std::string_view text) {
  // As xtables_save_string(): anything but letters, digits, - and _ is quoted.
  const auto is_plain = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_';
  };
  if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain)) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\' || c == '\'') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string states_text(StateMask states) {
  static constexpr std::pair<StateMask, const char*> kWords[] = {{kStateInvalid, "INVALID"},
                                                                 {kStateNew, "NEW"},
                                                                 {kStateRelated, "RELATED"},
                                                                 {kStateEstablished, "ESTABLISHED"},
                                                                 {kStateUntracked, "UNTRACKED"},
                                                                 {kStateSnat, "SNAT"},
                                                                 {kStateDnat, "DNAT"}};
  std::string text;
  for (const auto& [bit, word] : kWords)
    if (states & bit) text += (text.empty() ? "" : ",") + std::string(word);
  return text;
}

std::string ports_text(PortRange ports, char separator) {
  if (ports.first == ports.last) return std::to_string(ports.first);
  return fmt::format("{}{}{}", ports.first, separator, ports.last);
}

std::string rate_text(Duration interval) {
  // As libxt_limit: the largest unit of which a whole number says it well enough.
  constexpr std::int64_t kScale = 10'000;
  static constexpr std::pair<const char*, std::int64_t> kUnits[] = {
      {"day", 86400 * kScale}, {"hour", 3600 * kScale}, {"min", 60 * kScale}, {"sec", kScale}};
  const std::int64_t period = std::max<std::int64_t>(1, interval.ns() / 100'000);
  std::size_t unit = 1;
  for (; unit < std::size(kUnits); ++unit)
    if (period > kUnits[unit].second || kUnits[unit].second / period < kUnits[unit].second % period)
      break;
  return fmt::format("{}/{}", kUnits[unit - 1].second / period, kUnits[unit - 1].first);
}

std::string tcp_flags_option(const TcpFlagsMatch& match) {
  return fmt::format(" {}--tcp-flags {} {}", match.negated ? "! " : "", flag_names(match.mask),
                     flag_names(match.set));
}

}  // namespace natsim::rules
