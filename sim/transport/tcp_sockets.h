// The TCP of one node: its listening ports, its connections, and when they want to be called.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "sim/base/deadline_heap.h"
#include "sim/base/random.h"
#include "sim/base/time.h"
#include "sim/transport/tcp.h"
#include "sim/transport/tcp_connection.h"
#include "sim/transport/tcp_numbers.h"
#include "sim/transport/tuple_hash.h"

namespace natsim {

/// Demultiplexing is O(1), timers O(log connections). Does not own `settings`, which must outlive
/// it. Ephemeral ports and the secret behind sequence numbers (TCP-43) come from `rng`.
class TcpSockets {
 public:
  TcpSockets(const TcpSettings& settings, Prng rng)
      : settings_(&settings), rng_(rng), numbering_(rng_.next()) {}

  /// Accepts connections to `port`, at one address or (`::`) at all. False if that is done already.
  bool listen(std::uint16_t port, IpAddress address = {}, TcpProgram program = TcpProgram::accept);
  /// Starts a connection. Port 0 of `local`: an ephemeral one. Returns its tuple, local endpoint
  /// first; nullopt if there is no free port, or the connection exists. How it goes comes as
  /// events.
  std::optional<Tuple> connect(Endpoint local, const Endpoint& remote, Instant now, TcpOutbox& out,
                               TcpProgram program = TcpProgram::probe, const TcpPath& path = {});

  /// False: no connection and no listener wants it, the port is closed; the stack answers with a
  /// reset where one is due (TCP-03 … TCP-06).
  [[nodiscard]] bool on_segment(const TcpSegment& segment, Instant now, TcpOutbox& out);
  /// An ICMP error that quotes a segment of `connection` (local endpoint first).
  void on_error(const Tuple& connection, const IcmpError& error, TcpOutbox& out);

  /// Lets `act` call a connection's functions, and takes note of what became of it. False: there is
  /// no such connection.
  template <class Act>
  bool with(const Tuple& tuple, const Act& act) {
    const auto at = numbers_.find(tuple);
    if (at == numbers_.end()) return false;
    const std::uint32_t number = at->second;
    const bool was_half_open = connections_[number]->is_half_open();
    act(*connections_[number]);
    settle(number, was_half_open);
    return true;
  }
  /// Forgets a connection without another segment, as if its host had been switched off.
  void abandon(const Tuple& connection);

  Instant next_deadline() const { return deadlines_.next(); }
  void on_deadline(Instant now, TcpOutbox& out);

  /// nullptr: there is none.
  const TcpConnection* find(const Tuple& connection) const;
  /// CLOSED for a connection that is not there.
  TcpState state(const Tuple& connection) const;
  std::size_t connections() const { return numbers_.size(); }

 private:
  struct Place {
    IpAddress address;
    std::uint16_t port;
    bool operator==(const Place&) const = default;
    template <class H>
    friend H AbslHashValue(H hash, const Place& place) {
      return H::combine(std::move(hash), place.address.high(), place.address.low(), place.port);
    }
  };

  std::optional<TcpProgram> listener(const Endpoint& local) const;
  bool on_segment_to_listener(const TcpSegment& segment, Instant now, TcpOutbox& out);
  void add(TcpConnection&& connection);
  void settle(std::uint32_t number, bool was_half_open);
  void forget(std::uint32_t number);

  const TcpSettings* settings_;
  Prng rng_;
  TcpNumbers numbering_;
  absl::flat_hash_map<Place, TcpProgram> listeners_;
  absl::flat_hash_map<Tuple, std::uint32_t, TupleHash> numbers_;
  std::vector<std::unique_ptr<TcpConnection>> connections_;  // by number; null: free
  std::vector<std::uint32_t> free_;
  std::uint32_t half_open_ = 0;
  DeadlineHeap deadlines_;  // by number
};

}  // namespace natsim
