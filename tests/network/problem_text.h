// Problems as lines of text, so that a test's table reads like what a student would see.
#pragma once

#include <string>
#include <vector>

#include "sim/network/checks.h"
#include "tests/network/spec_builder.h"

namespace natsim::test {

/// "warning at `nas:eth0`: message", a line a problem.
inline std::vector<std::string> problems_of(const Spec& spec) {
  std::vector<std::string> lines;
  for (const Problem& problem : check_topology(spec.build()))
    lines.push_back((problem.severity == Severity::error ? "error at `" : "warning at `") +
                    spec.label(problem.place) + "`: " + problem.message);
  return lines;
}

/// One row of a table: what somebody wrote, and all that is said about it.
struct CheckCase {
  const char* story;
  Spec spec;
  std::vector<std::string> problems;
};

inline void expect_problems(const std::vector<CheckCase>& cases) {
  for (const CheckCase& row : cases) EXPECT_EQ(problems_of(row.spec), row.problems) << row.story;
}

}  // namespace natsim::test
