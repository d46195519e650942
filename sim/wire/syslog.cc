#include "sim/wire/syslog.h"

#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/format.h>

namespace natsim {
namespace {

constexpr std::array<std::string_view, 24> kFacilities = {
    "kern",   "user",   "mail",     "daemon", "auth",   "syslog", "lpr",    "news",
    "uucp",   "cron",   "authpriv", "ftp",    "ntp",    "audit",  "alert",  "clock",
    "local0", "local1", "local2",   "local3", "local4", "local5", "local6", "local7"};
constexpr std::array<std::string_view, 8> kSeverities = {"emerg",   "alert",  "crit", "err",
                                                         "warning", "notice", "info", "debug"};
constexpr std::size_t kOldTimestampBytes = 15;  // "Jan  1 00:00:01"

/// Takes up to the next space, and the space.
std::string_view take_word(std::string_view& text) {
  const std::size_t space = text.find(' ');
  const std::string_view word = text.substr(0, space);
  text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
  return word;
}

/// The number in "<34>", which it takes. nullopt: there is none, and nothing was taken.
std::optional<unsigned> take_priority(std::string_view& text) {
  const std::size_t end = text.substr(0, 5).find('>');
  if (text.empty() || text[0] != '<' || end == std::string_view::npos || end < 2)
    return std::nullopt;
  unsigned number = 0;
  for (const char digit : text.substr(1, end - 1)) {
    if (digit < '0' || digit > '9') return std::nullopt;
    number = number * 10 + unsigned(digit - '0');
  }
  if (number >= kFacilities.size() * kSeverities.size()) return std::nullopt;
  text.remove_prefix(end + 1);
  return number;
}

/// RFC 5424 6.3: "-", or elements in brackets, where '\' takes the next character as it is.
void skip_structured_data(std::string_view& text) {
  if (text.starts_with('-')) return void(take_word(text));
  bool inside = false;
  std::size_t at = 0;
  for (; at < text.size() && (inside || text[at] != ' '); ++at) {
    if (text[at] == '\\')
      ++at;
    else if (text[at] == '[' || text[at] == ']')
      inside = text[at] == '[';
  }
  text.remove_prefix(std::min(at + 1, text.size()));
}

bool is_old_timestamp(std::string_view text) {
  return text.size() > kOldTimestampBytes && text[3] == ' ' && text[6] == ' ' && text[9] == ':' &&
         text[12] == ':' && text[kOldTimestampBytes] == ' ';
}

std::string or_dash(std::string word) {
  std::replace(word.begin(), word.end(), ' ', '_');
  return word.empty() ? "-" : word;
}

}  // namespace

std::string_view syslog_facility_word(std::uint8_t facility) {
  return facility < kFacilities.size() ? kFacilities[facility] : "unknown";
}
std::string_view syslog_severity_word(std::uint8_t severity) {
  return severity < kSeverities.size() ? kSeverities[severity] : "unknown";
}

std::optional<SyslogPriority> parse_syslog_priority(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto facility = std::find(kFacilities.begin(), kFacilities.end(), text.substr(0, dot));
  const auto severity = std::find(kSeverities.begin(), kSeverities.end(), text.substr(dot + 1));
  if (facility == kFacilities.end() || severity == kSeverities.end()) return std::nullopt;
  return SyslogPriority{std::uint8_t(facility - kFacilities.begin()),
                        std::uint8_t(severity - kSeverities.begin())};
}

SyslogMessage SyslogMessage::parse(ByteSpan datagram) {
  const ByteSpan read = datagram.first(std::min(datagram.size(), kSyslogBytesMax));
  std::string line(read.begin(), read.end());
  if (line.ends_with('\n')) line.pop_back();
  for (char& c : line)
    if (c < ' ' || c > '~') c = '.';
  std::string_view rest = line;
  SyslogMessage message;
  if (const auto priority = take_priority(rest)) {
    message.facility = std::uint8_t(*priority / kSeverities.size());
    message.severity = std::uint8_t(*priority % kSeverities.size());
    if (rest.starts_with("1 ")) {
      take_word(rest);
      message.timestamp = take_word(rest);
      message.host = take_word(rest);
      message.app = take_word(rest);
      take_word(rest), take_word(rest);  // the process' and the message's ids
      skip_structured_data(rest);
    } else if (is_old_timestamp(rest)) {
      message.timestamp = rest.substr(0, kOldTimestampBytes);
      rest.remove_prefix(kOldTimestampBytes + 1);
      message.host = take_word(rest);
      const std::size_t colon = rest.find_first_of(": ");
      if (colon != std::string_view::npos && rest[colon] == ':') {
        message.app = rest.substr(0, colon);
        rest.remove_prefix(colon + 1);
        if (rest.starts_with(' ')) rest.remove_prefix(1);
      }
    }
  }
  message.text = rest;
  return message;
}

void SyslogMessage::emit(Bytes& out) const {
  const std::string line =
      fmt::format("<{}>1 {} {} {} - - - {}", facility * kSeverities.size() + severity,
                  or_dash(timestamp), or_dash(host), or_dash(app), text);
  out.insert(out.end(), line.begin(), line.end());
}

std::string SyslogMessage::to_string() const {
  std::string words;
  for (const std::string* word : {&host, &app})
    if (!word->empty() && *word != "-") words += *word + " ";
  return fmt::format("{}{}.{}: {}", words, syslog_facility_word(facility),
                     syslog_severity_word(severity), text);
}

std::string syslog_timestamp(Instant now, std::int64_t epoch_s) {
  using std::chrono::days;
  using std::chrono::microseconds;
  const std::chrono::sys_time<microseconds> wall{std::chrono::seconds(epoch_s) +
                                                 microseconds(now.ns() / 1000)};
  const auto midnight = std::chrono::floor<days>(wall);
  const std::chrono::year_month_day date(midnight);
  const std::int64_t us = (wall - midnight).count();
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", int(date.year()),
                     unsigned(date.month()), unsigned(date.day()), us / 3'600'000'000,
                     us / 60'000'000 % 60, us / 1'000'000 % 60, us % 1'000'000);
}

}  // namespace natsim
