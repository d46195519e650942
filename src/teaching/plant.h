// Broken on purpose: one fault planted into a topology that works, such that somebody notices.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sim/base/result.h"
#include "src/teaching/faults.h"
#include "src/teaching/trial.h"

namespace natsim::teaching {

struct PlantOptions {
  std::string name;        ///< of the file, for the ticket's last line
  std::uint64_t seed = 1;  ///< which fault: same text, same seed, same fault
  std::string kind;        ///< of fault_catalogue(); empty: any
};

struct Planted {
  Fault fault;
  std::string text;    ///< the file with the fault, the ticket above it as a comment
  std::string ticket;  ///< what a user of the network would write: two sentences or three
};

/// Plants the first fault, in an order that the seed shuffles, that makes an expectation fail and
/// that no warning gives away; one that a warning does give away where there is no other. Runs the
/// scenario once for each one tried. The error says why there is none: the file cannot be read,
/// does not work as it is, or has room for no fault that its expectations would notice.
Result<Planted, std::string> plant(std::string_view text, const PlantOptions& options,
                                   const Surroundings& surroundings);

}  // namespace natsim::teaching
