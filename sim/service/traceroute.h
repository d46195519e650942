// Traceroute: probes with small TTLs, and who says that they have run out.
//
// As Linux's traceroute 2.1 does it: a few probes for each hop, several of them under way at once;
// it ends with the first hop at which a probe has come to its end (the target's answer, or an
// unreachable), or at the last hop allowed. A probe waits less long where others of its hop, or of
// later ones, were answered sooner.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/time.h"
#include "sim/transport/probe.h"
#include "sim/wire/address.h"

namespace natsim {

/// What its probes are: UDP to ports that nobody listens at, echo requests, or SYNs.
enum class TracerouteMethod : std::uint8_t { udp, icmp, tcp };
/// "udp", "icmp", "tcp".
const char* to_string(TracerouteMethod method);

struct TracerouteOptions {
  TracerouteMethod method = TracerouteMethod::udp;
  std::uint16_t port = 0;  ///< UDP: that of the first probe (33434), then one more each; TCP: 80
  std::uint8_t first_hop = 1;  ///< 1 to max_hops
  std::uint8_t max_hops = 30;
  std::uint8_t probes = 3;                  ///< for each hop; 1 to 10
  std::uint16_t parallel = 16;              ///< under way at once; 1: one after the other
  Duration timeout = Duration::seconds(5);  ///< the longest that a probe waits
  Duration interval;                        ///< at least this long from probe to probe
  std::uint16_t size = 60;                  ///< bytes of a packet, with its headers
  bool names = false;                       ///< for who prints it: hosts by name

  std::uint16_t port_of_probe(std::uint32_t probe) const;
};

/// What became of one probe.
struct TracerouteProbe {
  Instant sent;
  std::optional<Duration> rtt;  ///< none: nobody answered in time
  Ipv4Address from;             ///< who answered
  std::string mark;             ///< "!H", "!X", …: how it failed, as traceroute prints it
  bool final = false;           ///< nothing lies behind it
  bool reached = false;         ///< it was the target that it found
};

struct TracerouteHop {
  std::uint8_t ttl = 0;
  std::vector<TracerouteProbe> probes;
};

struct TracerouteResult {
  Ipv4Address target;
  std::uint8_t max_hops = 0;
  std::uint16_t size = 0;
  bool names = false;
  bool reached = false;
  std::vector<TracerouteHop> hops;
};

/// "!H" for what an ICMP error says; "" for a TTL that ran out and for a closed port.
std::string traceroute_mark(const IcmpError& error);

/// One run. Probes are numbered from 0, hop by hop.
class Traceroute {
 public:
  /// The first probe is due at `start`.
  Traceroute(Ipv4Address target, const TracerouteOptions& options, Instant start);

  struct Due {
    std::uint32_t probe;
    std::uint8_t ttl;
  };
  /// Never once it is done.
  Instant next_deadline() const;
  /// Gives up what has waited long enough; returns a probe to send, if one is due. To be called
  /// until it returns none.
  std::optional<Due> on_deadline(Instant now);
  /// The target itself answered: a datagram, an echo reply, a SYN-ACK or a reset.
  void on_answer(std::uint32_t probe, Ipv4Address from, Instant now);
  /// An ICMP error that quotes the probe.
  void on_error(std::uint32_t probe, const IcmpError& error, Instant now);

  bool done() const { return next_shown_ >= end_; }
  /// REQUIRES: done().
  TracerouteResult result() const;

 private:
  struct Probe : TracerouteProbe {
    bool is_sent = false, is_done = false;
  };
  void settle(std::uint32_t number, Probe found, Instant now);
  void advance(Instant now);
  Duration patience(std::uint32_t number) const;
  std::uint32_t under_way() const;
  std::optional<std::uint32_t> next_unsent() const;

  Ipv4Address target_;
  TracerouteOptions options_;
  std::vector<Probe> probes_;
  std::uint32_t first_;       // probe
  std::uint32_t next_shown_;  // all before it are done
  std::uint32_t end_;
  Instant next_send_;
};

}  // namespace natsim
