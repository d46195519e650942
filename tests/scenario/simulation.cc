#include "tests/scenario/simulation.h"

#include <fmt/format.h>

#include "sim/network/build.h"
#include "src/cli/frame_filters.h"
#include "src/report/results.h"
#include "src/topology/reader.h"
#include "src/topology/render.h"

namespace natsim::scenario {
namespace {

class Fnv1a {
 public:
  void add(ByteSpan bytes) {
    for (const std::uint8_t byte : bytes) hash_ = (hash_ ^ byte) * 0x0000'0100'0000'01b3;
  }
  void add(std::uint64_t number) {
    for (int shift = 0; shift < 64; shift += 8) {
      const auto byte = std::uint8_t(number >> shift);
      add(ByteSpan(&byte, 1));
    }
  }
  std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 0xcbf2'9ce4'8422'2325;
};

}  // namespace

void FrameRecord::on_frame(const FrameEvent& event) {
  frames_.push_back({event.when,
                     event.node,
                     event.interface,
                     event.direction,
                     {event.frame.begin(), event.frame.end()}});
}

std::string FrameRecord::fingerprint() const {
  Fnv1a hash;
  for (const SeenFrame& frame : frames_) {
    hash.add(std::uint64_t(frame.when.ns()));
    hash.add(frame.node.value);
    hash.add(frame.interface.value);
    hash.add(std::uint64_t(frame.direction));
    hash.add(frame.bytes.size());
    hash.add(frame.bytes);
  }
  const std::uint64_t value = hash.value();
  return fmt::format("{:04x}-{:04x}-{:04x}-{:04x}", value >> 48, value >> 32 & 0xffff,
                     value >> 16 & 0xffff, value & 0xffff);
}

Simulation::Simulation(const std::string& name, std::string text,
                       std::optional<std::uint64_t> seed) {
  ReadResult read = read_topology(sources_, name + ".yaml", std::move(text));
  Problems problems = std::move(read.problems);
  if (read.topology) {
    topology_ = std::move(*read.topology);
    network_ = build_network(topology_, problems, seed);
  }
  if (network_ != nullptr) {
    const ScenarioOptions options{{}, {}, {}, compile_frame_filter};
    scenario_ = std::make_unique<Scenario>(*network_, topology_, options);
    for (Problem& problem : scenario_->prepare()) problems.push_back(std::move(problem));
  }
  for (const Problem& problem : problems) problems_ += render_problem(problem, sources_, false);
}

void Simulation::run() {
  scenario_->add_observer(record_);
  scenario_->run();
}

void Simulation::run_unwatched() { scenario_->run(); }

std::vector<std::string> Simulation::unmet() const {
  std::vector<std::string> lines;
  for (const Judgement& judgement : scenario_->judgements()) {
    if (judgement.met) continue;
    const spec::Expectation& item = *judgement.item;
    const bool plain = item.judged == spec::Judged::probe && item.title.empty();
    const std::string question = plain ? fmt::format("{} → {} {}", item.from, target_words(item.to),
                                                     to_string(item.protocol))
                                       : question_words(item);
    lines.push_back(fmt::format("{}: expected {}, found {}", question, expectation_words(item),
                                judgement.judged ? judgement.found : "that the run had ended"));
  }
  return lines;
}

std::vector<std::string> Simulation::found() const {
  std::vector<std::string> all;
  for (const Judgement& judgement : scenario_->judgements()) all.push_back(judgement.found);
  return all;
}

std::vector<std::string> Simulation::unfinished() const {
  std::vector<std::string> lines;
  for (const TrafficResult& result : scenario_->traffic())
    if (!result.done) lines.push_back(result.item->from.node + " " + traffic_words(*result.item));
  return lines;
}

std::string Simulation::fingerprint_line() const {
  return fmt::format("fingerprint: {}  events: {}  frames: {}  seed: {}\n", record_.fingerprint(),
                     network_->lane().simulator.events_run(), record_.frames().size(),
                     network_->seed());
}

}  // namespace natsim::scenario
