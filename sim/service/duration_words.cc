#include "sim/service/duration_words.h"

#include <fmt/core.h>

#include <cstdint>
#include <utility>

#include "sim/base/check.h"

namespace natsim {

std::string in_words(Duration duration) {
  SIM_CHECK(duration >= Duration{});
  if (duration == Duration::max()) return "ever";
  std::int64_t rest = duration.whole_seconds();
  if (rest == 0) return fmt::format("{}ms", duration.ns() / 1'000'000);
  std::string words;
  constexpr std::pair<std::int64_t, char> kUnits[] = {
      {86'400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
  for (const auto& [seconds, unit] : kUnits) {
    if (rest >= seconds) words += fmt::format("{}{}", rest / seconds, unit);
    rest %= seconds;
  }
  return words;
}

}  // namespace natsim
