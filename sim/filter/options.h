// Conntrack's adjustable parts, with Linux's names and defaults (net.netfilter.nf_conntrack_*).
#pragma once

#include <cstdint>

#include "sim/base/time.h"

namespace natsim {

/// How long a connection may be silent. Defaults are those of Linux 6.
struct ConntrackTimeouts {
  Duration tcp_syn_sent = Duration::seconds(120);
  Duration tcp_syn_recv = Duration::seconds(60);
  Duration tcp_established = Duration::seconds(432'000);
  Duration tcp_fin_wait = Duration::seconds(120);
  Duration tcp_close_wait = Duration::seconds(60);
  Duration tcp_last_ack = Duration::seconds(30);
  Duration tcp_time_wait = Duration::seconds(120);
  Duration tcp_close = Duration::seconds(10);
  Duration tcp_max_retrans = Duration::seconds(300);
  Duration tcp_unacknowledged = Duration::seconds(300);
  Duration udp = Duration::seconds(30);
  Duration udp_stream = Duration::seconds(120);
  Duration icmp = Duration::seconds(30);
  Duration gre = Duration::seconds(30);
  Duration gre_stream = Duration::seconds(180);
  Duration generic = Duration::seconds(600);
};

struct NetfilterOptions {
  ConntrackTimeouts timeouts{};
  std::uint32_t conntrack_max = 262'144;  ///< connections; at most kConnectionsMax
  bool tcp_loose = true;                  ///< pick up connections whose start was not seen
  bool tcp_be_liberal = false;            ///< only RSTs outside the window are invalid
  bool tcp_ignore_invalid_rst = false;    ///< do not call RSTs outside the window invalid
  std::uint8_t tcp_max_retrans = 3;       ///< then the shorter timeout holds
  bool verify_checksums = true;           ///< a wrong transport checksum makes a packet INVALID
  std::int64_t epoch_s = 0;               ///< the wall clock at time 0, seconds since 1970 in UTC
};

}  // namespace natsim
