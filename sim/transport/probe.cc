#include "sim/transport/probe.h"

#include <fmt/core.h>

#include "sim/wire/icmp.h"

namespace natsim {
namespace {

ProbeResult result_of_v4(IcmpType type, std::uint8_t code) {
  switch (type) {
    case IcmpType::destination_unreachable:
      switch (IcmpUnreachable(code)) {
        case IcmpUnreachable::protocol:
        case IcmpUnreachable::port: return ProbeResult::refused;
        case IcmpUnreachable::fragmentation_needed: return ProbeResult::pending;
        default: return ProbeResult::unreachable;
      }
    case IcmpType::time_exceeded:
      return IcmpTimeExceeded(code) == IcmpTimeExceeded::in_transit ? ProbeResult::unreachable
                                                                    : ProbeResult::pending;
    case IcmpType::parameter_problem: return ProbeResult::unreachable;
    default: return ProbeResult::pending;
  }
}

// RFC 4443 3: 1 unreachable (code 4: port), 2 packet too big, 3 time exceeded, 4 parameter problem.
ProbeResult result_of_v6(std::uint8_t type, std::uint8_t code) {
  switch (type) {
    case 1: return code == 4 ? ProbeResult::refused : ProbeResult::unreachable;
    case 3: return code == 0 ? ProbeResult::unreachable : ProbeResult::pending;
    case 4: return ProbeResult::unreachable;
    default: return ProbeResult::pending;
  }
}

}  // namespace

const char* to_string(ProbeResult result) {
  switch (result) {
    case ProbeResult::pending: return "pending";
    case ProbeResult::answered: return "answered";
    case ProbeResult::refused: return "refused";
    case ProbeResult::unreachable: return "unreachable";
    case ProbeResult::timed_out: return "timed_out";
  }
  return "?";
}

ProbeResult result_of(const IcmpError& error) {
  return error.reporter.is_v4() ? result_of_v4(IcmpType(error.type), error.code)
                                : result_of_v6(error.type, error.code);
}

std::string ProbeOutcome::to_string() const {
  std::string word = natsim::to_string(result);
  if (error == IcmpError{}) return word;
  const std::string numbers = fmt::format("({}/{})", error.type, error.code);
  const std::string from = error.reporter.to_string();
  if (!error.reporter.is_v4()) return fmt::format("{}: ICMPv6 {} from {}", word, numbers, from);
  return fmt::format("{}: {} {} from {}", word, icmp_words(IcmpType(error.type), error.code),
                     numbers, from);
}

}  // namespace natsim
