// A packet on one line, in the shape of `tcpdump -n`:
//
//   IP 192.168.1.100.49152 > 203.0.113.80.53: UDP, length 12
//   IP 192.168.1.100.40000 > 203.0.113.80.80: Flags [S], seq 7, win 64240, options [mss 1460],
//   length 0 IP 203.0.113.80 > 192.168.1.100: ICMP echo reply, id 7, seq 1, length 64 IP 10.0.0.1
//   > 10.0.0.2: ICMP port unreachable, quoting udp 10.0.0.2.9 > 10.0.0.1.53, length 36 IP 10.0.0.1
//   > 10.0.0.2: udp (frag 7:520@1480) vlan 10, ARP, Request who-has 192.168.1.1 tell 192.168.1.100,
//   length 28 IP 0.0.0.0.68 > 255.255.255.255.67: BOOTP/DHCP, Request from 02:00:00:00:00:01,
//   Discover, length 300
//
// It differs from tcpdump where a simulator's reader gains: a wrong checksum and a malformed header
// are said in words, an ICMP error names the flow it is about, TCP numbers are absolute, fragments
// are marked without -v, padding of options is left out.
#pragma once

#include <string>

#include "sim/base/bytes.h"

namespace natsim {

/// Of a whole Ethernet frame without FCS. Never fails: what cannot be read is described.
std::string dump_frame(ByteSpan frame);

/// Of an IPv4 packet.
std::string dump_ip(ByteSpan packet);

}  // namespace natsim
