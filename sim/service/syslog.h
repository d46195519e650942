// Log lines over the network: a collector that tells what it gets, and who sends them.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "sim/service/service.h"
#include "sim/service/udp_ports.h"
#include "sim/wire/syslog.h"

namespace natsim {

/// Notes each message: "syslog from 192.0.2.1: pc su auth.crit: no". Answers nothing (RFC 5426 3).
class SyslogCollector final : public UdpService {
 public:
  void on_datagram(const Datagram& datagram, Instant now, Outbox& out) override;
  std::uint64_t messages() const { return messages_; }

 private:
  std::uint64_t messages_ = 0;
};

/// Sends messages from one port, as soon as its node lets it. Past kBurstMax of one instant they
/// are lost: a rule that logs what leaves would log its own lines for ever.
class SyslogSender final : public UdpService {
 public:
  static constexpr std::size_t kBurstMax = 1000;

  SyslogSender(const Endpoint& collector, std::unique_ptr<UdpPorts> ports)
      : collector_(collector), ports_(std::move(ports)) {}

  /// False: it is lost. The node has to be told that there is a new deadline.
  bool log(const SyslogMessage& message, Instant now);
  /// Of all messages: an ICMP port unreachable came back, or something like it.
  const ProbeOutcome& failure() const { return failure_; }

  void on_datagram(const Datagram&, Instant, Outbox&) override {}
  void on_icmp_error(const IcmpError& error) override;
  Instant next_deadline() const override { return waiting_.empty() ? Instant::never() : since_; }
  void on_deadline(Instant now, Outbox& out) override;

 private:
  Endpoint collector_;
  std::unique_ptr<UdpPorts> ports_;
  std::uint16_t port_ = 0;
  std::deque<Bytes> waiting_;
  Instant since_;
  std::size_t burst_ = 0;  // messages of that instant
  ProbeOutcome failure_;
};

}  // namespace natsim
