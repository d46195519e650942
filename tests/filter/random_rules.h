// Rule sets and packets by chance, for properties that hold for all of them; and how a failure is
// told: with the fewest rules and packets that still show it.
//
// Values come from small pools, so that rules overlap, shadow each other and often match; the same
// seed gives the same rules.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/base/bytes.h"
#include "sim/base/random.h"
#include "sim/filter/netfilter.h"

namespace natsim::test {

/// The router's: "lan", "wan", "ppp0", "ppp1".
std::vector<InterfaceInfo> random_rules_interfaces();

/// A packet before a hook, and what conntrack would have said of it.
struct Sample {
  Bytes packet;
  IfIndex in, out;
  ConnectionState state = ConnectionState::new_;
  std::uint32_t mark = 0;
};
std::string describe(const Sample& sample);

/// What rules may be made of.
enum class Kinds {
  plain,  ///< the common part, and matches that only look at the packet
  all,    ///< also those that remember: limit, statistic, recent, hashlimit
};

/// Rules of mangle's and filter's FORWARD and of user chains that they call; at most `rules_max` in
/// each chain. check() finds no error.
Ruleset random_ruleset(Prng& chance, Kinds kinds, std::uint32_t rules_max);
std::vector<Sample> random_samples(Prng& chance, std::size_t count);

/// One rule a line, in iptables' words where there are short ones.
std::string describe(const Ruleset& ruleset);

/// What is wrong with these rules and packets; empty: nothing.
using Trial = std::function<std::string(const Ruleset&, const std::vector<Sample>&)>;
/// Rules and packets are left out one by one while `trial` still complains. The failure in words.
std::string fewest(Ruleset ruleset, std::vector<Sample> samples, const Trial& trial);

}  // namespace natsim::test
