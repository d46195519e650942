// natsim: all that it can do stands in cli/commands.cc.
#include "src/cli/command_line.h"

int main(int argc, char** argv) { return natsim::run_command_line(argc, argv); }
