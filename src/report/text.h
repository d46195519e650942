// Text in columns: UTF-8 measured, padded, cut and wrapped as a terminal shows it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace natsim {

/// No line of a report is wider, so that it fits a terminal, a slide and a diff.
inline constexpr std::size_t kReportColumns = 100;

/// Columns that `text` takes: one a code point. Reports hold no wide or combining characters but
/// those of the user's own names.
std::size_t columns_of(std::string_view text);

/// Appends `text`, and blanks up to `columns` behind it or before it.
void append_left(std::string& line, std::string_view text, std::size_t columns);
void append_right(std::string& line, std::string_view text, std::size_t columns);

/// The text, or as much of it as fits in front of an ellipsis. REQUIRES: columns > 0.
std::string shortened(std::string_view text, std::size_t columns);

/// Splits at blanks so that no piece is wider than `columns`; a word that is wider by itself is
/// split where it must. At least one piece.
std::vector<std::string_view> wrapped(std::string_view text, std::size_t columns);

/// What a terminal may be shown of a text that came from elsewhere: control characters become '?'.
std::string printable(std::string_view text);

/// "12,345".
std::string grouped(std::uint64_t number);

}  // namespace natsim
