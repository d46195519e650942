// The packets that a rule can match, as a set: what can be proved about two rules without running
// them.
#pragma once

#include <bitset>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/filter/interface_table.h"
#include "sim/filter/rule.h"

namespace natsim::rules {

/// Addresses of one prefix, or all others.
struct AddressSet {
  Prefix prefix{Ipv4Address{0}, 0};
  bool negated = false;
  bool is_all() const { return prefix.length == 0 && !negated; }
  bool is_none() const { return prefix.length == 0 && negated; }
  bool covers(const AddressSet& other) const;
  bool is_apart_from(const AddressSet& other) const;
};

using PortSet = std::bitset<65536>;

/// A rule's conditions as sets. What is no set (a rate, a list of addresses, flags) stays as it is
/// written: it is the same only where it reads the same.
struct RuleSpace {
  RuleSpace(const Rule& rule, const InterfaceTable& interfaces);

  AddressSet source, destination;
  std::vector<bool> in, out;  ///< by IfIndex; the last one stands for no interface
  std::bitset<256> protocols;
  bool wants_ports = false;  ///< a packet without ports never matches
  PortSet source_ports, destination_ports;
  std::uint32_t states = 0;          ///< a bit for each of the twenty combinations that there are
  std::uint8_t fragments = 3;        ///< bit 0: first ones and whole packets, bit 1: later ones
  std::vector<std::string> written;  ///< further conditions
  bool is_stateful = false;          ///< some of them remember earlier packets

  /// No packet can match.
  bool is_empty() const;
  /// Every packet that `narrow` matches, this matches too.
  bool covers(const RuleSpace& narrow) const;
  /// No packet matches both.
  bool is_apart_from(const RuleSpace& other) const;
  /// The answers' side: addresses, ports and interfaces change places, and the state is one that
  /// answers have.
  RuleSpace answers() const;
  /// Some of them open a connection.
  bool has_new() const;
};

/// Packets in these states, by conntrack's words; whatever was translated.
std::uint32_t state_combinations(StateMask mask, bool negated);

/// A packet that matches this rule goes no further in its chain.
bool is_final(const Target& target);

}  // namespace natsim::rules
