// A visit's packet on less than a line: the one-line dump without what a reader of a whole network
// can do without. Wireshark has the rest.
#pragma once

#include <string>

#include "sim/observe/step.h"

namespace natsim {

/// As the packet came or was made: dump_frame() or dump_ip(), with nothing left out.
std::string full_packet_text(const Visit& visit);
/// As it left; empty where it did not.
std::string departing_packet_text(const Visit& visit);

/// Without "IP", TCP's numbers and options, and lengths that say nothing; DHCP in short words:
///   192.168.1.100.49152 > 203.0.113.80.80: Flags [S]
///   0.0.0.0.68 > 255.255.255.255.67: DHCP Discover from 02:00:00:00:00:01
std::string brief_packet_text(std::string dump);
/// And without the identifiers of pings, and DHCP's MAC addresses.
std::string terse_packet_text(std::string brief);

/// Whether the visit is about an ARP message, under whatever tags.
bool is_arp(const Visit& visit);

}  // namespace natsim
