// One rule: the words behind "-A CHAIN".
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "src/rules/extension.h"

namespace natsim::rules {

/// What a rule may refer to.
struct RuleScope {
  std::function<bool(const std::string& chain)> has_chain;
  std::function<std::vector<std::string_view>()> chain_names;
};

/// The rule that `words` describe, one for each pair of addresses where -s or -d has a list.
/// `command` is the word that began the line. Empty after a complaint.
std::vector<Rule> read_rule(std::span<const Word> words, const Word& command,
                            const RuleScope& scope, Complaints& complaints);

}  // namespace natsim::rules
