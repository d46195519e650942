#include "sim/base/check.h"

#include <cstdlib>
#include <cstring>

#include <unistd.h>

namespace natsim {

void check_failed(const char* expression, const char* file, int line) noexcept {
  // write(2) alone: the heap and the streams may be what is broken.
  const auto say = [](const char* text) {
    [[maybe_unused]] const auto written = ::write(2, text, std::strlen(text));
  };
  char digits[16];
  char* end = digits + sizeof digits - 1;
  *end = '\0';
  do *--end = char('0' + line % 10);
  while ((line /= 10) != 0);
  say("natsim: programming error: ");
  say(expression);
  say(" is false at ");
  say(file);
  say(":");
  say(end);
  say("\n");
  std::abort();
}

}  // namespace natsim
