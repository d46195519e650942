#include "tests/threads/witness.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "sim/network/build.h"

namespace natsim::threads {
namespace {

std::string digest(ByteSpan bytes) {
  std::uint64_t hash = 0xcbf2'9ce4'8422'2325;
  for (const std::uint8_t byte : bytes) hash = (hash ^ byte) * 0x0000'0100'0000'01b3;
  return fmt::format("{} bytes {:016x}", bytes.size(), hash);
}

template <class Told>
std::string when_and_where(const Told& told) {
  return fmt::format("{} {:x} node {}", told.when.ns(), told.order, told.node.value);
}

std::string counted(const char* what, const InterfaceCounters& counters) {
  return fmt::format(" {} {} frames {} bytes", what, counters.frames, counters.bytes);
}

void account_for_network(Network& network, std::vector<std::string>& lines) {
  lines.push_back(fmt::format("end {} events {}", network.now().ns(), network.events_run()));
  for (const auto& channel : network.channels()) {
    const ChannelCounters counters = channel->counters();
    lines.push_back(fmt::format("delivered {} lost {} queue full {}", counters.delivered,
                                counters.lost, counters.queue_full));
  }
  for (std::uint32_t i = 0; i < network.node_count(); ++i) {
    IpNode* const node = network.ip_node({i});
    for (std::size_t at = 0; node != nullptr && at < node->port_count(); ++at)
      lines.push_back(network.name({i}) + counted("sent", node->port_at(at).sent()) +
                      counted("received", node->port_at(at).received()));
  }
}

std::string first_difference(const std::vector<std::string>& one,
                             const std::vector<std::string>& other) {
  for (std::size_t i = 0; i < one.size() || i < other.size(); ++i) {
    const std::string a = i < one.size() ? one[i] : "nothing",
                      b = i < other.size() ? other[i] : "nothing";
    if (a != b)
      return fmt::format("line {} of {} and {}:\n  {}\n  {}", i, one.size(), other.size(), a, b);
  }
  return {};
}

}  // namespace

void Witness::on_visit(const Visit& visit) {
  lines_.push_back(fmt::format(
      "{} in {} out {} journey {:x} {} {} {} | {} | {} | {} steps", when_and_where(visit),
      visit.in.value, visit.out.value, visit.journey.value, to_string(visit.outcome),
      to_string(visit.reason.cause), visit.reason.rule != nullptr ? visit.reason.rule->name : "-",
      digest(visit.before), digest(visit.after), visit.steps.size()));
}

void Witness::on_frame(const FrameEvent& frame) {
  lines_.push_back(fmt::format("{} interface {} {} journey {:x} | {}", when_and_where(frame),
                               frame.interface.value,
                               frame.direction == Direction::sent ? "sent" : "received",
                               frame.journey.value, digest(frame.frame)));
}

void Witness::on_note(const NoteEvent& note) {
  lines_.push_back(when_and_where(note) + " " + note.text);
}

Account run_scenario(const spec::Topology& topology, const RunOptions& options) {
  Account account;
  Problems problems;
  const auto network = build_network(topology, problems, options.seed, options.threads);
  if (network == nullptr) {
    for (const Problem& problem : problems)
      if (problem.severity == Severity::error) ADD_FAILURE() << problem.message;
    return account;
  }
  account.parts = network->part_count();
  if (options.share_everything) network->share_everything();
  Scenario scenario(*network, topology, {std::nullopt, options.read_capture, {}});
  EXPECT_TRUE(scenario.prepare().empty());
  Witness witness;
  if (options.watched) scenario.add_observer(witness);
  scenario.run();
  account.told = witness.lines();
  for (const TrafficResult& result : scenario.traffic())
    account.results.push_back(
        fmt::format("{} {} {}", result.done, result.outcome.to_string(), result.summary));
  for (const Judgement& judgement : scenario.judgements())
    account.results.push_back(fmt::format("{} {}", judgement.met, judgement.found));
  account_for_network(*network, account.results);
  return account;
}

std::string difference(const Account& one, const Account& other) {
  const std::string told = first_difference(one.told, other.told);
  return told.empty() ? first_difference(one.results, other.results) : told;
}

}  // namespace natsim::threads
