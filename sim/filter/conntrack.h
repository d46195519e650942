// Connection tracking: which connection a packet belongs to, and what it is in it.
#pragma once

#include <cstdint>

#include "sim/filter/connection_table.h"
#include "sim/filter/options.h"
#include "sim/filter/tcp_tracker.h"
#include "sim/filter/traversal.h"

namespace natsim {

class Conntrack final : private ConnectionTable::Listener {
 public:
  explicit Conntrack(const NetfilterOptions& options);
  Conntrack(const Conntrack&) = delete;
  Conntrack& operator=(const Conntrack&) = delete;

  /// Sets the packet's connection, state and direction. False: a new connection, and the table is
  /// full; the packet has to go (FW-C20).
  bool track(Traversal& packet, Hook hook, Instant now);
  /// The packet's way ends well: its connection, if it is new, enters the table. False: one of its
  /// tuples was taken meanwhile, or no free one was found for it; the packet has to go.
  bool confirm(Traversal& packet, Instant now);
  /// `made` is an answer to `cause` and belongs to its connection (nf_ct_attach).
  void attach(Traversal& made, Traversal& cause);
  /// The packet is gone: so is its connection if it is not confirmed, or was killed.
  void discard(Traversal& packet);
  /// Takes the packet's connection out of the table; the packet may go on.
  void kill(Traversal& packet);
  /// Takes `connection` out of the table, for good.
  void remove(Connection& connection) { table_.remove(connection); }

  ConnectionTable& table() { return table_; }
  const ConnectionTable& table() const { return table_; }
  const TcpTracker& tcp() const { return tcp_; }
  std::size_t memory_bytes() const { return table_.memory_bytes() + tcp_.memory_bytes(); }

 private:
  enum class Handled : std::uint8_t { accept, invalid, repeat };

  void on_end(Connection& connection) override;
  bool icmp_error(Traversal& packet, Hook hook, Instant now);
  bool resolve(Traversal& packet, Instant now);
  bool open(Traversal& packet, const FlowKeyV4& key, Instant now);
  Handled handle(Traversal& packet, Hook hook, Instant now);
  Handled handle_tcp(Traversal& packet, Hook hook, Instant now);
  Handled handle_udp(Traversal& packet, Hook hook, Instant now);
  Handled handle_icmp(Traversal& packet, Hook hook, Instant now);
  Handled handle_other(Traversal& packet, Instant now);
  /// True for hooks where checksums are not looked at: what the node sends is right.
  bool checksum_ok(Traversal& packet, Hook hook) const;
  static bool sum_up(Traversal& packet, std::uint8_t flags);
  void leave(Traversal& packet);

  ConnectionTable table_;
  const NetfilterOptions options_;
  TcpTracker tcp_;
};

}  // namespace natsim
