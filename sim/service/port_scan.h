// A port scan: which ports of a host are open, judged from outside, in nmap's words.
//
//   method   open            closed            filtered                      open|filtered
//   syn      SYN-ACK         reset             ICMP error, no answer         -
//   connect  connected       refused           another error, no answer      -
//   udp      a datagram      port unreachable  other ICMP error, or one      no answer
//                            from the target   from somebody else
//
// This is the bookkeeping: which probe is due, who has waited long enough. Sending is the node's.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/time.h"
#include "sim/transport/probe.h"
#include "sim/wire/address.h"

namespace natsim {

/// nmap's -sS, -sT and -sU.
enum class ScanMethod : std::uint8_t { syn, connect, udp };
/// "syn", "connect", "udp".
const char* to_string(ScanMethod method);

enum class PortState : std::uint8_t { unknown, open, closed, filtered, open_filtered };
/// "open", …, "open|filtered".
const char* to_string(PortState state);

/// Why a port is taken to be in its state; nmap's --reason.
enum class PortReason : std::uint8_t {
  no_response,
  syn_ack,
  reset,
  conn_refused,
  udp_response,
  net_unreach,
  host_unreach,
  proto_unreach,
  port_unreach,
  net_prohibited,
  host_prohibited,
  admin_prohibited,
  time_exceeded,
  other_error,
};
/// "no-response", "admin-prohibited", …
const char* to_string(PortReason reason);
PortReason reason_of(const IcmpError& error);

struct ScanOptions {
  ScanMethod method = ScanMethod::syn;
  std::uint8_t retries = 1;                       ///< beyond the first probe of a port
  Duration timeout = Duration::seconds(1);        ///< of a probe
  Duration interval = Duration::milliseconds(1);  ///< from probe to probe; 0: as fast as may be
  std::uint32_t parallel = 100;                   ///< probes that wait for an answer; at least 1
};

struct PortFinding {
  std::uint16_t port = 0;
  PortState state = PortState::unknown;
  PortReason reason = PortReason::no_response;
  bool operator==(const PortFinding&) const = default;
};

struct ScanResult {
  Ipv4Address target;
  ScanMethod method = ScanMethod::syn;
  std::optional<Duration> latency;  ///< of the first answer
  std::uint64_t probes = 0;         ///< sent
  std::vector<PortFinding> ports;   ///< in the order of their numbers

  std::size_t count(PortState state) const;
};

/// One run. Memory is a few bytes a port.
class PortScan {
 public:
  /// The first probe is due at `start`. REQUIRES: `ports` rise, and there is one at least.
  PortScan(Ipv4Address target, const ScanOptions& options, const std::vector<std::uint16_t>& ports,
           Instant start);

  struct Due {
    std::uint16_t port;
    std::uint8_t attempt;  ///< 0: the first
  };
  /// Never once it is done.
  Instant next_deadline() const;
  /// Gives up what has waited long enough; returns a probe to send, if one is due. To be called
  /// until it returns none.
  std::optional<Due> on_deadline(Instant now);
  /// An answer decides; the first counts, even to a probe that was given up.
  void on_found(std::uint16_t port, PortState state, PortReason reason, Instant now);
  /// An ICMP error that quotes a probe of the port.
  void on_error(std::uint16_t port, const IcmpError& error, Instant now);

  bool done() const { return undecided_ == 0; }
  const ScanResult& result() const { return result_; }

 private:
  struct Waiting {
    Instant sent;
    std::uint32_t index;  // of its port
    std::uint8_t attempt;
  };
  void give_up(Instant now);
  void decide(std::uint32_t index, PortState state, PortReason reason);
  std::optional<std::uint32_t> index_of(std::uint16_t port) const;

  ScanOptions options_;
  ScanResult result_;
  std::vector<std::uint8_t> under_way_of_;  // by index: an attempt waits
  std::deque<Waiting> waiting_;             // by the time of sending; some have been answered
  std::deque<Waiting> again_;               // to be sent again; `sent` means nothing
  std::uint32_t next_ = 0;                  // index of the first port without a probe
  std::uint32_t under_way_ = 0;
  std::size_t undecided_;
  Instant next_send_;
};

}  // namespace natsim
