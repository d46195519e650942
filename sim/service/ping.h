// The bookkeeping of ping: echo requests that go out at a pace, and what became of each.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "sim/base/bytes.h"
#include "sim/base/pacing.h"
#include "sim/base/time.h"
#include "sim/transport/probe.h"
#include "sim/wire/address.h"

namespace natsim {

struct PingOptions {
  IpAddress destination{};
  std::uint16_t id = 1;                      ///< of all requests; unique on the node
  std::uint32_t count = 1;                   ///< at least 1
  Duration interval = Duration::seconds(1);  ///< more than 0
  std::optional<Pacer> pace{};               ///< instead of count and interval
  Duration timeout = Duration::seconds(10);  ///< of each request; iputils' -W
  std::uint16_t size = 56;                   ///< bytes of echo data
  std::int64_t epoch_s = 0;  ///< wall clock of time 0, for the time stamp in the data
};

/// What to send; `payload` is the echo data.
struct EchoRequest {
  IpAddress destination;
  std::uint16_t id = 0, sequence = 0;
  Bytes payload;
};

/// How a message fits.
enum class PingMatch : std::uint8_t { matched, duplicate, unknown };

/// One run of ping. Sequence numbers count from 1 and wrap; a reply to a request that has timed out
/// is unknown. It ends when every request was answered, refused or given up.
class Ping {
 public:
  /// The first request is due at `start`. REQUIRES: count and interval are not 0.
  Ping(const PingOptions& options, Instant start);

  Instant next_deadline() const;
  /// Gives up what has timed out; returns the request that is due, if one is. To be called until it
  /// returns none.
  std::optional<EchoRequest> on_deadline(Instant now);
  PingMatch on_reply(std::uint16_t id, std::uint16_t sequence, Instant now);
  /// An ICMP error that quotes a request. Any error counts as its end, as in ping's output.
  PingMatch on_error(std::uint16_t id, std::uint16_t sequence, const IcmpError& error);

  bool done() const { return pace_.finished() && waiting_ == 0; }
  /// Answered if any request was; otherwise the last error, or timed_out. `pending` before the
  /// first of these.
  ProbeOutcome outcome() const;
  std::uint32_t sent() const { return sent_; }
  std::uint32_t received() const { return received_; }
  /// Of echo data, without the duplicates.
  std::uint64_t bytes_sent() const { return std::uint64_t{sent_} * options_.size; }
  std::uint64_t bytes_received() const { return std::uint64_t{received_} * options_.size; }
  std::uint32_t duplicates() const { return duplicates_; }
  std::uint32_t errors() const { return errors_; }
  /// The round trip of the last reply that matched.
  Duration last_rtt() const { return rtt_last_; }
  /// "3 sent, 3 received, rtt min/avg/max = 20.040/20.040/20.040 ms".
  std::string summary() const;

 private:
  struct Request {
    Instant sent;
    bool waiting;
  };
  // The requests that have not timed out, oldest first; the first has the number sent_ - size.
  Request* find(std::uint16_t id, std::uint16_t sequence);
  EchoRequest make(Instant now);

  PingOptions options_;
  Pacer pace_;
  Instant next_send_;  // never: it was the last
  std::deque<Request> requests_;
  std::uint32_t sent_ = 0, received_ = 0, duplicates_ = 0, errors_ = 0, timed_out_ = 0;
  std::uint32_t waiting_ = 0;
  Duration rtt_min_ = Duration::max(), rtt_max_, rtt_sum_, rtt_last_;
  ProbeOutcome failure_;
};

}  // namespace natsim
