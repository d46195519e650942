#include "sim/filter/clock.h"

#include <chrono>

namespace natsim {

// xt_time.c.
bool time_holds(const TimeMatch& match, std::int64_t wall_s) {
  if (wall_s < match.date_first || wall_s > match.date_last) return false;
  using std::chrono::days;
  using std::chrono::seconds;
  std::chrono::sys_seconds wall{seconds(wall_s)};
  const auto second = std::uint32_t((wall - std::chrono::floor<days>(wall)).count());
  if (match.day_first < match.day_last) {
    if (second < match.day_first || second > match.day_last) return false;
  } else {
    if (second < match.day_first && second > match.day_last) return false;
    if (match.contiguous && second <= match.day_last) wall -= days(1);
  }
  const auto today = std::chrono::floor<days>(wall);
  if ((match.week_days >> std::chrono::weekday(today).iso_encoding() & 1) == 0) return false;
  const unsigned month_day(std::chrono::year_month_day(today).day());
  return (match.month_days >> month_day & 1) != 0;
}

}  // namespace natsim
