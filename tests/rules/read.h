// Reading rule texts in tests.
#pragma once

#include <optional>
#include <string>

#include "src/rules/iptables_reader.h"
#include "src/rules/ufw_reader.h"
#include "src/topology/render.h"

namespace natsim::test {

struct RulesRead {
  std::optional<Ruleset> rules;
  std::string problems;  ///< as the program prints them
};

/// What `read` made of the text of a file `name`; what the kernel would refuse is among the
/// problems.
template <class Read>
RulesRead read_as(const char* name, const std::string& text, Read&& read) {
  SourceMap sources;
  const std::uint32_t file = sources.add(name, text);
  topology::Context context(sources, {});
  RulesRead made;
  made.rules = read(context, file);
  Problems problems = context.take_problems();
  if (made.rules)
    for (Problem& problem : check(*made.rules)) problems.push_back(std::move(problem));
  for (const Problem& problem : problems) made.problems += render_problem(problem, sources, false);
  return made;
}

/// As a file called "rules.v4".
inline RulesRead read_rules(const std::string& text) {
  return read_as("rules.v4", text, [&](topology::Context& context, std::uint32_t file) {
    return rules::read_iptables(context, text, rules::Origin::file(file));
  });
}

/// ufw's commands, a line each, as a file called "commands".
inline RulesRead read_commands(const std::string& text) {
  return read_as("commands", text, [&](topology::Context& context, std::uint32_t file) {
    return rules::read_ufw(context, {{text, rules::Origin::file(file)}}, Place{file, 1, 1});
  });
}

}  // namespace natsim::test
