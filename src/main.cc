// natsim: parses the command line and hands over.
#include <cstdio>
#include <variant>

#include "src/cli/check.h"
#include "src/cli/command_line.h"
#include "src/cli/matrix.h"
#include "src/cli/new.h"
#include "src/cli/quiz.h"
#include "src/cli/rules.h"
#include "src/cli/run.h"
#include "src/cli/trace.h"

namespace {

struct Execute {
  int operator()(const natsim::Message& message) const {
    std::FILE* const to = message.status == 0 ? stdout : stderr;
    std::fwrite(message.text.data(), 1, message.text.size(), to);
    return message.status;
  }
  int operator()(const natsim::RunOptions& options) const { return natsim::run(options); }
  int operator()(const natsim::CheckOptions& options) const { return natsim::check(options); }
  int operator()(const natsim::RulesOptions& options) const { return natsim::print_rules(options); }
  int operator()(const natsim::TraceOptions& options) const { return natsim::trace(options); }
  int operator()(const natsim::MatrixOptions& options) const { return natsim::matrix(options); }
  int operator()(const natsim::NewOptions& options) const { return natsim::make_new(options); }
  int operator()(const natsim::QuizOptions& options) const { return natsim::quiz(options); }
};

}  // namespace

int main(int argc, char** argv) {
  return std::visit(Execute(), natsim::parse_command_line(argc, argv));
}
