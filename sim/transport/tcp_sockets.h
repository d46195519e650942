// The TCP of one node: its listening ports, its connections, and when they want to be called.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <optional>
#include <set>
#include <utility>

#include "sim/base/random.h"
#include "sim/base/time.h"
#include "sim/transport/tcp.h"
#include "sim/transport/tcp_connection.h"

namespace natsim {

/// Demultiplexing is O(1), timers O(log connections). Does not own `settings`, which must outlive
/// it. Initial sequence numbers and ephemeral ports come from `rng`.
class TcpSockets {
 public:
  TcpSockets(const TcpSettings& settings, Prng rng) : settings_(&settings), rng_(rng) {}

  /// Accepts connections to `port`, at one address or (`::`) at all. False if that is done already.
  bool listen(std::uint16_t port, IpAddress address = {});
  /// Starts a connection that closes itself once it is made. Port 0 of `local`: an ephemeral one.
  /// Returns its tuple, local endpoint first; nullopt if there is no free port, or the connection
  /// exists. How it goes comes as events.
  std::optional<Tuple> connect(Endpoint local, const Endpoint& remote, Instant now, TcpOutbox& out);

  /// False: no connection and no listener wants it, the port is closed; the stack answers with a
  /// reset where one is due (TCP-03 … TCP-06).
  [[nodiscard]] bool on_segment(const TcpSegment& segment, Instant now, TcpOutbox& out);
  /// An ICMP error that quotes a segment of `connection` (local endpoint first).
  void on_error(const Tuple& connection, const IcmpError& error, TcpOutbox& out);

  /// Forgets a connection without another segment, as if its host had been switched off.
  void abandon(const Tuple& connection);

  Instant next_deadline() const {
    return deadlines_.empty() ? Instant::never() : deadlines_.begin()->first;
  }
  void on_deadline(Instant now, TcpOutbox& out);

  /// CLOSED for a connection that is not there.
  TcpState state(const Tuple& connection) const;
  std::size_t connections() const { return connections_.size(); }

 private:
  struct Key {
    Tuple tuple;
    bool operator==(const Key&) const = default;
    template <class H>
    friend H AbslHashValue(H hash, const Key& key) {
      const auto& [source, destination, protocol] = key.tuple;
      return H::combine(std::move(hash), source.address.high(), source.address.low(), source.port,
                        destination.address.high(), destination.address.low(), destination.port);
    }
  };
  struct Place {
    IpAddress address;
    std::uint16_t port;
    bool operator==(const Place&) const = default;
    template <class H>
    friend H AbslHashValue(H hash, const Place& place) {
      return H::combine(std::move(hash), place.address.high(), place.address.low(), place.port);
    }
  };
  using Connections = absl::flat_hash_map<Key, TcpConnection>;

  bool is_listening(const Endpoint& local) const;
  bool on_segment_to_listener(const TcpSegment& segment, Instant now, TcpOutbox& out);
  void add(const TcpConnection& connection);

  // What the table's own books say of a connection; compared after each call into it.
  struct Booked {
    explicit Booked(const TcpConnection& c) : deadline(c.next_deadline()), open(c.is_half_open()) {}
    Instant deadline;
    bool open;  // half open
  };
  void settle(Connections::iterator at, Booked before);
  void forget(Connections::iterator at, Booked before);

  const TcpSettings* settings_;
  Prng rng_;
  absl::flat_hash_map<Place, TcpProgram> listeners_;
  Connections connections_;
  std::uint32_t half_open_ = 0;
  std::set<std::pair<Instant, Tuple>> deadlines_;  // of every connection that has one
};

}  // namespace natsim
