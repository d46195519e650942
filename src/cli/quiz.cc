#include "src/cli/quiz.h"

#include <unistd.h>

#include <cctype>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "src/cli/frame_filters.h"
#include "src/cli/load.h"
#include "src/cli/replay.h"
#include "src/cli/signals.h"
#include "src/cli/stdout_end.h"
#include "src/cli/terminal.h"
#include "src/report/ink.h"
#include "src/report/output.h"
#include "src/report/text.h"
#include "src/teaching/quiz.h"

namespace natsim {
namespace {

class QuizCommand {
 public:
  explicit QuizCommand(const QuizOptions& options)
      : options_(options), palette_(use_colour(options.colour, STDOUT_FILENO)) {}

  int execute();

 private:
  std::vector<teaching::Question> prepare(Loaded& loaded);
  void show(const teaching::Question& question, std::size_t number, std::size_t count);
  std::optional<std::size_t> answer(const teaching::Question& question);
  int key(const std::vector<teaching::Question>& questions);
  int ask(const std::vector<teaching::Question>& questions);
  void say(std::string_view text, std::string_view indent = "");

  const QuizOptions& options_;
  Palette palette_;
  SignalGuard signals_;
  FdOutput output_{STDOUT_FILENO};
  int status_ = kExitDone;
};

void QuizCommand::say(std::string_view text, std::string_view indent) {
  for (const std::string_view line : wrapped(text, kReportColumns - indent.size()))
    output_.write(fmt::format("{}{}\n", indent, line));
}

std::vector<teaching::Question> QuizCommand::prepare(Loaded& loaded) {
  bool unreadable = false;
  ScenarioOptions options;
  options.read_capture = capture_reader(options_.file, unreadable);
  options.interrupted = [this] { return signals_.caught() != 0; };
  options.compile_filter = compile_frame_filter;
  options.keep_ways = true;
  Scenario scenario(*loaded.network, loaded.topology, options);
  const bool colour = use_colour(options_.colour, STDERR_FILENO);
  if (natsim::show(scenario.prepare(), loaded.sources, colour)) {
    status_ = unreadable ? kExitUnusable : kExitWrongInput;
    return {};
  }
  scenario.run();
  const NetworkNames names = names_of(*loaded.network);
  std::vector<teaching::Traced> traces;
  for (const Judgement& judgement : scenario.judgements())
    if (judgement.judged && judgement.item->judged == spec::Judged::probe)
      traces.push_back({*judgement.item, trace_of(judgement, loaded.topology, names)});
  return teaching::questions_about(traces, loaded.topology, options_.file,
                                   options_.seed.value_or(1), options_.questions);
}

void QuizCommand::show(const teaching::Question& question, std::size_t number, std::size_t count) {
  output_.write(palette_.paint(Ink::bold, fmt::format("\nQuestion {} of {}", number, count)) +
                "\n");
  say(question.scene);
  say(question.prompt);
  for (std::size_t i = 0; i < question.choices.size(); ++i)
    output_.write(fmt::format("  {}  {}\n", char('a' + i), question.choices[i]));
}

/// nullopt: the input ended, or nobody wants to go on.
std::optional<std::size_t> QuizCommand::answer(const teaching::Question& question) {
  const char last = char('a' + question.choices.size() - 1);
  std::string line;
  while (true) {
    output_.write("> ");
    output_.flush();
    if (!std::getline(std::cin, line) || line == "q") return std::nullopt;
    const char letter =
        line.size() == 1 ? char(std::tolower(static_cast<unsigned char>(line[0]))) : 0;
    if (letter >= 'a' && letter <= last) return std::size_t(letter - 'a');
    output_.write(fmt::format("a letter from a to {}, or q to end\n", last));
  }
}

int QuizCommand::key(const std::vector<teaching::Question>& questions) {
  for (std::size_t i = 0; i < questions.size(); ++i) {
    show(questions[i], i + 1, questions.size());
    say(fmt::format("Answer: {}. {}", char('a' + questions[i].right), questions[i].why));
  }
  return kExitDone;
}

int QuizCommand::ask(const std::vector<teaching::Question>& questions) {
  std::size_t right = 0, asked = 0;
  for (const teaching::Question& question : questions) {
    show(question, asked + 1, questions.size());
    const auto given = answer(question);
    if (!given) break;
    ++asked;
    const bool good = *given == question.right;
    right += good ? 1 : 0;
    output_.write(
        good ? palette_.paint(Ink::green, "Right.")
             : palette_.paint(Ink::red, fmt::format("No: {}, {}.", char('a' + question.right),
                                                    question.choices[question.right])));
    output_.write("\n");
    say(question.why, "  ");
    say("See it: " + question.command, "  ");
  }
  output_.write(fmt::format("\n{} of {} right\n", right, questions.size()));
  return right == questions.size() ? kExitDone : kExitUnmet;
}

int QuizCommand::execute() {
  Loaded loaded;
  const bool colour = use_colour(options_.colour, STDERR_FILENO);
  if (const int status = load(options_.file, options_.seed, 1, colour, loaded)) return status;
  const std::vector<teaching::Question> questions = prepare(loaded);
  if (status_ != kExitDone) return status_;
  if (questions.empty()) {
    complain(
        fmt::format("{}: there is nothing to ask about: it has no expectations", options_.file));
    return kExitWrongInput;
  }
  if (!loaded.topology.description.empty()) say(loaded.topology.description);
  say(fmt::format("Have {} before you, but do not run it yet.", options_.file));
  const int status = options_.key ? key(questions) : ask(questions);
  output_.flush();
  const int end = end_of_stdout(output_);
  return end != 0 ? end : status;
}

}  // namespace

int quiz(const QuizOptions& options) { return QuizCommand(options).execute(); }

}  // namespace natsim
