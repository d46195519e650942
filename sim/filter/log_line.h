// The line that the kernel prints for LOG (FW-M22).
#pragma once

#include <string>

#include "sim/filter/interface_table.h"
#include "sim/filter/traversal.h"

namespace natsim {

/// The prefix is cut at 29 characters. Ends in a space, as the kernel's does.
std::string log_line(const LogTarget& target, const Traversal& packet,
                     const InterfaceTable& interfaces);

}  // namespace natsim
