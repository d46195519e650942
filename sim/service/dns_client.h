// The stub resolver of a host (RFC 1034 5.3.1): asks the nameservers that the host was told of, one
// after the other, with the patience of glibc. It remembers nothing.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sim/service/dns_resolver.h"
#include "sim/service/service.h"

namespace natsim {

class DnsClient final : public UdpService {
 public:
  static constexpr Duration kTimeout = Duration::seconds(5);  // RES_TIMEOUT
  static constexpr int kTries = 2;                            // RES_DFLRETRY
  static constexpr std::size_t kServersMax = 3;               // MAXNS

  DnsClient(std::unique_ptr<UdpPorts> ports, Prng rng);

  /// What the host was told: its own configuration first, then each lease's. More than three are
  /// not asked.
  void configure(std::vector<IpAddress> nameservers, std::string search);
  /// Begins to look `name` up. One without a dot gets the search domain behind it first (ndots 1).
  /// Without nameservers it is over at once: SERVFAIL.
  void start(std::uint64_t tag, const DnsQuestion& question, Instant now, Outbox& out,
             DnsTransport transport = DnsTransport::udp);
  std::vector<DnsResolution> take_finished(Instant now, Outbox& out);

  void on_datagram(const Datagram& datagram, Instant now, Outbox& out) override {
    resolver_.on_datagram(datagram, now, out);
  }
  void on_send_error(const Tuple& sent, const IcmpError& error, Instant now, Outbox& out) override {
    resolver_.on_send_error(sent, error, now, out);
  }
  Instant next_deadline() const override { return resolver_.next_deadline(); }
  void on_deadline(Instant now, Outbox& out) override { resolver_.on_deadline(now, out); }

 private:
  struct Searching {
    DnsQuestion question;
    DnsTransport transport;
  };

  DnsResolver resolver_;
  std::optional<DnsName> search_;
  std::map<std::uint64_t, Searching> searching_;  // with the suffix; then as they are
};

}  // namespace natsim
