// The catalogue of faults: single mistakes, as people make them, that can be planted into the text
// of a topology file. Comments and layout of the file stay as they are.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/place.h"

namespace natsim::teaching {

struct FaultKind {
  std::string_view name;  ///< "wrong-gateway"
  std::string_view doc;   ///< "a route leads to an address where no router is"
};

/// All kinds, in the order in which they are listed.
std::span<const FaultKind> fault_catalogue();

/// Replaces `length` bytes of a text at `offset`.
struct Edit {
  std::size_t offset = 0, length = 0;
  std::string text;
  bool operator==(const Edit&) const = default;
};

/// One mistake that a text has room for.
struct Fault {
  std::string_view kind;    ///< of the catalogue
  std::string description;  ///< "the route of 'pc' leads via 10.0.0.254, not 10.0.0.1"
  Place place;              ///< of the first thing changed
  std::vector<Edit> edits;  ///< in the order of the text; they do not overlap
};

/// Every fault of the catalogue that the text offers, kind by kind, each in the order of the text.
/// Whether anybody would notice is another matter (plant.h). REQUIRES: `text` is a topology file
/// that can be read; of any other there are none.
std::vector<Fault> possible_faults(std::string_view text);

/// REQUIRES: the fault is one of possible_faults(text).
std::string with_fault(std::string_view text, const Fault& fault);

}  // namespace natsim::teaching
