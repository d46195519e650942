#include "src/cli/terminal.h"

#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace natsim {

bool is_terminal(int fd) { return ::isatty(fd) == 1; }

bool use_colour(ColourChoice choice, int fd) {
  if (choice != ColourChoice::automatic) return choice == ColourChoice::always;
  const char* const no_colour = std::getenv("NO_COLOR");
  if (no_colour != nullptr && *no_colour != '\0') return false;
  const char* const terminal = std::getenv("TERM");
  return is_terminal(fd) && terminal != nullptr && std::string_view(terminal) != "dumb";
}

}  // namespace natsim
