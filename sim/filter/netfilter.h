// A node's packet filter, connection tracking and NAT, with the semantics of Linux.
//
// The order within each hook (FW-H01, FW-H02), priorities in brackets:
//
//   prerouting   raw [-300]  conntrack [-200]  mangle [-150]  nat destination [-100]
//   input        mangle [-150]  filter [0]  nat source [100]  confirm [last]
//   forward      mangle [-150]  filter [0]
//   output       raw [-300]  conntrack [-200]  mangle [-150]  nat destination [-100]  filter [0]
//   postrouting  mangle [-150]  nat source [100]  confirm [last]
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/ids.h"
#include "sim/base/random.h"
#include "sim/base/time.h"
#include "sim/filter/connection.h"
#include "sim/filter/interface_table.h"
#include "sim/filter/log_sink.h"
#include "sim/filter/options.h"
#include "sim/filter/path_mtu_source.h"
#include "sim/filter/ruleset.h"
#include "sim/filter/traversal.h"
#include "sim/wire/address.h"

namespace natsim {

/// A rule, or at a base chain's end its policy, and how often it decided.
struct RuleReport {
  const RuleLabel* label;
  RuleCounters counters;
};

class Netfilter {
 public:
  /// `interfaces[i]` is IfIndex i. REQUIRES: check(ruleset) found no error.
  Netfilter(Ruleset ruleset, std::vector<InterfaceInfo> interfaces, Prng rng,
            NetfilterOptions options = {});
  ~Netfilter();
  Netfilter(const Netfilter&) = delete;
  Netfilter& operator=(const Netfilter&) = delete;

  /// False: no rule, NAT or tracking wants this hook, and the caller may leave it out.
  bool active(Hook hook) const { return (active_hooks_ >> int(hook)) & 1; }
  /// Connections are tracked: fragments have to be put together before prerouting and output.
  bool tracking() const { return tracking_; }

  /// run() would do nothing: all that this hook has is the confirming of a connection, and it is
  /// confirmed. The usual packet's last hook.
  bool settled(Hook hook, const Traversal& packet) const {
    return stages_[std::size_t(hook)] == kConfirm && packet.connection != nullptr &&
           packet.connection->has(kConfirmed);
  }

  /// All tables of one hook. May rewrite the packet in place (checksums stay right) and the
  /// traversal's cached fields with it; after prerouting and output, a destination that differs
  /// from before, or a changed mark, wants a new route. False: it is dropped or rejected,
  /// `packet.verdict` says why, and the traversal stays valid for attach().
  bool run(Hook hook, Traversal& packet, Instant now);
  /// The same where the hook is known beforehand.
  template <Hook kHook>
  bool run(Traversal& packet, Instant now);

  /// What a node makes because of `cause` (an ICMP error about it, a reset that rejects it) belongs
  /// to the same connection. Call before `made` runs through output, while `cause` lives. A no-op
  /// where cause has no connection.
  void attach(Traversal& made, Traversal& cause);

  /// The node's memory of where `packet`'s connection is looked up, for a packet still to come.
  void prefetch(ByteSpan ip_packet) const;

  /// New rules from the next packet on; connections stay as they are (FW-H08, FW-H10). The old
  /// rules' labels stay valid. REQUIRES: check(ruleset) found no error.
  void replace_rules(Ruleset ruleset);
  /// An interface's addresses from now on, primary first. Masqueraded connections of addresses that
  /// went away vanish (NAT-L14).
  void set_addresses(IfIndex interface, std::vector<Prefix> addresses, Instant now);
  /// Masqueraded connections of that interface vanish (NAT-L14).
  void interface_down(IfIndex interface, Instant now);
  /// Forgets all connections (conntrack -F).
  void flush_connections();

  /// Not owned; null for none.
  void set_log_sink(LogSink* sink);
  /// Not owned. Without one TCPMSS's --clamp-mss-to-pmtu changes nothing.
  void set_path_mtus(const PathMtuSource* source);

  /// Table by table, chain by chain, in the rules' order; a base chain's policy comes last.
  std::vector<RuleReport> rule_report() const;
  const Ruleset& ruleset() const;

  /// Those that are alive, by protocol, original tuple: the same order on every run.
  std::vector<const Connection*> connections(Instant now) const;
  std::size_t connection_count(Instant now) const;
  /// As `conntrack -L` prints it, without counters (FW-C26).
  std::string listing(const Connection& connection, Instant now) const;
  /// Octets held for connections and their indices.
  std::size_t connection_memory_bytes() const;

 private:
  struct Parts;

  // What a hook has to do, a bit each: its tables, and conntrack's two ends.
  static constexpr std::uint8_t stage(Table table) { return std::uint8_t(1u << int(table)); }
  static constexpr std::uint8_t kTrack = 16;
  static constexpr std::uint8_t kConfirm = 32;
  void wire_up();

  std::array<std::uint8_t, 5> stages_{};
  std::uint8_t active_hooks_ = 0;
  bool tracking_ = false;
  std::unique_ptr<Parts> parts_;
};

}  // namespace natsim
