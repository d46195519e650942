#include "src/topology/render.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "src/topology/text_check.h"

namespace natsim {
namespace {

constexpr std::size_t kWidthMax = 100;  // of the shown part of a line, columns of the terminal
constexpr std::size_t kTabWidth = 4;

/// One character of a line as it is shown.
struct Cell {
  std::string text;
  std::size_t width = 1;
  char32_t point = 0;
};

struct Range {
  char32_t first, last;
};

bool in_ranges(char32_t point, const std::vector<Range>& ranges) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const Range& r) { return point >= r.first && point <= r.last; });
}

/// Columns that a terminal gives it: the big blocks of Unicode's East Asian Width, not every
/// exception.
std::size_t width_of(char32_t point) {
  static const std::vector<Range> zero = {{0x300, 0x36f},   {0x200b, 0x200f}, {0x202a, 0x202e},
                                          {0x2060, 0x2069}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f},
                                          {0xfeff, 0xfeff}};
  static const std::vector<Range> wide = {{0x1100, 0x115f},   {0x2e80, 0x303e},  {0x3041, 0xa4cf},
                                          {0xac00, 0xd7a3},   {0xf900, 0xfaff},  {0xfe30, 0xfe6f},
                                          {0xff00, 0xff60},   {0xffe0, 0xffe6},  {0x1f300, 0x1f64f},
                                          {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};
  if (point < 0x300) return 1;
  return in_ranges(point, zero) ? 0 : in_ranges(point, wide) ? 2 : 1;
}

/// Direction marks could make a line read as something else; they are shown as what they are.
bool is_harmful(char32_t point) {
  return point < 0x20 || (point >= 0x7f && point < 0xa0) || (point >= 0x202a && point <= 0x202e) ||
         (point >= 0x2066 && point <= 0x2069);
}

std::vector<Cell> cells_of(std::string_view line, std::size_t from, std::size_t count) {
  std::vector<Cell> cells;
  std::size_t index = 0;
  while (!line.empty() && index < from + count) {
    const std::size_t length = topology::utf8_length(line);
    if (index++ >= from) {
      const char32_t point = length == 0 ? 0 : topology::utf8_decode(line);
      if (point == '\t')
        cells.push_back({std::string(kTabWidth, ' '), kTabWidth, ' '});
      else if (is_harmful(point))
        cells.push_back({"\xef\xbf\xbd", 1, point});
      else
        cells.push_back({std::string(line.substr(0, length)), width_of(point), point});
    }
    line.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return cells;
}

/// How many cells from `at` on belong to what stands there: a quoted text, a word, or a sign.
std::size_t token_length(const std::vector<Cell>& cells, std::size_t at) {
  const auto point = [&](std::size_t i) { return i < cells.size() ? cells[i].point : U' '; };
  if (point(at) == '"' || point(at) == '\'') {
    for (std::size_t i = at + 1; i < cells.size(); ++i)
      if (point(i) == point(at)) return i - at + 1;
    return 1;
  }
  constexpr std::u32string_view kSigns = U"{}[],&*!|>%@`#";
  if (kSigns.find(point(at)) != std::u32string_view::npos) return 1;
  std::size_t end = at;
  for (; end < cells.size(); ++end) {
    const char32_t c = point(end);
    if (c == ' ' || c == ',' || c == ']' || c == '}') break;
    if (c == ':' && (point(end + 1) == ' ' || end + 1 == cells.size())) break;
  }
  return std::max<std::size_t>(1, end - at);
}

struct Excerpt {
  std::string line, marks;
};

Excerpt excerpt_of(std::string_view line, std::size_t column) {
  const std::size_t at = column - 1;
  // Of a line that is too long, what is around the place: two thirds of it behind.
  const bool cut_front = at > kWidthMax * 2 / 3;
  const std::size_t from = cut_front ? at - kWidthMax / 3 : 0;
  auto cells = cells_of(line, from, kWidthMax + 1);
  const std::size_t caret = std::min(at - from, cells.size());
  std::size_t end = 0;
  for (std::size_t width = 0; end < cells.size(); ++end)
    if ((width += cells[end].width) > kWidthMax) break;
  const bool cut_back = end < cells.size();
  const std::size_t length = token_length(cells, caret);

  Excerpt out;
  if (cut_front) out.line = "…", out.marks = " ";
  for (std::size_t i = 0; i < end; ++i) {
    out.line += cells[i].text;
    if (i < caret) out.marks += std::string(cells[i].width, ' ');
    if (i > caret && i < caret + length) out.marks += std::string(cells[i].width, '~');
    if (i == caret)
      out.marks += '^' + std::string(std::max<std::size_t>(cells[i].width, 1) - 1, '~');
  }
  if (caret >= end) out.marks += '^';
  if (cut_back) out.line += "…";
  return out;
}

struct Paint {
  bool on;
  std::string operator()(std::string_view code, std::string_view text) const {
    if (!on) return std::string(text);
    return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
  }
};

}  // namespace

std::string render_problem(const Problem& problem, const SourceMap& sources, bool colour) {
  const Paint paint{colour};
  const bool error = problem.severity == Severity::error;
  const std::string_view shade = error ? "1;31" : "1;35";
  const Place place = problem.place;
  std::string out;
  if (place.file < sources.size()) {
    std::string where = sources.file(place.file).name + ':';
    if (place.known()) where += fmt::format("{}:{}:", place.line, place.column);
    out += paint("1", where) + ' ';
  }
  out += paint(shade, error ? "error:" : "warning:") + ' ' + paint("1", problem.message) + '\n';
  const bool has_line = place.known() && place.column > 0 && place.file < sources.size();
  if (has_line) {
    const auto excerpt = excerpt_of(sources.line(place.file, place.line), place.column);
    out += fmt::format("{:>5} | {}\n      | {}\n", place.line, excerpt.line,
                       paint(error ? "1;31" : "1;35", excerpt.marks));
  }
  if (!problem.hint.empty()) out += fmt::format("      = {}\n", problem.hint);
  return out;
}

}  // namespace natsim
