// YAML text into a YamlTree, within limits.
#pragma once

#include <cstdint>
#include <string_view>

#include "sim/base/place.h"
#include "src/topology/yaml_tree.h"

namespace natsim::topology {

/// Deepest nesting of lists and maps. A topology needs about ten levels.
inline constexpr std::uint32_t kYamlDepthMax = 64;
/// Most values (scalars, lists and maps, keys included) in a file.
inline constexpr std::uint32_t kYamlNodesMax = 10'000'000;

struct YamlResult {
  YamlTree tree;  ///< empty where there are problems, and for a file without content
  Problems problems;
};

/// Reads one document. `text` must have passed check_text(); places get `file`. Syntax errors, a
/// second document, tags, and whatever exceeds a limit are problems; the first one ends the
/// reading.
YamlResult parse_yaml(std::string_view text, std::uint32_t file);

}  // namespace natsim::topology
