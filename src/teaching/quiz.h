// Questions about a topology, made from what its expectations' packets really do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/network/spec.h"
#include "src/report/trace.h"

namespace natsim::teaching {

struct Question {
  std::string scene;                 ///< "laptop opens a TCP connection to 203.0.113.80, port 80."
  std::string prompt;                ///< "From which source address does it leave 'router' by wan?"
  std::vector<std::string> choices;  ///< two to four, no two alike
  std::size_t right = 0;             ///< of choices
  std::string why;                   ///< for after the answer: one or two sentences
  std::string command;               ///< "natsim trace FILE …" shows it
};

/// A probe and its way.
struct Traced {
  spec::Expectation probe;
  Trace trace;
};

/// Up to `count` questions in an order that the seed shuffles, of as many kinds as there are: what
/// becomes of a packet, which rule decides, what NAT makes of its addresses, how its answer comes
/// back. Same traces, same seed, same questions. `file` is for the commands alone.
std::vector<Question> questions_about(const std::vector<Traced>& traces,
                                      const spec::Topology& topology, const std::string& file,
                                      std::uint64_t seed, std::size_t count);

}  // namespace natsim::teaching
