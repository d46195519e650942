// Matches and targets in the words of `iptables -L -n`, behind a rule's columns.
#pragma once

#include <string>

#include "sim/filter/rule.h"

namespace natsim::rules {

/// "icmptype 8", "limit: avg 1/sec burst 5"; "" for those that iptables does not have.
std::string list_words(const Match& match);

/// A target's options: "to:192.168.1.10:80", "reject-with tcp-reset"; "" without any.
std::string list_words(const Target& target);

}  // namespace natsim::rules
