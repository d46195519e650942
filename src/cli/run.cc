#include "src/cli/run.h"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <memory>

#include <fmt/format.h>

#include "src/cli/capture_observer.h"
#include "src/cli/frame_filters.h"
#include "src/cli/load.h"
#include "src/cli/progress.h"
#include "src/cli/replay.h"
#include "src/cli/signals.h"
#include "src/cli/stdout_end.h"
#include "src/cli/terminal.h"
#include "src/report/json_report.h"
#include "src/report/result_tables.h"
#include "src/report/text.h"
#include "src/report/text_report.h"

namespace natsim {
namespace {

/// One run of one file, in steps that each may be the last.
class RunCommand {
 public:
  explicit RunCommand(const RunOptions& options)
      : options_(options),
        colour_(use_colour(options.colour, STDOUT_FILENO)),
        colour_stderr_(use_colour(options.colour, STDERR_FILENO)),
        progress_(is_terminal(STDERR_FILENO) && (options.quiet || !is_terminal(STDOUT_FILENO))) {}

  int execute() {
    if (const int status =
            load(options_.file, options_.seed, options_.threads, colour_stderr_, loaded_))
      return status;
    tell_of_threads();
    bool unreadable = false;
    Scenario scenario(*loaded_.network, loaded_.topology,
                      {options_.until, capture_reader(options_.file, unreadable),
                       [this] { return wants_to_stop(); }, compile_frame_filter});
    if (show(scenario.prepare(), loaded_.sources, colour_stderr_))
      return unreadable ? kExitUnusable : kExitWrongInput;
    if (options_.capture)
      if (const int status = open_captures()) return status;
    begin_report(scenario);
    if (capture_observer_ != nullptr) scenario.add_observer(*capture_observer_);
    scenario.run();
    progress_.clear();
    return finish(scenario);
  }

 private:
  void tell_of_threads() const;
  int open_captures();
  void begin_report(Scenario& scenario);
  bool wants_to_stop();
  int finish(const Scenario& scenario);
  bool close_captures(Results& results);
  void write_results(const Results& results);

  const RunOptions& options_;
  bool colour_, colour_stderr_;
  SignalGuard signals_;
  FdOutput output_{STDOUT_FILENO};
  Progress progress_;
  std::chrono::steady_clock::time_point flushed_;

  Loaded loaded_;
  NetworkNames names_;
  std::unique_ptr<CapturePlan> plan_;
  std::unique_ptr<CaptureDirectory> captures_;
  std::unique_ptr<CaptureObserver> capture_observer_;
  std::unique_ptr<Observer> report_;
};

/// Whoever waits for a speed-up that does not come wants to know why.
void RunCommand::tell_of_threads() const {
  const std::uint32_t threads = loaded_.network->thread_count();
  if (threads == options_.threads) return;
  complain(fmt::format("--threads {}: {} {} will do: only cables with delay can be cut",
                       options_.threads, threads, threads == 1 ? "thread" : "threads"));
}

int RunCommand::open_captures() {
  plan_ = std::make_unique<CapturePlan>(*loaded_.network);
  CaptureOptions capture;
  capture.directory = options_.folder.empty() ? "out/" + loaded_.topology.name : options_.folder;
  capture.name = loaded_.topology.name;
  capture.epoch = {loaded_.topology.epoch_s};
  capture.interfaces = plan_->interfaces();
  if (options_.filter) {
    auto filter = CaptureFilter::compile(*options_.filter);
    if (!filter.ok()) {
      complain(fmt::format("--filter '{}': {}", *options_.filter, filter.error()));
      return kExitWrongInput;
    }
    capture.filter = std::move(filter).value();
  }
  auto opened = CaptureDirectory::open(std::move(capture));
  if (!opened.ok()) {
    complain(opened.error().text());
    return kExitUnusable;
  }
  captures_ = std::move(opened).value();
  capture_observer_ = std::make_unique<CaptureObserver>(*captures_, *plan_, loaded_.sources);
  return kExitDone;
}

void RunCommand::begin_report(Scenario& scenario) {
  if (options_.quiet) return;
  names_ = names_of(*loaded_.network);
  if (options_.json) {
    report_ = std::make_unique<JsonReport>(names_, loaded_.sources, output_, options_.verbose);
  } else {
    output_.write(title_lines(loaded_.topology.name, loaded_.topology.description, colour_));
    report_ = std::make_unique<TextReport>(names_, loaded_.sources, output_,
                                           TextReportOptions{colour_, options_.verbose});
  }
  scenario.add_observer(*report_);
}

/// Asked every few milliseconds of simulated time; the clock decides nothing but when to look busy.
bool RunCommand::wants_to_stop() {
  constexpr std::chrono::milliseconds kFlushPeriod{100};
  progress_.tick(loaded_.network->now(), loaded_.network->events_run());
  const auto now = std::chrono::steady_clock::now();
  if (now - flushed_ >= kFlushPeriod) {
    if (flushed_ != std::chrono::steady_clock::time_point()) output_.flush();
    flushed_ = now;
  }
  return signals_.caught() != 0 || output_.error() != 0 ||
         (captures_ != nullptr && captures_->error());
}

int RunCommand::finish(const Scenario& scenario) {
  Results results = results_of(*loaded_.network, loaded_.topology, scenario);
  const bool captured = close_captures(results);
  write_results(results);
  output_.flush();
  if (signals_.caught() != 0)
    complain(fmt::format("interrupted at {} s of simulated time", seconds_text(results.end)));
  if (!captured) return kExitUnusable;
  if (const int status = end_of_stdout(output_)) return status;
  if (signals_.caught() != 0) return kExitSignalled + signals_.caught();
  return results.passed() ? kExitDone : kExitUnmet;
}

bool RunCommand::close_captures(Results& results) {
  if (captures_ == nullptr) return true;
  capture_observer_->flush();
  if (const FileStatus error = captures_->close()) {
    complain(error->text());
    return false;
  }
  const std::string path = captures_->pcapng_path();
  results.captures = CaptureRow{path.substr(0, path.rfind('/')), path, plan_->interfaces().size(),
                                captures_->frames()};
  return true;
}

void RunCommand::write_results(const Results& results) {
  if (options_.json) return output_.write(summary_json(results, loaded_.sources));
  if (options_.quiet) {
    output_.write(check_table("Checks", results, loaded_.sources, colour_, true, options_.file));
  } else {
    output_.write(
        result_tables(results, loaded_.sources, {colour_, options_.verbose, options_.file}));
    output_.write("\n");
  }
  output_.write(closing_lines(results, colour_, options_.quiet));
}

}  // namespace

int run(const RunOptions& options) { return RunCommand(options).execute(); }

}  // namespace natsim
