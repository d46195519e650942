// Connections as `conntrack -L` prints them (FW-C26).
#pragma once

#include <string>

#include "sim/base/time.h"
#include "sim/filter/connection.h"

namespace natsim {

/// "tcp      6 431999 ESTABLISHED src=… dst=… sport=… dport=… src=… … [ASSURED] mark=0 use=1".
/// Without counters, as the tool has it unless accounting is switched on.
std::string listing_line(const Connection& connection, Instant now);

}  // namespace natsim
