// What the one-line dump is shortened to.
#include "src/report/packet_text.h"

#include <gtest/gtest.h>

namespace natsim {
namespace {

struct Row {
  const char* dump;
  const char* brief;
  const char* terse;
};

TEST(PacketText, LeavesOutWhatAReaderOfAWholeNetworkCanDoWithout) {
  const Row rows[] = {
      {"IP 10.0.0.1.5000 > 10.0.0.2.80: Flags [S], seq 7, win 64240, options [mss 1460,sackOK], "
       "length 0",
       "10.0.0.1.5000 > 10.0.0.2.80: Flags [S]", "10.0.0.1.5000 > 10.0.0.2.80: Flags [S]"},
      {"IP 10.0.0.1.5000 > 10.0.0.2.80: Flags [P.], seq 7:27, ack 9, win 512, length 20",
       "10.0.0.1.5000 > 10.0.0.2.80: Flags [P.], length 20",
       "10.0.0.1.5000 > 10.0.0.2.80: Flags [P.], length 20"},
      // What is wrong with a packet stays.
      {"IP 10.0.0.1.5000 > 10.0.0.2.80: Flags [S], seq 7, win 1, length 0 (bad tcp checksum)",
       "10.0.0.1.5000 > 10.0.0.2.80: Flags [S] (bad tcp checksum)",
       "10.0.0.1.5000 > 10.0.0.2.80: Flags [S] (bad tcp checksum)"},
      {"IP 10.0.0.1.5000 > 10.0.0.2.80: Flags [S], seq 7, win 1, options malformed: truncated, "
       "length 0",
       "10.0.0.1.5000 > 10.0.0.2.80: Flags [S], options malformed: truncated",
       "10.0.0.1.5000 > 10.0.0.2.80: Flags [S], options malformed: truncated"},
      {"IP 10.0.0.1.53 > 10.0.0.2.53: UDP, length 12", "10.0.0.1.53 > 10.0.0.2.53: UDP, length 12",
       "10.0.0.1.53 > 10.0.0.2.53: UDP, length 12"},
      {"IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 7, seq 1, length 64",
       "10.0.0.1 > 10.0.0.2: ICMP echo request, id 7, seq 1",
       "10.0.0.1 > 10.0.0.2: ICMP echo request, seq 1"},
      // An error keeps the flow that it is about.
      {"IP 10.0.0.1 > 10.0.0.2: ICMP host unreachable, quoting icmp 10.0.0.2 > 10.9.9.9 id 3, "
       "length 36",
       "10.0.0.1 > 10.0.0.2: ICMP host unreachable, quoting icmp 10.0.0.2 > 10.9.9.9 id 3",
       "10.0.0.1 > 10.0.0.2: ICMP host unreachable, quoting icmp 10.0.0.2 > 10.9.9.9 id 3"},
      {"IP 10.0.0.1 > 10.0.0.2: udp (frag 7:520@1480)",
       "10.0.0.1 > 10.0.0.2: udp (frag 7:520@1480)", "10.0.0.1 > 10.0.0.2: udp (frag 7:520@1480)"},
      {"vlan 10, IP 10.0.0.1 > 10.0.0.2: ICMP echo reply, id 7, seq 1, length 64",
       "vlan 10, 10.0.0.1 > 10.0.0.2: ICMP echo reply, id 7, seq 1",
       "vlan 10, 10.0.0.1 > 10.0.0.2: ICMP echo reply, seq 1"},
      {"ARP, Request who-has 10.0.0.1 tell 10.0.0.2, length 28",
       "ARP, Request who-has 10.0.0.1 tell 10.0.0.2",
       "ARP, Request who-has 10.0.0.1 tell 10.0.0.2"},
      {"ARP, malformed: truncated, length 9", "ARP, malformed: truncated, length 9",
       "ARP, malformed: truncated, length 9"},
      {"IP 0.0.0.0.68 > 255.255.255.255.67: BOOTP/DHCP, Request from 02:00:00:00:00:01, Discover, "
       "length 300",
       "0.0.0.0.68 > 255.255.255.255.67: DHCP Discover from 02:00:00:00:00:01",
       "0.0.0.0.68 > 255.255.255.255.67: DHCP Discover"},
      {"IP 10.0.0.1.67 > 10.0.0.9.68: BOOTP/DHCP, Reply to 02:00:00:00:00:01, ACK 10.0.0.9, via "
       "10.1.0.1, length 300",
       "10.0.0.1.67 > 10.0.0.9.68: DHCP ACK 10.0.0.9 to 02:00:00:00:00:01, via 10.1.0.1",
       "10.0.0.1.67 > 10.0.0.9.68: DHCP ACK 10.0.0.9, via 10.1.0.1"},
      {"IP 10.0.0.1.67 > 10.0.0.9.68: BOOTP/DHCP, malformed: truncated, length 30",
       "10.0.0.1.67 > 10.0.0.9.68: BOOTP/DHCP, malformed: truncated, length 30",
       "10.0.0.1.67 > 10.0.0.9.68: BOOTP/DHCP, malformed: truncated, length 30"},
      {"02:00:00:00:00:01 > 02:00:00:00:00:02, 802.3, length 60",
       "02:00:00:00:00:01 > 02:00:00:00:00:02, 802.3, length 60",
       "02:00:00:00:00:01 > 02:00:00:00:00:02, 802.3, length 60"},
      {"", "", ""},
  };
  for (const Row& row : rows) {
    const std::string brief = brief_packet_text(row.dump);
    EXPECT_EQ(brief, row.brief);
    EXPECT_EQ(terse_packet_text(brief), row.terse);
  }
}

}  // namespace
}  // namespace natsim
