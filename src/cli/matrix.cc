#include "src/cli/matrix.h"

#include <unistd.h>

#include <utility>

#include <fmt/format.h>

#include "src/cli/load.h"
#include "src/cli/signals.h"
#include "src/cli/stdout_end.h"
#include "src/cli/terminal.h"
#include "src/report/matrix.h"
#include "src/report/output.h"

namespace natsim {
namespace {

class MatrixCommand {
 public:
  explicit MatrixCommand(const MatrixOptions& options)
      : options_(options),
        colour_(use_colour(options.colour, STDOUT_FILENO)),
        colour_stderr_(use_colour(options.colour, STDERR_FILENO)) {}

  int execute() {
    Matrix first, second;
    SourceMap sources;
    if (const int status = make(options_.file, first, sources)) return status;
    if (options_.other.empty()) {
      output_.write(options_.json ? matrix_json(options_.file, first)
                                  : matrix_text(first, sources, colour_));
      return end(kExitDone);
    }
    SourceMap other_sources;
    if (const int status = make(options_.other, second, other_sources)) return status;
    const auto changes = difference(first, second);
    output_.write(options_.json ? difference_json(changes) : difference_text(changes, colour_));
    return end(changes.empty() ? kExitDone : kExitUnmet);
  }

 private:
  int make(const std::string& file, Matrix& matrix, SourceMap& sources) {
    Loaded loaded;
    if (const int status = load(file, {}, 1, colour_stderr_, loaded)) return status;
    auto plan = plan_matrix(loaded.topology);
    if (!plan || plan->zones.empty()) {
      complain(
          fmt::format("{}: no router has an interface with an address: there are no zones", file));
      return kExitWrongInput;
    }
    matrix =
        run_matrix(loaded.topology, std::move(*plan), [this] { return signals_.caught() == 0; });
    sources = std::move(loaded.sources);
    return signals_.caught() != 0 ? kExitSignalled + signals_.caught() : kExitDone;
  }
  int end(int status) {
    output_.flush();
    const int unwritten = end_of_stdout(output_);
    return unwritten != 0 ? unwritten : status;
  }

  const MatrixOptions& options_;
  bool colour_, colour_stderr_;
  SignalGuard signals_;
  FdOutput output_{STDOUT_FILENO};
};

}  // namespace

int matrix(const MatrixOptions& options) { return MatrixCommand(options).execute(); }

}  // namespace natsim
