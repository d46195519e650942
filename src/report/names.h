// What things are called in reports: nodes, interfaces, places in files, instants.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/base/ids.h"
#include "sim/base/place.h"
#include "sim/base/time.h"
#include "sim/network/network.h"
#include "src/topology/source_map.h"

namespace natsim {

struct NodeNames {
  std::string name;
  NodeRole role = NodeRole::host;
  std::vector<std::string> interfaces;  ///< by IfIndex
};

/// By NodeId.
using NetworkNames = std::vector<NodeNames>;
NetworkNames names_of(const Network& network);

/// The node's name; "?" for one that there is not.
const std::string& node_name(const NetworkNames& names, NodeId node);
/// The interface's name; empty for kNoInterface.
const std::string& interface_name(const NetworkNames& names, NodeId node, IfIndex interface);

/// "home-nat.yaml:31", without folders; empty for nowhere.
std::string short_place(const SourceMap& sources, Place place);
/// "topologies/home-nat.yaml:31", as the file was named; empty for nowhere.
std::string full_place(const SourceMap& sources, Place place);

/// Seconds with six decimals, the rest cut off.
std::string seconds_text(Instant when);
/// "20.04 ms", "1.5 s", "350 µs": at most three decimals, as many as say something.
std::string elapsed_words(Duration elapsed);
/// The same with three digits that count, the rest cut off: "20.2 ms", "162 ms".
std::string rough_elapsed_words(Duration elapsed);
/// "4d23h", "1h59m", "119s", at most five columns up to 999 days; "never" for the infinite.
std::string remaining_text(Duration left);

}  // namespace natsim
