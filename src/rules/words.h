// A line of rules as words: quotes and all, as iptables-restore takes it apart.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace natsim::rules {

/// A word and where it begins, in characters from the line's start.
struct Word {
  std::string text;
  std::uint32_t column = 0;
  bool quoted = false;

  /// What follows its first `count` octets, which are ASCII.
  Word after(std::size_t count) const {
    return {text.substr(count), column + std::uint32_t(count), quoted};
  }
  /// Its part from `begin` on, `count` octets long; what comes before is ASCII.
  Word part(std::size_t begin, std::size_t count = std::string::npos) const {
    return {text.substr(begin, count), column + std::uint32_t(begin), quoted};
  }
  /// Its parts between `separator`s; one at least.
  std::vector<Word> split(char separator) const;
};

/// Takes the first line off `text`, and returns it without its end.
inline std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

/// Words are separated by spaces and tabs. A text in double quotes is one, with \ before a
/// character that stands for itself. nullopt: a quotation mark is not closed; `bad_column` is
/// where it stands.
std::optional<std::vector<Word>> split_words(std::string_view line, std::uint32_t& bad_column);

}  // namespace natsim::rules
