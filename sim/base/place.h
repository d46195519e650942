// Where in the user's files something was written, and what is wrong with it.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

namespace natsim {

/// A place in a text that the user wrote. sim/ only carries it; the reader that made it knows the
/// file's name. Line and column count from 1; line 0 means "nowhere" (made by a program).
struct Place {
  std::uint32_t file = 0;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  constexpr bool known() const { return line != 0; }
  auto operator<=>(const Place&) const = default;
};

enum class Severity { error, warning };

/// One thing wrong with the user's input. `hint` is what to do about it, or empty.
struct Problem {
  Severity severity = Severity::error;
  Place place;
  std::string message;
  std::string hint;
  bool operator==(const Problem&) const = default;
};

using Problems = std::vector<Problem>;

}  // namespace natsim
