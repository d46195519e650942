#include "src/report/rule_tables.h"

#include <algorithm>
#include <span>
#include <string_view>

#include <fmt/format.h>

#include "src/report/names.h"
#include "src/report/text.h"
#include "src/report/text_table.h"

namespace natsim {
namespace {

constexpr std::string_view kNoBreakSpace = "\u00a0";
constexpr std::size_t kInOnePieceMax = 18;

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
    text.replace(at, what.size(), with);
  return text;
}

class NodeTable {
 public:
  /// REQUIRES: `rows` are those of one node, and not empty.
  NodeTable(std::span<const RuleRow> rows, const SourceMap& sources)
      : sources_(sources), file_(main_file(rows)), table_(title(rows.front().node), kColumns, 1) {
    for (const RuleRow& row : rows) add(row);
  }

  std::string render(const Palette& palette) const {
    return replaced(table_.render(palette), kNoBreakSpace, " ");
  }

 private:
  static inline const std::vector<TextTable::Column> kColumns = {{"pkts", TextTable::Align::right},
                                                                 {"bytes", TextTable::Align::right},
                                                                 {"target"},
                                                                 {"prot"},
                                                                 {"opt"},
                                                                 {"in"},
                                                                 {"out"},
                                                                 {"source"},
                                                                 {"destination"},
                                                                 {""}};

  /// That of the first rule that is written anywhere; its line is 0 if none is.
  static Place main_file(std::span<const RuleRow> rows) {
    const auto row = std::find_if(rows.begin(), rows.end(),
                                  [](const RuleRow& r) { return r.label.place.known(); });
    return row == rows.end() ? Place() : row->label.place;
  }

  std::string title(const std::string& node) const {
    const std::string place = short_place(sources_, file_);
    return "Rules of " + node +
           (place.empty() ? "" : " (" + place.substr(0, place.rfind(':')) + ")");
  }

  std::string place_words(Place place) const {
    if (place.known() && place.file == file_.file) return fmt::format(":{}", place.line);
    return short_place(sources_, place);
  }

  /// A rule's matches and options, and whose rule it is, as iptables shows comments:
  /// "tcp dpt:80 /* nas-web :43 */". A short comment stays in one piece.
  std::string details(const RuleRow& row) const {
    const std::string& own = row.columns.details;
    std::string words = printable(row.label.name);
    if (own.find("/* " + words + " */") != std::string::npos) words.clear();
    const std::string place = place_words(row.label.place);
    if (!place.empty()) words += (words.empty() ? "" : " ") + place;
    if (words.empty()) return own;
    if (columns_of(words) <= kInOnePieceMax) words = replaced(words, " ", kNoBreakSpace);
    return fmt::format("{}{}/*{}{}{}*/", own, own.empty() ? "" : " ", kNoBreakSpace, words,
                       kNoBreakSpace);
  }

  void add(const RuleRow& row) {
    const bool new_table = row.label.table != kind_;
    if (new_table) table_.add_note(0, {"Table " + row.label.table});
    if (new_table || row.heading != heading_) table_.add_note(0, {row.heading, Ink::bold});
    kind_ = row.label.table;
    heading_ = row.heading;
    const rules::ListColumns& c = row.columns;
    if (c.packets.empty()) return;  // A policy is in the heading.
    const Ink ink = row.counters.packets == 0 ? Ink::dim : Ink::plain;
    std::vector<Cell> cells;
    for (const std::string& text : {c.packets, c.bytes, c.target, c.protocol, c.fragment, c.in,
                                    c.out, c.source, c.destination, details(row)})
      cells.push_back({text, ink});
    table_.add(std::move(cells));
  }

  const SourceMap& sources_;
  Place file_;
  TextTable table_;
  std::string kind_ = "filter", heading_;
};

}  // namespace

std::string rule_tables(const Results& results, const SourceMap& sources, const Palette& palette) {
  std::string text;
  const std::span<const RuleRow> rows(results.rules);
  for (std::size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
    while (end < rows.size() && rows[end].node == rows[begin].node) ++end;
    text += (text.empty() ? "" : "\n") +
            NodeTable(rows.subspan(begin, end - begin), sources).render(palette);
  }
  return text;
}

}  // namespace natsim
