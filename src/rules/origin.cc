#include "src/rules/origin.h"

#include <algorithm>

namespace natsim::rules {
namespace {

/// Where the text begins in the line that it was written in, as a column; 0: not in one piece.
std::uint32_t column_in_line(Place scalar, std::string_view text, std::string_view line) {
  const std::size_t begin = scalar.column - 1;
  const std::string_view before = line.substr(0, begin);
  const bool ascii =
      std::all_of(before.begin(), before.end(), [](char c) { return (c & 0x80) == 0; });
  if (!ascii || begin >= line.size() || text.empty()) return 0;
  const bool is_quoted = line[begin] == '"' || line[begin] == '\'';
  const bool same = line.substr(begin + (is_quoted ? 1 : 0), text.size()) == text;
  return same ? scalar.column + (is_quoted ? 1 : 0) : 0;
}

}  // namespace

Origin Origin::scalar(Place scalar, std::string_view text, const SourceMap& sources) {
  const Origin fixed(scalar, true);
  if (scalar.file >= sources.size()) return fixed;
  const std::string_view header = sources.line(scalar.file, scalar.line);
  if (const std::uint32_t column = column_in_line(scalar, text, header); column != 0)
    return Origin({scalar.file, scalar.line, column}, false);
  if (header.find('|') == std::string_view::npos) return fixed;
  // The first line with anything in it tells how far the block is indented.
  std::uint32_t line = scalar.line + 1;
  for (; !text.empty() && text.front() == '\n'; text.remove_prefix(1)) ++line;
  const std::string_view first = text.substr(0, text.find('\n'));
  const std::string_view written = sources.line(scalar.file, line);
  if (first.empty() || written.size() < first.size() ||
      written.substr(written.size() - first.size()) != first)
    return fixed;
  const auto indent = std::uint32_t(written.size() - first.size());
  return Origin({scalar.file, scalar.line + 1, indent + 1}, false);
}

Origin Origin::lines(std::vector<Place> places) {
  Origin made({}, true);
  made.lines_ = std::move(places);
  return made;
}

}  // namespace natsim::rules
