// What ufw remembers: its rules in their order, default policies, the log level.
//
// There are two lists, for IPv4 and for IPv6, numbered through as `ufw status numbered` does: a
// rule that names no address is in both. Only the first one becomes rules here, but the numbers
// count.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/base/place.h"
#include "src/rules/ufw_rule.h"

namespace natsim::rules {

enum class UfwPolicy : std::uint8_t { accept, drop, reject };
enum class UfwLogLevel : std::uint8_t { off, low, medium, high, full };

struct UfwDefault {
  UfwPolicy policy = UfwPolicy::drop;
  Place place;  ///< of the command that set it
};

/// What became of a command about a rule.
enum class UfwOutcome : std::uint8_t {
  added,
  inserted,
  updated,
  deleted,
  skipped,  ///< it was there already
  absent,   ///< there was none to delete
  bad_position,
};

class UfwState {
 public:
  UfwDefault incoming, outgoing{UfwPolicy::accept, {}}, routed;
  UfwLogLevel log_level = UfwLogLevel::low;
  bool enabled = true;

  const std::vector<UfwRule>& rules_v4() const { return v4_; }

  /// Adds, replaces in place, inserts or deletes, in both lists where the family says so; a profile
  /// becomes a rule for each of its parts. Of several outcomes the one that changed most.
  UfwOutcome apply(const UfwRequest& request);
  void clear();
  /// Rules as the user counts them: those of one profile are one.
  std::size_t count(bool v6) const;

 private:
  std::vector<UfwRule>& list(bool v6) { return v6 ? v6_ : v4_; }
  UfwOutcome remove_number(std::size_t number);
  UfwOutcome apply_one(const UfwRequest& request, const UfwRule& rule, std::size_t nth);
  UfwOutcome set(UfwRule rule, bool v6, bool remove, std::size_t position);
  UfwOutcome insert(std::vector<UfwRule>& rules, UfwRule rule, std::size_t position);
  std::vector<UfwRule> expanded(const UfwRequest& request) const;
  std::size_t other_position(std::size_t position, bool v6) const;

  std::vector<UfwRule> v4_, v6_;
};

}  // namespace natsim::rules
