// How iptables-save spells the values that several matches and targets have.
#pragma once

#include <string>
#include <string_view>

#include "sim/filter/match.h"

namespace natsim::rules {

/// In quotes where it has to be.
std::string word_text(std::string_view text);
/// "NEW,ESTABLISHED", in the order in which iptables-save has them.
std::string states_text(StateMask states);
/// "80", "1000:2000".
std::string ports_text(PortRange ports, char separator);
/// "3/min": what takes this long each.
std::string rate_text(Duration interval);
/// " --tcp-flags FIN,SYN SYN", its negation too.
std::string tcp_flags_option(const TcpFlagsMatch& match);

}  // namespace natsim::rules
