// A topology text, run for what its expectations say.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "sim/network/scenario.h"
#include "sim/network/spec.h"
#include "src/topology/context.h"

namespace natsim::teaching {

/// What a topology's text may ask for from outside.
struct Surroundings {
  topology::FileLoader loader;
  ScenarioOptions scenario;
};

/// An expectation that was not met.
struct Complaint {
  spec::Expectation expected;
  spec::ExpectedResult found = spec::ExpectedResult::lost;
};

struct Trial {
  std::size_t checks = 0;
  std::vector<Complaint> complaints;
  Problems problems;  ///< warnings
};

/// Runs the scenario of `text`, for ten minutes of simulated time at most; nullopt where it cannot
/// be read or built, or has nothing to run.
std::optional<Trial> tried(const std::string& name, std::string text,
                           const Surroundings& surroundings);

}  // namespace natsim::teaching
