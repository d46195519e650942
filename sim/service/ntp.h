// The time over the network, RFC 5905: a server that answers, and a client that asks once (SNTP).
//
//   client: T1 leaves ──▶ T2 arrives :server        offset = ((T2 - T1) + (T3 - T4)) / 2
//           T4 arrives ◀── T3 leaves                delay  =  (T4 - T1) - (T3 - T2)
//
// Both know how far their own clock is ahead of simulated time; nothing sets a clock.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "sim/service/service.h"
#include "sim/service/udp_ports.h"
#include "sim/wire/ntp.h"

namespace natsim {

struct NtpClock {
  std::int64_t epoch_s = 0;  ///< seconds after 1970 at simulated time 0
  Duration ahead;            ///< of simulated time
  NtpTime at(Instant now) const { return ntp_time(now + ahead, epoch_s); }
};

class NtpService final : public UdpService {
 public:
  NtpService(const NtpClock& clock, std::uint8_t stratum) : clock_(clock), stratum_(stratum) {}
  /// Answers clients, in their version; all else is ignored.
  void on_datagram(const Datagram& datagram, Instant now, Outbox& out) override;

 private:
  NtpClock clock_;
  std::uint8_t stratum_;
};

/// What a question came to.
struct NtpReport {
  ProbeOutcome outcome{};
  Duration offset, delay;  ///< the server's clock is ahead by `offset`
  std::uint8_t stratum = 0;
  std::string error{};  ///< empty: there is a time
};

class NtpListener {
 public:
  virtual void on_ntp(const NtpReport& report) = 0;

 protected:
  ~NtpListener() = default;
};

/// Asks as soon as its node lets it, and reports once. The listener outlives it.
class NtpClient final : public UdpService {
 public:
  static constexpr Duration kTimeout = Duration::seconds(5);

  NtpClient(IpAddress server, std::uint16_t port, const NtpClock& clock,
            std::unique_ptr<UdpPorts> ports, NtpListener& listener, Instant now)
      : server_{server, port},
        clock_(clock),
        ports_(std::move(ports)),
        listener_(listener),
        deadline_(now) {}

  void on_datagram(const Datagram& datagram, Instant now, Outbox& out) override;
  void on_icmp_error(const IcmpError& error) override;
  Instant next_deadline() const override { return deadline_; }
  void on_deadline(Instant now, Outbox& out) override;

 private:
  void report(NtpReport report);

  Endpoint server_;
  NtpClock clock_;
  std::unique_ptr<UdpPorts> ports_;
  NtpListener& listener_;
  Instant deadline_;  // never: it has reported
  std::uint16_t port_ = 0;
  NtpTime sent_ = 0;
};

}  // namespace natsim
