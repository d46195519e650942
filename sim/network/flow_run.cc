#include "sim/network/flow_run.h"

#include <utility>

#include "sim/network/build.h"
#include "sim/wire/summary.h"

namespace natsim {
namespace {

std::optional<Tuple> tuple_at_birth(const std::vector<Visit>& way) {
  if (way.empty() || way.front().link_layer) return std::nullopt;
  const auto ip = Ipv4View::checked(way.front().before);
  if (!ip.ok()) return std::nullopt;
  return flow_of(*ip).tuple;
}

}  // namespace

spec::Topology without_scenario(const spec::Topology& topology) {
  spec::Topology bare = topology;
  bare.traffic.clear();
  bare.expect.clear();
  return bare;
}

std::optional<FlowVerdict> run_flow(const spec::Topology& topology, const spec::Expectation& probe,
                                    Duration settle) {
  spec::Topology with_probe = without_scenario(topology);
  with_probe.expect.push_back(probe);
  if (!probe.at) with_probe.expect.front().at = Instant() + settle;
  Problems problems;
  const auto network = build_network(with_probe, problems, topology.seed, 1);
  if (network == nullptr) return std::nullopt;
  ScenarioOptions options;
  options.keep_ways = true;
  Scenario scenario(*network, with_probe, std::move(options));
  scenario.run();
  const Judgement& judgement = scenario.judgements().front();
  FlowVerdict verdict;
  if (!judgement.fate) return verdict;
  const Fate& fate = *judgement.fate;
  verdict.result = fate.result;
  verdict.cause = fate.reason.cause;
  if (fate.result != spec::ExpectedResult::lost || fate.reason.cause != Cause::none)
    verdict.at = network->name(fate.node);
  if (fate.reason.rule != nullptr) verdict.rule = *fate.reason.rule;
  verdict.on_the_way_back = fate.on_the_way_back;
  verdict.found = judgement.found;
  verdict.sent = tuple_at_birth(judgement.way.there);
  verdict.arrived = judgement.tuple;
  return verdict;
}

}  // namespace natsim
