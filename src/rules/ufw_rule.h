// A rule as ufw's user writes and numbers it: one line of `ufw status`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/base/place.h"
#include "sim/filter/match.h"

namespace natsim::rules {

/// One side of a rule.
struct UfwEnd {
  std::string address;           ///< "10.0.0.1", "10.0.0.0/8", "2001:db8::/32"; empty: anywhere
  std::vector<PortRange> ports;  ///< in order; empty: any
  std::string profile;           ///< the application profile that the ports come from, or empty
  bool operator==(const UfwEnd&) const = default;
};

/// What makes two rules the same to ufw: a second one with another action replaces the first.
struct UfwMatch {
  UfwEnd source, destination;
  std::string protocol = "any";
  std::string in, out;    ///< interfaces, or empty
  bool outgoing = false;  ///< "out"
  bool routed = false;    ///< "route …"
  bool v6 = false;
  bool operator==(const UfwMatch&) const = default;

  bool has_profile() const { return !source.profile.empty() || !destination.profile.empty(); }
};

enum class UfwAction : std::uint8_t { allow, deny, reject, limit };
enum class UfwLog : std::uint8_t { none, first, all };  ///< "log", "log-all"

struct UfwRule {
  UfwMatch match;
  UfwAction action = UfwAction::allow;
  UfwLog log = UfwLog::none;
  std::string comment;
  std::string words;  ///< the command that it is of, for reports
  Place place;
};

enum class UfwFamily : std::uint8_t { v4, v6, both };

/// A command about a rule.
struct UfwRequest {
  static constexpr int kAppend = 0, kPrepend = -1;

  UfwRule rule;
  UfwFamily family = UfwFamily::both;
  bool remove = false;
  int position = kAppend;  ///< or kPrepend, or where to insert it, from 1
  int number = 0;          ///< "delete NUM": that one, and the rest does not count
};

/// By their numbers, as ufw keeps them.
void sort_ufw_ports(std::vector<PortRange>& ports);
/// "80", "1000:1010", "80,443"; "any" for none.
std::string ufw_ports_text(const std::vector<PortRange>& ports);

}  // namespace natsim::rules
