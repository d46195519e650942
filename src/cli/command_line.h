// From the program's arguments to what it does.
#pragma once

namespace natsim {

/// Reads the arguments as main() gets them, and does what they ask for; help and what is wrong with
/// them are told. Returns the program's exit status.
int run_command_line(int argc, const char* const* argv);

}  // namespace natsim
