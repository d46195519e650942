// One probe in a network of its own.
#pragma once

#include <optional>
#include <string>

#include "sim/network/scenario.h"

namespace natsim {

/// What became of a probe, without anything of the network that it ran in.
struct FlowVerdict {
  spec::ExpectedResult result = spec::ExpectedResult::lost;
  Cause cause = Cause::none;
  std::string at;                 ///< the node where it ended; empty: lost
  std::optional<RuleLabel> rule;  ///< that decided
  bool on_the_way_back = false;
  std::string found;                   ///< in words
  std::optional<Tuple> sent, arrived;  ///< its addresses at first, and where it ended

  /// It got there, or it would have if anybody listened: no filter and no route refused it.
  bool passes() const {
    return result == spec::ExpectedResult::delivered || cause == Cause::port_closed;
  }
  bool operator==(const FlowVerdict& other) const {
    return result == other.result && cause == other.cause && at == other.at &&
           on_the_way_back == other.on_the_way_back && arrived == other.arrived &&
           rule.has_value() == other.rule.has_value() && (!rule || rule->name == other.rule->name);
  }
};

/// Builds the network anew, lets it settle (leases, neighbours) for `settle` of simulated time
/// without any of its traffic, and sends the probe. Nothing that an earlier probe did is there.
/// nullopt: the topology cannot be built.
std::optional<FlowVerdict> run_flow(const spec::Topology& topology, const spec::Expectation& probe,
                                    Duration settle = Duration::seconds(10));

/// The topology without traffic and expectations, for many of these.
spec::Topology without_scenario(const spec::Topology& topology);

}  // namespace natsim
