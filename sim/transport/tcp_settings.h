// The tunables of TCP, with Linux's defaults where it has them.
#pragma once

#include <cstdint>

#include "sim/base/time.h"

namespace natsim {

enum class CongestionAlgorithm : std::uint8_t { reno, cubic };
/// "reno", "cubic", as net.ipv4.tcp_congestion_control has them.
const char* to_string(CongestionAlgorithm algorithm);

struct TcpSettings {
  // --- retransmission (RFC 6298, RFC 9293 3.8.3)
  Duration rto_initial = Duration::seconds(1);
  Duration rto_min = Duration::milliseconds(200);  ///< of its part beyond the round trip (TCP-13)
  Duration rto_max = Duration::seconds(120);
  int syn_retries = 6;  ///< 1, 3, 7, 15, 31, 63 s, and the end at 127 s (TCP-10)
  /// The first SYNs that follow at even distances (tcp_syn_linear_timeouts; 4 since Linux 6.5: 1,
  /// 2, 3, 4, 5, 7, 11 s …). They come on top of syn_retries (TCP-11).
  int syn_linear_timeouts = 0;
  int syn_ack_retries = 5;  ///< 1, 3, 7, 15, 31 s, and the end at 63 s (TCP-12)
  int data_retries = 15;    ///< of the same octets (TCP-16; tcp_retries2)
  int orphan_retries = 8;   ///< once the program has left (tcp_orphan_retries)

  // --- sending
  CongestionAlgorithm congestion = CongestionAlgorithm::cubic;
  std::uint32_t initial_window_segments = 10;       ///< RFC 6928 (TCP-17)
  bool no_delay = false;                            ///< true: without Nagle's algorithm
  std::uint32_t send_buffer_bytes_min = 64 * 1024;  ///< grows with the congestion window, twice it
  std::uint32_t send_buffer_bytes_max = 4 * 1024 * 1024;

  // --- receiving. The first windows are what Linux announces on Ethernet; the window grows with
  // each segment that arrives in order (tcp_rmem: half of 6 MiB).
  std::uint32_t window_active_bytes = 64240;
  std::uint32_t window_passive_bytes = 65160;
  std::uint32_t window_bytes_max = 3 * 1024 * 1024;
  std::uint8_t window_shift = 7;                              ///< RFC 7323 2.2
  Duration delayed_ack = Duration::milliseconds(40);          ///< TCP-24
  int quick_acks = 16;                                        ///< segments that are acked at once
  Duration challenge_interval = Duration::milliseconds(500);  ///< between two challenge ACKs

  // --- opening and closing
  bool timestamps = true, sack = true, window_scale = true;  ///< offered
  std::uint32_t half_open_max = 4096;  ///< handshakes that wait for their ACK; more are dropped
  Duration time_wait = Duration::seconds(60);  ///< and FIN_WAIT_2 without a program
  bool keep_alive = false;                     ///< RFC 9293 3.8.4 (TCP-42)
  Duration keep_alive_idle = Duration::seconds(7200);
  Duration keep_alive_interval = Duration::seconds(75);
  int keep_alive_probes = 9;
};

}  // namespace natsim
