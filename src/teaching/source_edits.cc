#include "src/teaching/source_edits.h"

#include <algorithm>
#include <utility>

namespace natsim::teaching {
namespace {

using topology::Yaml;

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

std::vector<Yaml> items_of(Yaml list) {
  std::vector<Yaml> items;
  for (const Yaml item : list.items()) items.push_back(item);
  return items;
}

}  // namespace

SourceText::SourceText(std::string_view text) : text_(text), lines_{0} {
  for (auto at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1))
    lines_.push_back(at + 1);
}

// Columns count characters, offsets bytes.
std::optional<std::size_t> SourceText::offset_of(Place place) const {
  if (!place.known() || place.line > lines_.size()) return std::nullopt;
  std::size_t at = lines_[place.line - 1];
  for (std::uint32_t column = 1; column < place.column; ++column) {
    if (at >= text_.size() || text_[at] == '\n') return std::nullopt;
    ++at;
    while (at < text_.size() && is_continuation(text_[at])) ++at;
  }
  return at;
}

std::optional<Edit> SourceText::replaced(Yaml scalar, std::string text) const {
  auto at = offset_of(scalar.place());
  if (!at || !scalar.is_scalar() || *at >= text_.size()) return std::nullopt;
  const char first = text_[*at];
  if (first == '"' || first == '\'') ++*at;
  if (text_.substr(*at, scalar.text().size()) != scalar.text()) return std::nullopt;
  return Edit{*at, scalar.text().size(), std::move(text)};
}

std::optional<Edit> SourceText::without_item(Yaml list, std::size_t index) const {
  const std::vector<Yaml> items = items_of(list);
  const auto open = offset_of(list.place());
  if (!open || items.size() < 2 || text_[*open] != '[') return std::nullopt;
  const auto own = replaced(items[index], {});
  const auto other = replaced(items[index == 0 ? 1 : index - 1], {});
  if (!own || !other) return std::nullopt;
  // From the first item to the second, or from the end of the one before to its own end.
  const std::size_t begin = index == 0 ? own->offset : other->offset + other->length;
  const std::size_t end = index == 0 ? other->offset : own->offset + own->length;
  return Edit{begin, end - begin, {}};
}

std::optional<Edit> SourceText::whole_line(Yaml item) const {
  const auto at = offset_of(item.place());
  if (!at) return std::nullopt;
  const std::size_t begin = lines_[item.place().line - 1];
  const std::size_t end = std::min(text_.find('\n', begin), text_.size());
  const std::string_view line = text_.substr(begin, end - begin);
  const auto dash = line.find_first_not_of(' ');
  // A map in braces that ends where the line does, behind its dash.
  if (dash == std::string_view::npos || line[dash] != '-' || text_[*at] != '{') return std::nullopt;
  if (line.find_first_not_of("- ") != *at - begin || line.back() != '}') return std::nullopt;
  return Edit{begin, end - begin, std::string(line)};
}

std::optional<std::vector<Edit>> SourceText::swapped_lines(Yaml first, Yaml second) const {
  auto a = whole_line(first);
  auto b = whole_line(second);
  if (!a || !b || a->offset >= b->offset) return std::nullopt;
  std::swap(a->text, b->text);
  return std::vector<Edit>{std::move(*a), std::move(*b)};
}

}  // namespace natsim::teaching
