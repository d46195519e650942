// The wall clock as rules see it: -m time.
#pragma once

#include <cstdint>

#include "sim/filter/match.h"

namespace natsim {

/// `wall_s` is seconds since 1970 in UTC.
bool time_holds(const TimeMatch& match, std::int64_t wall_s);

}  // namespace natsim
