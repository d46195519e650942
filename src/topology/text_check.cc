#include "src/topology/text_check.h"

#include <algorithm>

#include <fmt/format.h>

#include "sim/base/units.h"

namespace natsim::topology {
namespace {

unsigned char byte_at(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]);
}

bool is_continuation(std::string_view text, std::size_t i) {
  return i < text.size() && (byte_at(text, i) & 0xc0) == 0x80;
}

/// Where byte `at` stands: lines and characters counted from 1.
Place place_of(std::string_view text, std::size_t at, std::uint32_t file) {
  const auto before = text.substr(0, at);
  const auto line = std::uint32_t(std::count(before.begin(), before.end(), '\n')) + 1;
  const auto begin = before.rfind('\n') + 1;  // npos + 1 is 0
  std::uint32_t column = 1;
  for (std::size_t i = begin; i < at; ++i) column += (byte_at(text, i) & 0xc0) != 0x80;
  return {file, line, column};
}

/// What is wrong with the control character at `at`, or empty where it is allowed.
std::string control_complaint(std::string_view text, std::size_t at) {
  const unsigned char c = byte_at(text, at);
  if (c == '\t' || c == '\n') return {};
  if (c == '\r') {
    if (at + 1 < text.size() && text[at + 1] == '\n') return {};
    return "a carriage return that ends no line";
  }
  if (c == 0) return "a NUL byte: this is not a text file";
  return fmt::format("a control character (U+{:04X})", unsigned(c));
}

/// What is wrong with a character beyond ASCII, or nullptr. YAML 1.1 ends lines where no editor
/// does, YAML 1.2 does not: what would be read in two ways is not read at all.
const char* complaint_about(char32_t point) {
  if (point < 0xa0) return "a control character";
  if (point == 0x2028 || point == 0x2029) return "a line separator that is no line feed";
  if (point == 0xfeff) return "a byte order mark inside the text";
  if (point == 0xfffe || point == 0xffff) return "a number that is no character";
  return nullptr;
}

}  // namespace

std::size_t utf8_length(std::string_view text) {
  const unsigned char first = byte_at(text, 0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if (!is_continuation(text, i)) return 0;
  const unsigned char second = byte_at(text, 1);
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool surrogate = first == 0xed && second >= 0xa0;
  const bool beyond = first == 0xf4 && second >= 0x90;
  return overlong || surrogate || beyond ? 0 : length;
}

char32_t utf8_decode(std::string_view text) {
  const std::size_t length = utf8_length(text);
  const unsigned char first = byte_at(text, 0);
  if (length <= 1) return first;
  char32_t value = first & (0x7fu >> length);
  for (std::size_t i = 1; i < length; ++i) value = value << 6 | (byte_at(text, i) & 0x3fu);
  return value;
}

std::optional<Problem> check_text(std::string_view text, std::uint32_t file) {
  const auto problem = [&](std::size_t at, std::string message, std::string hint) {
    return Problem{Severity::error, place_of(text, at, file), std::move(message), std::move(hint)};
  };
  if (text.size() > kFileBytesMax)
    return Problem{Severity::error,
                   {file, 1, 1},
                   fmt::format("the file is larger than {}", format_size(kFileBytesMax)),
                   ""};
  if (text.substr(0, 2) == "\xff\xfe" || text.substr(0, 2) == "\xfe\xff")
    return problem(0, "the file is UTF-16", "save it as UTF-8");
  for (std::size_t i = 0; i < text.size();) {
    const unsigned char c = byte_at(text, i);
    if (c >= 0x20 && c < 0x7f) {
      ++i;
      continue;
    }
    if (c < 0x80) {
      auto complaint = control_complaint(text, i);
      if (!complaint.empty()) return problem(i, std::move(complaint), "");
      ++i;
      continue;
    }
    const std::size_t length = utf8_length(text.substr(i, 4));
    if (length == 0)
      return problem(i, fmt::format("byte 0x{:02x} is not UTF-8", unsigned(c)),
                     "save the file as UTF-8");
    const char32_t point = utf8_decode(text.substr(i, 4));
    if (const char* const complaint = complaint_about(point))
      return problem(i, fmt::format("{} (U+{:04X})", complaint, std::uint32_t(point)), "");
    i += length;
  }
  return std::nullopt;
}

}  // namespace natsim::topology
