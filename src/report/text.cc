#include "src/report/text.h"

#include <fmt/format.h>

namespace natsim {
namespace {

constexpr bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

/// Bytes of the first `columns` code points.
std::size_t bytes_of(std::string_view text, std::size_t columns) {
  std::size_t at = 0;
  while (at < text.size() && columns > 0) {
    ++at;
    while (at < text.size() && is_continuation(text[at])) ++at;
    --columns;
  }
  return at;
}

}  // namespace

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  for (const char c : text) columns += is_continuation(c) ? 0 : 1;
  return columns;
}

void append_left(std::string& line, std::string_view text, std::size_t columns) {
  const std::size_t taken = columns_of(text);
  line += text;
  if (taken < columns) line.append(columns - taken, ' ');
}

void append_right(std::string& line, std::string_view text, std::size_t columns) {
  const std::size_t taken = columns_of(text);
  if (taken < columns) line.append(columns - taken, ' ');
  line += text;
}

std::string shortened(std::string_view text, std::size_t columns) {
  if (columns_of(text) <= columns) return std::string(text);
  std::string cut(text.substr(0, bytes_of(text, columns - 1)));
  cut += "…";
  return cut;
}

std::vector<std::string_view> wrapped(std::string_view text, std::size_t columns) {
  std::vector<std::string_view> pieces;
  while (columns_of(text) > columns) {
    const std::size_t limit = bytes_of(text, columns);
    std::size_t end = text.rfind(' ', limit);
    if (end == std::string_view::npos || end == 0) end = limit;
    pieces.push_back(text.substr(0, end));
    text.remove_prefix(end);
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  }
  if (!text.empty() || pieces.empty()) pieces.push_back(text);
  return pieces;
}

std::string printable(std::string_view text) {
  std::string shown(text);
  for (char& c : shown)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = c == '\n' || c == '\t' ? ' ' : '?';
  return shown;
}

std::string grouped(std::uint64_t number) {
  std::string digits = fmt::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, 1, ',');
  return digits;
}

}  // namespace natsim
