// Problems as text for people.
#pragma once

#include <string>

#include "sim/base/place.h"
#include "src/topology/source_map.h"

namespace natsim {

/// The message, the line that it is about with a caret under the place, and what to do:
///
///   home.yaml:12:14: error: unknown key 'netwrk' in an interface
///      12 |       eth0: {netwrk: home}
///         |              ^~~~~~
///         = did you mean 'network'?
///
/// Ends with a line feed. Tabs become spaces, control characters and broken UTF-8 a replacement
/// character, and of a long line only the part around the place is shown. `colour` adds ANSI escape
/// sequences.
std::string render_problem(const Problem& problem, const SourceMap& sources, bool colour);

}  // namespace natsim
