#include "src/teaching/trial.h"

#include <utility>

#include "sim/network/build.h"
#include "src/topology/reader.h"

namespace natsim::teaching {
namespace {

/// Long enough for any exercise; a fault may make packets go in circles, or lose an answer that
/// traffic waits for.
constexpr Duration kLongest = Duration::seconds(600);

bool has_error(const Problems& problems) {
  for (const Problem& problem : problems)
    if (problem.severity == Severity::error) return true;
  return false;
}

}  // namespace

std::optional<Trial> tried(const std::string& name, std::string text,
                           const Surroundings& surroundings) {
  SourceMap sources;
  ReadResult read = read_topology(sources, name, std::move(text), surroundings.loader);
  if (!read.topology) return std::nullopt;
  Trial trial;
  trial.problems = std::move(read.problems);
  const auto network = build_network(*read.topology, trial.problems);
  if (network == nullptr) return std::nullopt;
  ScenarioOptions options = surroundings.scenario;
  options.interrupted = [&network] { return network->now() > Instant() + kLongest; };
  Scenario scenario(*network, *read.topology, options);
  if (has_error(scenario.prepare())) return std::nullopt;
  scenario.run();
  for (const Judgement& judgement : scenario.judgements()) {
    ++trial.checks;
    if (judgement.met) continue;
    trial.complaints.push_back(
        {*judgement.item, judgement.fate ? judgement.fate->result : spec::ExpectedResult::lost});
  }
  return trial;
}

}  // namespace natsim::teaching
