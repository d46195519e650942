// Syslog: one line of a log as one datagram, RFC 5424 over UDP (RFC 5426), and what older programs
// send (RFC 3164).
//
//   <PRI>1 TIMESTAMP HOST APP PROCID MSGID SD TEXT      <34>1 2026-01-01T00:00:01.5Z pc su - - - no
//   <PRI>Mmm dd hh:mm:ss HOST TAG: TEXT                 <34>Jan  1 00:00:01 pc su: no
//   PRI = facility * 8 + severity
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sim/base/bytes.h"
#include "sim/base/result.h"
#include "sim/base/time.h"

namespace natsim {

inline constexpr std::uint16_t kSyslogPort = 514;
inline constexpr std::size_t kSyslogBytesMax = 2048;  // RFC 5424 6.1: what receivers should take

/// "user", "local0", …; facilities are 0 … 23.
std::string_view syslog_facility_word(std::uint8_t facility);
/// "notice", …; severities are 0 ("emerg") … 7 ("debug").
std::string_view syslog_severity_word(std::uint8_t severity);
/// Reverses "user.notice". nullopt: there is no such facility or severity.
struct SyslogPriority {
  std::uint8_t facility, severity;
};
std::optional<SyslogPriority> parse_syslog_priority(std::string_view text);

struct SyslogMessage {
  std::uint8_t facility = 1, severity = 5;
  std::string timestamp{};  ///< as written; "-": none
  std::string host{}, app{};
  std::string text{};

  /// Takes either form; where a message has neither, all behind PRI is its text, and without PRI
  /// all of it (as user.notice, RFC 3164 4.3.3). Reads at most kSyslogBytesMax, printable: what is
  /// none in ASCII becomes '.'.
  static SyslogMessage parse(ByteSpan datagram);
  /// Appends the form of RFC 5424; empty parts are "-", spaces in `host` and `app` become "_".
  void emit(Bytes& out) const;
  /// "pc su auth.crit: no"
  std::string to_string() const;
};

/// "2026-01-01T00:00:01.500000Z", where simulated time 0 is `epoch_s` seconds after 1970.
std::string syslog_timestamp(Instant now, std::int64_t epoch_s);

}  // namespace natsim
