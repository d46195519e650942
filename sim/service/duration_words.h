// Durations for people: "1h", "1h30m", "90s" as "1m30s", "500ms".
#pragma once

#include <string>

#include "sim/base/time.h"

namespace natsim {

/// Days to seconds, largest first, zero parts left out; below a second in ms, rounded down;
/// Duration::max() as "ever", for use after "for". REQUIRES: not negative.
std::string in_words(Duration duration);

}  // namespace natsim
