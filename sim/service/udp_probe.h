// A client that sends datagrams and waits for any answer, or for an ICMP error.
#pragma once

#include <cstdint>
#include <string>

#include "sim/base/bytes.h"
#include "sim/service/service.h"
#include "sim/transport/probe.h"

namespace natsim {

struct UdpProbeOptions {
  Endpoint source{};  ///< its port is bound to the probe; address `::`: the stack chooses
  Endpoint destination{};
  Bytes payload;
  std::uint32_t count = 1;  ///< datagrams to send, at least 1
  Duration interval = Duration::milliseconds(10);
  Duration timeout = Duration::seconds(5);  ///< after the last datagram
};

/// A connected socket: datagrams from elsewhere than `destination` do not count. It ends with as
/// many answers and errors as datagrams were sent, or at the timeout.
class UdpProbe : public UdpService {
 public:
  /// The first datagram is due at `start`. REQUIRES: count and interval are not 0.
  UdpProbe(UdpProbeOptions options, Instant start);

  void on_datagram(const Datagram& datagram, Instant now, Outbox& out) override;
  /// An ICMP error that quotes one of its datagrams. What Linux keeps from the socket is ignored.
  void on_error(const IcmpError& error);
  Instant next_deadline() const override;
  void on_deadline(Instant now, Outbox& out) override;

  bool done() const { return done_; }
  /// Answered if anything came back; otherwise the first error, or timed_out.
  const ProbeOutcome& outcome() const { return outcome_; }
  std::uint32_t sent() const { return sent_; }
  std::uint32_t received() const { return received_; }
  /// Of the first answer, from the first datagram.
  Duration rtt() const { return rtt_; }
  /// "3 sent, 3 answered"; "1 sent, 0 answered, refused: udp port unreachable (3/3) from
  /// 192.0.2.1".
  std::string summary() const;

 private:
  void judge();

  UdpProbeOptions options_;
  Instant start_, next_send_, last_sent_;
  std::uint32_t sent_ = 0, received_ = 0, errors_ = 0;
  bool done_ = false;
  Duration rtt_;
  ProbeOutcome outcome_;
};

}  // namespace natsim
