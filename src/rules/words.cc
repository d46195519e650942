#include "src/rules/words.h"

namespace natsim::rules {

std::vector<Word> Word::split(char separator) const {
  std::vector<Word> parts;
  std::size_t begin = 0;
  for (;;) {
    const std::size_t end = text.find(separator, begin);
    if (end == std::string::npos) break;
    parts.push_back(part(begin, end - begin));
    begin = end + 1;
  }
  parts.push_back(part(begin));
  return parts;
}

std::optional<std::vector<Word>> split_words(std::string_view line, std::uint32_t& bad_column) {
  std::vector<Word> words;
  Word word;
  bool in_word = false;
  std::uint32_t column = 0;
  const auto finish = [&] {
    if (in_word) words.push_back(std::move(word));
    word = {};
    in_word = false;
  };
  for (std::size_t i = 0; i < line.size(); ++i, ++column) {
    const char c = line[i];
    if ((static_cast<unsigned char>(c) & 0xc0) == 0x80) --column;  // goes on with a character
    if (c == ' ' || c == '\t') {
      finish();
      continue;
    }
    if (!in_word) word.column = column;
    in_word = true;
    if (c != '"') {
      word.text += c;
      continue;
    }
    const std::uint32_t opened = column;
    word.quoted = true;
    for (++i, ++column; i < line.size() && line[i] != '"'; ++i, ++column) {
      if (line[i] == '\\' && i + 1 < line.size()) ++i, ++column;
      if ((static_cast<unsigned char>(line[i]) & 0xc0) == 0x80) --column;
      word.text += line[i];
    }
    if (i >= line.size()) {
      bad_column = opened;
      return std::nullopt;
    }
    finish();  // whatever follows at once is the next word
  }
  finish();
  return words;
}

}  // namespace natsim::rules
