#include "src/teaching/quiz.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include <fmt/format.h>

#include "sim/base/random.h"
#include "src/report/results.h"

namespace natsim::teaching {
namespace {

constexpr std::size_t kChoicesMax = 4;

/// A list of what could be right, without anything twice.
class Choices {
 public:
  explicit Choices(std::string right) : all_{std::move(right)} {}
  void add(std::string wrong) {
    if (!wrong.empty() && std::find(all_.begin(), all_.end(), wrong) == all_.end())
      all_.push_back(std::move(wrong));
  }
  /// Enough to choose from. The wrong ones that are kept, and the order, are left to chance.
  bool put_into(Question& question, Prng& random) {
    if (all_.size() < 2) return false;
    const std::string right = all_.front();
    for (std::size_t i = all_.size() - 1; i > 1; --i) std::swap(all_[i], all_[1 + random.below(i)]);
    all_.resize(std::min(all_.size(), kChoicesMax));
    for (std::size_t i = all_.size() - 1; i > 0; --i) std::swap(all_[i], all_[random.below(i + 1)]);
    question.right = std::size_t(std::find(all_.begin(), all_.end(), right) - all_.begin());
    question.choices = std::move(all_);
    return true;
  }

 private:
  std::vector<std::string> all_;
};

/// What a maker of questions may look at.
struct Subject {
  const std::vector<Traced>& traces;
  const spec::Topology& topology;
  const Trace& trace;
  Question question;  // with scene and command
};

std::string outcome_of(const Trace& trace) {
  std::string text = trace.result;
  if (!trace.at.empty()) text += " at " + trace.at;
  if (!trace.by.empty()) text += " by " + trace.by;
  return text;
}

std::string sentence(std::string text) {
  if (!text.empty()) text[0] = char(std::toupper(static_cast<unsigned char>(text[0])));
  return text + ".";
}

/// The node's own addresses, as written.
void add_addresses_of(const std::string& name, const spec::Topology& topology, Choices& choices) {
  for (const spec::Node& node : topology.nodes)
    if (node.name == name)
      for (const spec::Interface& interface : node.interfaces)
        for (const auto& address : interface.addresses)
          choices.add(address.value.address.to_string());
}

/// Where the packet left a hop with other addresses than it came with: the index of the hop after.
std::optional<std::size_t> changed(const std::vector<TraceHop>& hops, Endpoint Tuple::*side) {
  for (std::size_t i = 0; i + 1 < hops.size(); ++i)
    if (hops[i].tuple && hops[i + 1].tuple && (*hops[i].tuple).*side != (*hops[i + 1].tuple).*side)
      return i + 1;
  return std::nullopt;
}

bool ask_outcome(Subject& subject, Prng& random) {
  Question& question = subject.question;
  question.prompt = "What becomes of it?";
  Choices choices(outcome_of(subject.trace));
  for (const Traced& other : subject.traces) choices.add(outcome_of(other.trace));
  for (const TraceHop& hop : subject.trace.there)
    if (hop.role == NodeRole::router) choices.add("dropped at " + hop.node + " by policy");
  choices.add("lost");
  question.why = sentence(subject.trace.verdict);
  return choices.put_into(question, random);
}

bool ask_rule(Subject& subject, Prng& random) {
  const Trace& trace = subject.trace;
  if (trace.by.empty()) return false;
  Question& question = subject.question;
  question.prompt = fmt::format("Which rule (or policy) of '{}' decides?", trace.at);
  Choices choices(trace.by);
  for (const TraceHop& hop : trace.there)
    if (hop.node == trace.at)
      for (const TraceStage& stage : hop.stages)
        if (stage.name.starts_with("filter"))
          for (const AskedRule& rule : stage.rules) choices.add(rule.name);
  question.why = sentence(trace.verdict);
  return choices.put_into(question, random);
}

bool ask_source(Subject& subject, Prng& random) {
  const std::vector<TraceHop>& hops = subject.trace.there;
  const auto after = changed(hops, &Tuple::source);
  if (!after) return false;
  const TraceHop &at = hops[*after - 1], &next = hops[*after];
  Question& question = subject.question;
  question.prompt =
      fmt::format("Which source address does it carry when it has left '{}'?", at.node);
  const std::string was = at.tuple->source.address.to_string();
  const std::string is = next.tuple->source.address.to_string();
  Choices choices(is);
  choices.add(was);
  choices.add(next.tuple->destination.address.to_string());
  add_addresses_of(at.node, subject.topology, choices);
  question.why =
      fmt::format("Source NAT on '{}' replaced {} by {}: whoever is behind it answers to that.",
                  at.node, was, is);
  return choices.put_into(question, random);
}

bool ask_destination(Subject& subject, Prng& random) {
  const std::vector<TraceHop>& hops = subject.trace.there;
  const auto after = changed(hops, &Tuple::destination);
  if (!after) return false;
  const TraceHop &at = hops[*after - 1], &next = hops[*after];
  Question& question = subject.question;
  const auto words = [&](const Endpoint& endpoint) {
    return next.tuple->protocol == Protocol::icmp ? endpoint.address.to_string()
                                                  : endpoint.to_string();
  };
  question.prompt = fmt::format("Where does '{}' send it on to?", at.node);
  Choices choices(words(next.tuple->destination));
  choices.add(words(at.tuple->destination));
  choices.add(words({next.tuple->destination.address, at.tuple->destination.port}));
  choices.add(words({at.tuple->source.address, next.tuple->destination.port}));
  question.why =
      fmt::format("Destination NAT on '{}' replaced {} by {} before the route was chosen.", at.node,
                  words(at.tuple->destination), words(next.tuple->destination));
  return choices.put_into(question, random);
}

// Seen from outside, the answer goes to the router itself.
bool ask_answer(Subject& subject, Prng& random) {
  const std::vector<TraceHop>& hops = subject.trace.back;
  const auto after = changed(hops, &Tuple::destination);
  if (!after) return false;
  const TraceHop &at = hops[*after - 1], &next = hops[*after];
  Question& question = subject.question;
  question.prompt = fmt::format(
      "The answer arrives at '{}'. Which destination address does it bear then?", at.node);
  const std::string before = at.tuple->destination.address.to_string();
  const std::string behind = next.tuple->destination.address.to_string();
  Choices choices(before);
  choices.add(behind);
  choices.add(at.tuple->source.address.to_string());
  add_addresses_of(at.node, subject.topology, choices);
  question.why = fmt::format(
      "The other end knows only {}. '{}' finds the connection in its table and puts {} back.",
      before, at.node, behind);
  return choices.put_into(question, random);
}

constexpr std::array kMakers = {&ask_source, &ask_rule, &ask_outcome, &ask_destination,
                                &ask_answer};

std::string scene_of(const spec::Expectation& probe) {
  spec::Target host = probe.to;
  host.port.reset();
  const std::string to = target_words(host);
  switch (probe.protocol) {
    case Protocol::tcp:
      return fmt::format("{} opens a TCP connection to {}, port {}.", probe.from, to,
                         probe.to.port.value_or(0));
    case Protocol::udp:
      return fmt::format("{} sends a UDP datagram to {}, port {}.", probe.from, to,
                         probe.to.port.value_or(0));
    default: return fmt::format("{} pings {}.", probe.from, to);
  }
}

std::string command_of(const spec::Expectation& probe, const std::string& file) {
  const std::string protocol =
      probe.protocol == Protocol::icmp ? "icmp" : to_string(probe.protocol);
  return fmt::format("natsim trace {} {} {} {}", file, probe.from, protocol,
                     target_words(probe.to));
}

template <class T>
void shuffle(std::vector<T>& all, Prng& random) {
  for (std::size_t i = all.size(); i > 1; --i) std::swap(all[i - 1], all[random.below(i)]);
}

}  // namespace

std::vector<Question> questions_about(const std::vector<Traced>& traces,
                                      const spec::Topology& topology, const std::string& file,
                                      std::uint64_t seed, std::size_t count) {
  Prng random = Prng::stream(seed, "teaching/quiz");
  // By kind, so that the first few are not all alike.
  std::vector<std::vector<Question>> kinds(kMakers.size());
  for (std::size_t kind = 0; kind < kMakers.size(); ++kind) {
    for (const Traced& traced : traces) {
      Subject subject{traces, topology, traced.trace, {}};
      subject.question.scene = scene_of(traced.probe);
      subject.question.command = command_of(traced.probe, file);
      if (kMakers[kind](subject, random)) kinds[kind].push_back(std::move(subject.question));
    }
    shuffle(kinds[kind], random);
  }
  std::vector<Question> questions;
  for (std::size_t round = 0; questions.size() < count; ++round) {
    bool any = false;
    for (std::vector<Question>& kind : kinds) {
      if (round >= kind.size() || questions.size() == count) continue;
      questions.push_back(std::move(kind[round]));
      any = true;
    }
    if (!any) break;
  }
  return questions;
}

}  // namespace natsim::teaching
