#include "src/cli/check.h"

#include <unistd.h>

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "src/cli/frame_filters.h"
#include "src/cli/grade.h"
#include "src/cli/lint.h"
#include "src/cli/load.h"
#include "src/cli/replay.h"
#include "src/cli/signals.h"
#include "src/cli/stdout_end.h"
#include "src/cli/terminal.h"
#include "src/report/grades.h"
#include "src/report/json_report.h"
#include "src/report/result_tables.h"
#include "src/report/text.h"

namespace natsim {
namespace {

/// For JUnit, which knows no more than this.
Grade grade_of(const std::string& file, const Results& results) {
  Grade grade{file, {}, {}};
  for (const CheckRow& row : results.checks)
    grade.checks.push_back({row.probe, row.expected, row.found, row.hint, row.points, row.met});
  return grade;
}

class CheckCommand {
 public:
  explicit CheckCommand(const CheckOptions& options)
      : options_(options),
        colour_(use_colour(options.colour, STDOUT_FILENO)),
        colour_stderr_(use_colour(options.colour, STDERR_FILENO)) {}

  int execute() {
    int worst = kExitDone;
    for (const std::string& file : options_.files) {
      worst = std::max(worst, judge(file));
      output_.flush();
      if (signals_.caught() != 0 || output_.error() != 0) break;
    }
    if (options_.format == GradeFormat::junit)
      output_.write(grades_junit(grades_));
    else if (!options_.json && options_.files.size() > 1)
      output_.write(total());
    output_.flush();
    if (const int status = end_of_stdout(output_)) return status;
    return signals_.caught() != 0 ? kExitSignalled + signals_.caught() : worst;
  }

 private:
  int judge(const std::string& file);
  std::string total() const;

  const CheckOptions& options_;
  bool colour_, colour_stderr_;
  SignalGuard signals_;
  FdOutput output_{STDOUT_FILENO};
  std::vector<Grade> grades_;  // by file
  std::size_t files_ = 0, passed_ = 0, checks_ = 0, met_ = 0;
};

int CheckCommand::judge(const std::string& file) {
  ++files_;
  const auto unusable = [&](int status) {
    if (options_.json) output_.write(unchecked_json(file));
    grades_.push_back({file, "it could not be run: see stderr", {}});
    return status;
  };
  Loaded loaded;
  if (const int status = load(file, options_.seed, options_.threads, colour_stderr_, loaded))
    return unusable(status);
  bool unreadable = false;
  Scenario scenario(*loaded.network, loaded.topology,
                    {std::nullopt, capture_reader(file, unreadable),
                     [this] { return signals_.caught() != 0; }, compile_frame_filter});
  if (show(scenario.prepare(), loaded.sources, colour_stderr_))
    return unusable(unreadable ? kExitUnusable : kExitWrongInput);
  scenario.run();
  const Results results = results_of(*loaded.network, loaded.topology, scenario);
  checks_ += results.checks.size();
  met_ += results.checks_met();
  passed_ += results.passed() ? 1 : 0;
  if (options_.lint) show(lint(loaded), loaded.sources, colour_stderr_);
  if (options_.format == GradeFormat::junit) {
    grades_.push_back(grade_of(file, results));
  } else if (options_.json) {
    output_.write(checks_json(file, results, loaded.sources, options_.coverage));
  } else {
    output_.write(check_table(printable(file), results, loaded.sources, colour_, false, file));
    if (options_.coverage) output_.write(coverage_lines(results, loaded.sources, colour_));
    output_.write(closing_lines(results, colour_, true));
  }
  return results.passed() ? kExitDone : kExitUnmet;
}

std::string CheckCommand::total() const {
  return fmt::format("{} of {} files passed, {} of {} checks met\n", passed_, files_, met_,
                     checks_);
}

}  // namespace

int check(const CheckOptions& options) {
  return options.against.empty() ? CheckCommand(options).execute() : grade(options);
}

}  // namespace natsim
