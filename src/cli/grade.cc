#include "src/cli/grade.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "sim/network/build.h"
#include "sim/network/scenario.h"
#include "src/cli/apart.h"
#include "src/cli/frame_filters.h"
#include "src/cli/load.h"
#include "src/cli/replay.h"
#include "src/cli/signals.h"
#include "src/cli/stdout_end.h"
#include "src/cli/terminal.h"
#include "src/report/grades.h"
#include "src/report/output.h"
#include "src/report/results.h"
#include "src/topology/reader.h"
#include "src/topology/render.h"

namespace natsim {
namespace {

constexpr std::uint64_t kEventsMax = 20'000'000;

const spec::Node* find_node(const spec::Topology& topology, const std::string& name) {
  const auto found = std::find_if(topology.nodes.begin(), topology.nodes.end(),
                                  [&](const spec::Node& node) { return node.name == name; });
  return found == topology.nodes.end() ? nullptr : &*found;
}

bool has_interface(const spec::Node& node, const std::string& name) {
  const auto is_called = [&](const auto& item) { return item.name == name; };
  return name.empty() || std::any_of(node.interfaces.begin(), node.interfaces.end(), is_called) ||
         std::any_of(node.ports.begin(), node.ports.end(), is_called);
}

/// What the teacher speaks of and the submission lacks: "there is no node 'web'". Empty: nothing.
std::string lacks(const spec::Topology& topology, const spec::PortName& port) {
  if (port.node.empty()) return {};
  const spec::Node* const node = find_node(topology, port.node);
  if (node == nullptr) return fmt::format("there is no node '{}'", port.node);
  if (!has_interface(*node, port.interface))
    return fmt::format("{} has no interface '{}'", port.node, port.interface);
  return {};
}

std::string lacks(const spec::Topology& topology, const spec::Expectation& item) {
  for (const std::string& name : {item.from, item.to.node})
    if (std::string missing = lacks(topology, {name, {}, {}}); !missing.empty()) return missing;
  return lacks(topology, item.subject);
}

std::string lacks(const spec::Topology& topology, const spec::Traffic& item) {
  if (std::string missing = lacks(topology, item.from); !missing.empty()) return missing;
  const spec::Target* const to = std::visit(
      [](const auto& what) -> const spec::Target* {
        if constexpr (requires { what.to; })
          return &what.to;
        else
          return nullptr;
      },
      item.what);
  return to == nullptr ? std::string() : lacks(topology, {to->node, {}, {}});
}

/// The first error as one line: "a.yaml:3:5: unknown key 'netwrk' in an interface".
std::string first_error(const Problems& problems, const SourceMap& sources) {
  for (const Problem& problem : problems) {
    if (problem.severity != Severity::error) continue;
    std::string text;
    if (problem.place.file < sources.size()) {
      text = sources.file(problem.place.file).name;
      if (problem.place.known())
        text += fmt::format(":{}:{}", problem.place.line, problem.place.column);
      text += ": ";
    }
    return text + problem.message;
  }
  return "it is no topology";
}

/// One submission, judged; runs in a process of its own.
class Judge {
 public:
  Judge(const CheckOptions& options, std::string submission)
      : options_(options), submission_(std::move(submission)) {}

  Grade run() {
    grade_.file = submission_;
    const ReadResult teacher = read_topology_file(sources_, options_.against);
    if (!teacher.topology) return failed("the teacher's file cannot be read");
    for (const spec::Expectation& item : teacher.topology->expect) add(item);
    ReadResult read = read_topology_file(sources_, submission_);
    if (!read.topology) return failed(first_error(read.problems, sources_));
    if (std::string missing = take(*teacher.topology, std::move(*read.topology)); !missing.empty())
      return failed(std::move(missing));
    take_over(*teacher.topology);
    Problems problems;
    const auto network = build_network(topology_, problems, options_.seed, 1);
    if (network == nullptr) return failed(first_error(problems, sources_));
    judge(*network);
    return std::move(grade_);
  }

 private:
  Grade failed(std::string why) {
    grade_.failure = std::move(why);
    return std::move(grade_);
  }

  void add(const spec::Expectation& item) {
    grade_.checks.push_back(
        {question_words(item), expectation_words(item), "", item.hint, item.points, false});
  }

  /// The submission's network, or of it only the nodes that are asked for, in the teacher's. What
  /// is missing, or nothing.
  std::string take(const spec::Topology& teacher, spec::Topology submission) {
    if (options_.take.empty()) {
      topology_ = std::move(submission);
      return {};
    }
    topology_ = teacher;
    for (const std::string& name : options_.take) {
      const spec::Node* const theirs = find_node(submission, name);
      const auto place = std::find_if(topology_.nodes.begin(), topology_.nodes.end(),
                                      [&](const spec::Node& node) { return node.name == name; });
      if (theirs == nullptr) return fmt::format("there is no node '{}'", name);
      *place = *theirs;
    }
    return {};
  }

  /// The teacher's scenario in the place of the submission's own.
  void take_over(const spec::Topology& teacher) {
    topology_.traffic.clear();
    topology_.expect.clear();
    topology_.seed = teacher.seed;
    for (const spec::Traffic& item : teacher.traffic)
      if (lacks(topology_, item).empty()) topology_.traffic.push_back(item);
    for (std::size_t i = 0; i < teacher.expect.size(); ++i) {
      grade_.checks[i].found = lacks(topology_, teacher.expect[i]);
      if (!grade_.checks[i].found.empty()) continue;
      topology_.expect.push_back(teacher.expect[i]);
      judged_.push_back(i);
    }
  }

  void judge(Network& network) {
    bool unreadable = false;
    const ScenarioOptions options{std::nullopt, capture_reader(options_.against, unreadable),
                                  [&network] { return network.events_run() > kEventsMax; },
                                  compile_frame_filter};
    Scenario scenario(network, topology_, options);
    const Problems problems = scenario.prepare();
    if (std::any_of(problems.begin(), problems.end(),
                    [](const Problem& p) { return p.severity == Severity::error; })) {
      failed_quietly(first_error(problems, sources_));
      return;
    }
    scenario.run();
    if (scenario.interrupted())
      return failed_quietly(
          fmt::format("its network does not come to rest: more than {} million "
                      "events",
                      kEventsMax / 1'000'000));
    for (std::size_t i = 0; i < judged_.size(); ++i) {
      const Judgement& judgement = scenario.judgements()[i];
      GradedCheck& check = grade_.checks[judged_[i]];
      check.met = judgement.met;
      check.found = judgement.judged ? judgement.found : "not judged";
    }
  }
  void failed_quietly(std::string why) { grade_.failure = std::move(why); }

  const CheckOptions& options_;
  const std::string submission_;
  SourceMap sources_;
  spec::Topology topology_;
  std::vector<std::size_t> judged_;  // the teacher's expectations that could be asked
  Grade grade_;
};

Grade grade_one(const CheckOptions& options, const spec::Topology& teacher,
                const std::string& file) {
  Grade grade;
  const ApartResult result = run_apart([&] { return pack(Judge(options, file).run()); });
  if (!result.failure.empty() || !unpack(result.output, grade)) {
    grade.failure = result.failure.empty() ? "its judge had nothing to say" : result.failure;
    grade.checks.clear();
    for (const spec::Expectation& item : teacher.expect)
      grade.checks.push_back({question_words(item), expectation_words(item), "not judged",
                              item.hint, item.points, false});
  }
  grade.file = file;
  return grade;
}

std::string report(const std::vector<Grade>& grades, GradeFormat format, bool colour) {
  switch (format) {
    case GradeFormat::text: return grades_text(grades, colour);
    case GradeFormat::csv: return grades_csv(grades);
    case GradeFormat::json: return grades_json(grades);
    case GradeFormat::junit: return grades_junit(grades);
  }
  return {};
}

}  // namespace

int grade(const CheckOptions& options) {
  const bool colour = use_colour(options.colour, STDOUT_FILENO);
  SignalGuard signals;
  FdOutput output(STDOUT_FILENO);
  Loaded teacher;
  if (const int status = load(options.against, options.seed, 1,
                              use_colour(options.colour, STDERR_FILENO), teacher))
    return status;
  if (teacher.topology.expect.empty()) {
    complain(fmt::format("{}: it has no 'expect' to judge by", options.against));
    return kExitWrongInput;
  }
  for (const std::string& name : options.take) {
    if (find_node(teacher.topology, name) != nullptr) continue;
    complain(fmt::format("{}: there is no node '{}' to take", options.against, name));
    return kExitWrongInput;
  }
  std::vector<Grade> grades;
  for (const std::string& file : options.files) {
    if (signals.caught() != 0) break;
    grades.push_back(grade_one(options, teacher.topology, file));
  }
  output.write(report(grades, options.format, colour));
  output.flush();
  if (const int status = end_of_stdout(output)) return status;
  if (signals.caught() != 0) return kExitSignalled + signals.caught();
  const bool full = std::all_of(grades.begin(), grades.end(), [](const Grade& grade) {
    return grade.failure.empty() && grade.points() == grade.points_max();
  });
  return full ? kExitDone : kExitUnmet;
}

}  // namespace natsim
