// "Did you mean …": the known word nearest to the one that was written.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace natsim::topology {

/// How many letters have to be typed, left out, replaced or swapped with their neighbour to make
/// one word the other (optimal string alignment); capitals count as small letters. Anything above
/// `limit` is reported as limit + 1.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit);

/// Whether `word` is one of the words in `list`, which spaces separate.
bool has_word(std::string_view list, std::string_view word);

/// The nearest of `known`, the first of equals, or empty where none is near enough to be a slip of
/// the finger (a third of the word).
std::string_view nearest(std::string_view written, const std::vector<std::string_view>& known);

}  // namespace natsim::topology
