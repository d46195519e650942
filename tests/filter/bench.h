// A router for tests of sim/filter: real packets go through the hooks as they would in a node, and
// what became of them is told in one line.
//
//   in0 10.0.0.1/24, inside: C = 10.0.0.2, C3 = 10.0.0.3
//   out0 203.0.113.1/24, outside, default route: S = 203.0.113.10, S11, S12
//   dmz0 172.16.5.1/24
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sim/filter/netfilter.h"
#include "tests/filter/packets.h"

namespace natsim::test {

inline constexpr IfIndex kIn0{0}, kOut0{1}, kDmz0{2};

class Bench {
 public:
  explicit Bench(Ruleset ruleset, NetfilterOptions options = {}, std::uint64_t seed = 1);

  /// A packet arrives. What became of it:
  ///   "out0 udp 203.0.113.1:4000 → 203.0.113.10:53 NEW"   forwarded, as it left, and its ctstate
  ///   "local udp …"                                       delivered to this node
  ///   "dropped policy FORWARD", "dropped nat_exhausted"   with the rule's or policy's chain
  ///   "rejected NAME icmp-port-unreachable"
  /// Fails the test if a checksum of what left or was delivered is wrong.
  std::string arrive(IfIndex in, const Bytes& packet);
  /// The node sends a packet of its own.
  std::string send(const Bytes& packet);
  /// The node sends `packet`, made because of the last packet that was refused or delivered.
  std::string answer(const Bytes& packet);

  void wait(Duration time) { now_ = now_ + time; }
  Instant now() const { return now_; }
  Netfilter& filter() { return *filter_; }

  /// The last packet that left or was delivered, as bytes.
  const Bytes& last() const { return last_; }
  /// Its source port (or ICMP identifier).
  std::uint16_t last_source_port() const;
  /// What the filter told about the last packet, if watch() was called.
  const std::vector<Step>& steps() const { return steps_; }
  void watch() { watched_ = true; }

  /// `conntrack -L`, a line each; the words from "src=" on only with `tuples`.
  std::vector<std::string> connections(bool tuples = true) const;
  /// Packets that the rule called `name` has counted.
  std::uint64_t hits(const std::string& name) const;

 private:
  std::string run(IfIndex in, const Bytes& packet, Traversal* cause);
  std::string leave(Traversal& packet);
  std::string refused(const Verdict& verdict);
  std::string seen(const std::string& where, const Traversal& packet);
  IfIndex route(Ipv4Address destination) const;
  bool is_own(Ipv4Address address) const;

  std::unique_ptr<Netfilter> filter_;
  std::unique_ptr<PacketPool> pool_ = std::make_unique<PacketPool>();
  Packet packet_;
  std::unique_ptr<Traversal> traversal_;
  Instant now_ = Instant() + Duration::seconds(1000);
  Bytes last_;
  std::vector<Step> steps_;
  bool watched_ = false;
};

/// One row of a story: what is done, and what it leads to.
struct Row {
  enum class Deed { from_inside, from_outside, from_dmz, own, wait } deed;
  Bytes packet;
  std::string outcome;
  Duration time{};
};
Row inside(Bytes packet, std::string outcome);
Row outside(Bytes packet, std::string outcome);
Row dmz(Bytes packet, std::string outcome);
Row own(Bytes packet, std::string outcome);
Row wait(Duration time);

/// Plays the rows; a failure names the row and all before it.
void play(Bench& bench, const std::vector<Row>& rows);

// --- rules, as short as iptables' ---------------------------------------------------------------

/// A ruleset being written: `add(Table::nat, "POSTROUTING", masquerade("out0"))`.
class Rules {
 public:
  Rules& add(Table table, const std::string& chain, Rule rule);
  Rules& policy(const std::string& chain, bool accept);
  /// A NAT rule that matches nothing: what turns tracking and NAT on.
  Rules& idle_nat();
  operator Ruleset() const { return ruleset_; }

 private:
  Ruleset ruleset_;
};

Rule rule(std::string name, Target target);
Rule masquerade(const std::string& out);
Rule snat(const std::string& out, const char* first, const char* last = nullptr);
/// `to` is "address" or "address:port".
Rule dnat(const char* destination, Protocol protocol, std::uint16_t port, const char* to);
/// MASQUERADE out0, and nothing else.
Rules home_router();
/// --ctstate rules that only count, in FORWARD and INPUT: "NEW", "ESTABLISHED", …
Rules counting_states(Rules rules);

}  // namespace natsim::test
