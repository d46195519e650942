#include "src/rules/shell_words.h"

namespace natsim::rules {
namespace {

/// Characters are counted where they begin.
bool goes_on(char octet) { return (static_cast<unsigned char>(octet) & 0xc0) == 0x80; }

class Splitter {
 public:
  explicit Splitter(std::string_view line) : line_(line) {}

  std::optional<std::vector<Word>> split(std::uint32_t& bad_column) {
    while (at_ < line_.size()) {
      const char c = line_[at_];
      if (c == ' ' || c == '\t') {
        finish();
      } else if (c == '#' && !in_word_) {
        break;
      } else if (c == '\'' || c == '"') {
        begin();
        const std::uint32_t opened = column_;
        if (!take_quoted(c)) {
          bad_column = opened;
          return std::nullopt;
        }
      } else {
        begin();
        if (c == '\\' && at_ + 1 < line_.size()) step();
        word_.text += line_[at_];
      }
      step();
    }
    finish();
    return std::move(words_);
  }

 private:
  void step() {
    ++at_;
    if (at_ < line_.size() && !goes_on(line_[at_])) ++column_;
  }
  void begin() {
    if (!in_word_) word_.column = column_;
    in_word_ = true;
  }
  void finish() {
    if (in_word_) words_.push_back(std::move(word_));
    word_ = {};
    in_word_ = false;
  }
  /// Ends on the closing mark.
  bool take_quoted(char mark) {
    word_.quoted = true;
    for (step(); at_ < line_.size() && line_[at_] != mark; step()) {
      const bool escapes = mark == '"' && line_[at_] == '\\' && at_ + 1 < line_.size() &&
                           (line_[at_ + 1] == '"' || line_[at_ + 1] == '\\');
      if (escapes) step();
      word_.text += line_[at_];
    }
    return at_ < line_.size();
  }

  std::string_view line_;
  std::size_t at_ = 0;
  std::uint32_t column_ = 0;
  Word word_;
  bool in_word_ = false;
  std::vector<Word> words_;
};

}  // namespace

std::optional<std::vector<Word>> split_shell_words(std::string_view line,
                                                   std::uint32_t& bad_column) {
  return Splitter(line).split(bad_column);
}

}  // namespace natsim::rules
