#include "src/report/text_table.h"

#include <algorithm>
#include <numeric>

#include "sim/base/check.h"

namespace natsim {
namespace {

constexpr std::size_t kIndent = 2;
constexpr std::size_t kLastColumnMin = 24;  // narrower, and wrapped text is no pleasure
constexpr std::size_t kColumnMin = 8;

}  // namespace

TextTable::TextTable(std::string title, std::vector<Column> columns, std::size_t gap)
    : title_(std::move(title)), columns_(std::move(columns)), gap_(gap) {
  SIM_CHECK(!columns_.empty());
}

void TextTable::add_note(std::size_t column, Cell cell) {
  SIM_CHECK(column < columns_.size());
  rows_.push_back({{std::move(cell)}, column});
}

std::vector<std::size_t> TextTable::widths() const {
  std::vector<std::size_t> widths;
  for (const Column& column : columns_) widths.push_back(columns_of(column.head));
  for (const Row& row : rows_)
    for (std::size_t i = 0; row.note_at == kNoNote && i < row.cells.size(); ++i)
      widths[i] = std::max(widths[i], columns_of(row.cells[i].text));
  const std::size_t room = kReportColumns - kIndent - gap_ * (columns_.size() - 1);
  const auto total = [&] { return std::accumulate(widths.begin(), widths.end(), std::size_t(0)); };
  std::size_t& last = widths.back();
  if (total() > room) {
    const std::size_t others = total() - last;
    last = std::max(std::min(last, kLastColumnMin), room > others ? room - others : 0);
  }
  while (total() > room) {
    auto widest = std::max_element(widths.begin(), widths.end() - 1);
    if (widest == widths.end() - 1 || *widest <= kColumnMin) break;
    --*widest;
  }
  return widths;
}

void TextTable::append_row(std::string& text, const std::vector<Cell>& row,
                           const std::vector<std::size_t>& widths, const Palette& palette) const {
  SIM_CHECK(row.size() == columns_.size());
  text.append(kIndent, ' ');
  std::size_t blanks = 0, column = kIndent;  // blanks are written when something follows them
  for (std::size_t i = 0; i + 1 < row.size(); ++i) {
    const std::string shown = shortened(row[i].text, widths[i]);
    const std::size_t spare = widths[i] - columns_of(shown);
    const bool right = columns_[i].align == Align::right;
    text.append(blanks + (right ? spare : 0), ' ');
    palette.append(text, row[i].ink, shown);
    blanks = (right ? 0 : spare) + gap_;
    column += widths[i] + gap_;
  }
  const Cell& last = row.back();
  bool first = true;
  for (const std::string_view piece : wrapped(last.text, std::max(widths.back(), kColumnMin))) {
    const std::size_t spare = widths.back() - std::min(widths.back(), columns_of(piece));
    const std::size_t lead = columns_.back().align == Align::right ? spare : 0;
    if (!piece.empty()) text.append((first ? blanks : column) + lead, ' ');
    palette.append(text, last.ink, piece);
    text += '\n';
    first = false;
  }
}

void TextTable::append_note(std::string& text, const Row& note,
                            const std::vector<std::size_t>& widths, const Palette& palette) const {
  std::size_t indent = kIndent;
  for (std::size_t i = 0; i < note.note_at; ++i) indent += widths[i] + gap_;
  const Cell& cell = note.cells.front();
  const std::size_t room = kReportColumns - std::min(indent, kReportColumns - kLastColumnMin);
  for (const std::string_view piece : wrapped(cell.text, room)) {
    text.append(indent, ' ');
    palette.append(text, cell.ink, piece);
    text += '\n';
  }
}

std::string TextTable::render(const Palette& palette) const {
  if (rows_.empty()) return {};
  const std::vector<std::size_t> columns = widths();
  std::string text;
  for (const std::string_view piece : wrapped(title_, kReportColumns)) {
    palette.append(text, Ink::bold, piece);
    text += '\n';
  }
  std::vector<Cell> heads;
  bool any_head = false;
  for (const Column& column : columns_) {
    heads.push_back({column.head, Ink::dim});
    any_head |= !column.head.empty();
  }
  if (any_head) append_row(text, heads, columns, palette);
  for (const Row& row : rows_)
    if (row.note_at == kNoNote)
      append_row(text, row.cells, columns, palette);
    else
      append_note(text, row, columns, palette);
  return text;
}

}  // namespace natsim
