// Reading rule texts in tests.
#pragma once

#include <optional>
#include <string>

#include "src/rules/iptables_reader.h"
#include "src/topology/render.h"

namespace natsim::test {

struct RulesRead {
  std::optional<Ruleset> rules;
  std::string problems;  ///< as the program prints them
};

/// As a file called "rules.v4"; what the kernel would refuse is among the problems.
inline RulesRead read_rules(const std::string& text) {
  SourceMap sources;
  const std::uint32_t file = sources.add("rules.v4", text);
  topology::Context context(sources, {});
  RulesRead read;
  read.rules = rules::read_iptables(context, text, rules::Origin::file(file));
  Problems problems = context.take_problems();
  if (read.rules)
    for (Problem& problem : check(*read.rules)) problems.push_back(std::move(problem));
  for (const Problem& problem : problems) read.problems += render_problem(problem, sources, false);
  return read;
}

}  // namespace natsim::test
