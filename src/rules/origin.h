// Where the lines of a rule text stand in the user's files.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "sim/base/place.h"
#include "src/topology/source_map.h"

namespace natsim::rules {

class Origin {
 public:
  /// The text is the file.
  static Origin file(std::uint32_t id) { return Origin({id, 1, 1}, false); }
  /// The text is a scalar of a YAML file that was written at `scalar`. The lines of a block scalar
  /// ("iptables: |") have their own places, and so have the characters of one in a single line; of
  /// any other all have the scalar's.
  static Origin scalar(Place scalar, std::string_view text, const SourceMap& sources);
  /// The text was made from others: each of its lines has the place of what it was made from.
  static Origin lines(std::vector<Place> places);

  /// Lines and characters count from 0.
  Place at(std::uint32_t line, std::uint32_t column) const {
    if (line < lines_.size()) return lines_[line];
    if (fixed_) return first_;
    return {first_.file, first_.line + line, first_.column + column};
  }

 private:
  Origin(Place first, bool fixed) : first_(first), fixed_(fixed) {}
  Place first_;
  bool fixed_;
  std::vector<Place> lines_;
};

}  // namespace natsim::rules
