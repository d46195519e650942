// The values of a ufw command. Each reader complains in ufw's words and returns nullopt.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "src/rules/extension.h"
#include "src/rules/ufw_rule.h"

namespace natsim::rules {

/// "80", "1000:1010", "80,443,8000:8010", one service's name; "any" is no port at all.
std::optional<std::vector<PortRange>> read_ufw_ports(const Word& word, Complaints& complaints);
/// Whether a rule with these has to say tcp or udp: more than one port.
bool is_multiport(const std::vector<PortRange>& ports);
/// Whether it is a service's name, as against numbers.
bool is_ufw_service(const Word& word);

struct UfwAddress {
  std::string text;  ///< as ufw keeps it, host bits cleared; empty: anywhere
  UfwFamily family = UfwFamily::both;
};
/// "any", an address, a network; `end` is "source" or "destination", for the message.
std::optional<UfwAddress> read_ufw_address(const Word& word, const char* end,
                                           Complaints& complaints);

std::optional<std::string> read_ufw_interface(const Word& word, Complaints& complaints);
std::optional<std::string> read_ufw_protocol(const Word& word, Complaints& complaints);
/// esp, ah, …: no ports.
bool is_portless(const std::string& protocol);
/// igmp, ipv6: not over IPv6.
bool is_ipv4_only(const std::string& protocol);

/// A number without a sign, or nullopt.
std::optional<int> read_ufw_number(const std::string& text);

}  // namespace natsim::rules
