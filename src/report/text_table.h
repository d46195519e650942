// Columns under a heading, aligned, within kReportColumns.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "src/report/ink.h"
#include "src/report/text.h"

namespace natsim {

struct Cell {
  std::string text;
  Ink ink = Ink::plain;
};

/// The last column gets what room is left and goes on below itself if it needs more; others that
/// would push it out are shortened, widest first.
class TextTable {
 public:
  enum class Align { left, right };
  struct Column {
    std::string head;
    Align align = Align::left;
  };

  /// `gap`: blanks between columns.
  TextTable(std::string title, std::vector<Column> columns, std::size_t gap = 2);

  /// REQUIRES: as many cells as columns.
  void add(std::vector<Cell> row) { rows_.push_back({std::move(row), kNoNote}); }
  /// A line below the last row, if any, that begins under column `column` and takes all room from
  /// there; it makes no column wider. REQUIRES: there is such a column.
  void add_note(std::size_t column, Cell cell);
  bool empty() const { return rows_.empty(); }
  /// Title, heads and rows, each line indented but for the title; "" without rows.
  std::string render(const Palette& palette) const;

 private:
  struct Row {
    std::vector<Cell> cells;  ///< one a column, or of a note the only one
    std::size_t note_at = kNoNote;
  };
  static constexpr std::size_t kNoNote = ~std::size_t(0);

  std::vector<std::size_t> widths() const;
  void append_note(std::string& text, const Row& note, const std::vector<std::size_t>& widths,
                   const Palette& palette) const;
  void append_row(std::string& text, const std::vector<Cell>& row,
                  const std::vector<std::size_t>& widths, const Palette& palette) const;

  std::string title_;
  std::vector<Column> columns_;
  std::size_t gap_;
  std::vector<Row> rows_;
};

}  // namespace natsim
