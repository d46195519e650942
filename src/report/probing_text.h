// What traceroutes and port scans found, as those know it who use traceroute and nmap.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sim/service/port_scan.h"
#include "sim/service/traceroute.h"

namespace natsim {

/// Which node has an address.
using AddressHolders = std::map<Ipv4Address, std::string>;

/// traceroute's output, as with -n unless the result wants names. Each line ends with '\n'.
std::string traceroute_text(const TracerouteResult& result, const AddressHolders& holders);

/// nmap's table with its --reason column. A state of more than 25 ports is only counted, unless
/// they are open ones or `all`.
std::string scan_text(const ScanResult& result, bool all);

/// The ports in one state for one reason.
struct PortGroup {
  PortState state = PortState::unknown;
  PortReason reason = PortReason::no_response;
  std::vector<std::uint16_t> ports;
};
/// The greatest group of a state first; states in the order of their enumeration.
std::vector<PortGroup> port_groups(const ScanResult& result);

/// "22,80,8000-8099".
std::string port_list(const std::vector<std::uint16_t>& ports);

}  // namespace natsim
