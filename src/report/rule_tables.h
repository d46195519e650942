// The routers' rules with their counters, in the shape of `iptables -L -n -v`.
#pragma once

#include <string>

#include "src/report/ink.h"
#include "src/report/results.h"
#include "src/topology/source_map.h"

namespace natsim {

/// A table for each node that has rules, as many lines as there are; "" without any. A rule's name
/// and place stand in its comment: a line's number alone for the file that is in the title.
std::string rule_tables(const Results& results, const SourceMap& sources, const Palette& palette);

}  // namespace natsim
