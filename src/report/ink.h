// Colour, where there is any: ANSI escape sequences around pieces of text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace natsim {

enum class Ink : std::uint8_t { plain, dim, bold, red, green, yellow, cyan };

/// Paints, or leaves text as it is. Widths are to be measured before.
class Palette {
 public:
  explicit Palette(bool coloured) : coloured_(coloured) {}

  void append(std::string& line, Ink ink, std::string_view text) const {
    if (!coloured_ || ink == Ink::plain || text.empty()) {
      line += text;
      return;
    }
    line += code(ink);
    line += text;
    line += "\033[0m";
  }
  std::string paint(Ink ink, std::string_view text) const {
    std::string painted;
    append(painted, ink, text);
    return painted;
  }

 private:
  static constexpr std::string_view code(Ink ink) {
    switch (ink) {
      case Ink::plain: break;
      case Ink::dim: return "\033[2m";
      case Ink::bold: return "\033[1m";
      case Ink::red: return "\033[31m";
      case Ink::green: return "\033[32m";
      case Ink::yellow: return "\033[33m";
      case Ink::cyan: return "\033[36m";
    }
    return "";
  }

  bool coloured_;
};

}  // namespace natsim
