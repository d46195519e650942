// Where in a text a YAML value was written, byte by byte, so that it can be replaced.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/teaching/faults.h"
#include "src/topology/yaml_tree.h"

namespace natsim::teaching {

class SourceText {
 public:
  /// The text outlives it.
  explicit SourceText(std::string_view text);

  /// The scalar's text replaced, inside its quotes if it has any; nullopt where it is not written
  /// on one line as it reads (escapes, folded lines).
  std::optional<Edit> replaced(topology::Yaml scalar, std::string text) const;
  /// Item `index` of a list in brackets taken out, with its comma. REQUIRES: index < list.size().
  std::optional<Edit> without_item(topology::Yaml list, std::size_t index) const;
  /// Two items of a list of lines ("- …") change places; nullopt where one of them does not have
  /// one line to itself.
  std::optional<std::vector<Edit>> swapped_lines(topology::Yaml first, topology::Yaml second) const;

 private:
  std::optional<std::size_t> offset_of(Place place) const;
  std::optional<Edit> whole_line(topology::Yaml item) const;

  std::string_view text_;
  std::vector<std::size_t> lines_;  // where each begins
};

}  // namespace natsim::teaching
