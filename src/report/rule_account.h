// Why a rule did not match: what it wanted, and what the packet had there.
#pragma once

#include <optional>
#include <string>

#include "sim/observe/step.h"
#include "src/report/names.h"

namespace natsim {

/// Of the first match that failed: {"port 80", "81"}, to be read "wants port 80, the packet has
/// 81".
struct RuleAccount {
  std::string wanted;
  std::string had;           ///< empty where the packet alone does not tell: a rate, a list
  const char* verb = "has";  ///< between "the packet" and `had`
  bool operator==(const RuleAccount&) const = default;
};

/// `seen` is the packet as the rule saw it. nullopt: it matched, or nobody knows why not.
std::optional<RuleAccount> account_of(const RuleStep& step, const SeenPacket& seen,
                                      const NodeNames& node);

/// "wants port 80, the packet has 81".
std::string account_words(const RuleAccount& account);

/// The rule needs little to match: one condition of its common part, or a further one.
bool came_near(const RuleStep& step);

}  // namespace natsim
