// What the parsers' syntax errors mean to somebody who writes a topology file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace natsim::topology {

struct SyntaxMessage {
  std::string message, hint;
  std::uint32_t column = 0;  ///< where in the line, if not where the parser points
};

/// `error` is yaml-cpp's or libyaml's message; `line` the text of the line it points to.
SyntaxMessage explain_syntax(std::string_view error, std::string_view line);

}  // namespace natsim::topology
