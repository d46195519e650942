// `natsim quiz`'s part of the command line.
#pragma once

#include <CLI/App.hpp>

#include "src/cli/command_line.h"

namespace natsim {

CLI::App& add_quiz(CLI::App& app, QuizOptions& options);

}  // namespace natsim
