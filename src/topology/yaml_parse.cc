#include "src/topology/yaml_parse.h"

#include <algorithm>
#include <istream>
#include <optional>
#include <streambuf>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "src/topology/yaml_syntax.h"

namespace natsim::topology {
namespace {

/// Ends the parsing from within yaml-cpp's callbacks; never leaves this file.
struct Refused {
  std::optional<YAML::Mark> mark;  // none: after the last event
  std::string message, hint;
};

/// yaml-cpp holds a bracketed collection back until it has seen its end, at about 250 bytes of
/// memory a token. These bound what it may hold back.
struct HeldBack {
  static constexpr std::uint32_t kSeparatorsMax = 2'000'000;
  static constexpr std::int64_t kOpenMax = 10'000;
  std::uint32_t separators = 0;
  std::int64_t open = 0;
};

/// Hands the text out piece by piece, and counts what yaml-cpp has taken in since its last event.
class CountingBuffer : public std::streambuf {
 public:
  CountingBuffer(std::string_view text, HeldBack& held) : rest_(text), held_(held) {}

 protected:
  int_type underflow() override {
    const auto piece = rest_.substr(0, 4096);
    if (piece.empty()) return traits_type::eof();
    rest_.remove_prefix(piece.size());
    for (const char c : piece) {
      held_.separators += c == ',' || c == '[' || c == '{';
      held_.open += (c == '[' || c == '{') - (c == ']' || c == '}');
    }
    if (held_.open > HeldBack::kOpenMax)
      throw Refused{{}, fmt::format("more than {} levels of nesting", kYamlDepthMax), ""};
    if (held_.separators > HeldBack::kSeparatorsMax)
      throw Refused{
          {},
          fmt::format("a bracketed list or map with more than {} items", HeldBack::kSeparatorsMax),
          "write large ones in block style, a line an item"};
    char* begin = const_cast<char*>(piece.data());  // std::streambuf only reads from it.
    setg(begin, begin, begin + piece.size());
    return traits_type::to_int_type(*begin);
  }

 private:
  std::string_view rest_;
  HeldBack& held_;
};

/// Characters, not bytes, counted from 1. Marks arrive in the order of the text, so that each byte
/// is looked at once.
class Columns {
 public:
  explicit Columns(std::string_view text) : text_(text) {
    ascii_ = std::none_of(text.begin(), text.end(), [](char c) { return (c & 0x80) != 0; });
  }
  std::uint32_t of(const YAML::Mark& mark) {
    const auto bytes = std::uint32_t(std::max(mark.column, 0));
    if (ascii_) return bytes + 1;
    const auto at = std::min(std::size_t(std::max(mark.pos, 0)), text_.size());
    const std::size_t begin = at - std::min<std::size_t>(bytes, at);
    if (begin != line_begin_ || at < at_) line_begin_ = at_ = begin, column_ = 1;
    for (; at_ < at; ++at_) column_ += (text_[at_] & 0xc0) != 0x80;
    return column_;
  }

 private:
  std::string_view text_;
  bool ascii_;
  std::size_t line_begin_ = 0, at_ = 0;
  std::uint32_t column_ = 1;
};

class TreeBuilder : public YAML::EventHandler {
 public:
  using Mark = YAML::Mark;
  using Anchor = YAML::anchor_t;
  using Style = YAML::EmitterStyle::value;

  TreeBuilder(YamlTree& tree, std::string_view text, HeldBack& held)
      : tree_(tree), text_(text), columns_(text), held_(held) {}

  void OnDocumentStart(const Mark& mark) override {
    if (++documents_ > 1)
      throw Refused{mark, "a second document", "a topology file is one; remove the line '---'"};
  }
  void OnDocumentEnd() override {}
  void OnNull(const Mark& mark, Anchor anchor) override {
    // yaml-cpp reports a plain `null` like an empty value; here it is a word like any other. Of two
    // reports at the same place only the second can be the word: the first is the empty value
    // before it.
    auto& nodes = tree_.nodes();
    if (last_word_null_ != YamlTree::kNone && last_null_pos_ == mark.pos)
      nodes[last_word_null_].kind = YamlKind::nothing;
    const std::string_view word = null_word_at(mark);
    const auto index = add(mark, word.empty() ? YamlKind::nothing : YamlKind::scalar, anchor, "?");
    if (word.empty()) return;
    set_text(index, word);
    nodes[index].plain = true;
    last_word_null_ = index;
    last_null_pos_ = mark.pos;
  }
  void OnAlias(const Mark& mark, Anchor anchor) override {
    const auto target = anchor < anchors_.size() ? anchors_[anchor] : YamlTree::kNone;
    if (target == YamlTree::kNone) throw Refused{mark, "an alias for which there is no anchor", ""};
    for (const Open& open : open_)
      if (open.index == target) throw Refused{mark, "an alias inside of what it stands for", ""};
    const auto index = add(mark, YamlKind::nothing, 0, "");
    tree_.nodes()[index].alias = true;
    tree_.nodes()[index].first = target;
  }
  void OnScalar(const Mark& mark, const std::string& tag, Anchor anchor,
                const std::string& value) override {
    const auto index = add(mark, YamlKind::scalar, anchor, tag);
    if (tag == "!" && !quote_is_closed(mark))
      throw Refused{mark, "the quotation mark is not closed",
                    ""};  // yaml-cpp takes the end of the file
    set_text(index, value);
    tree_.nodes()[index].plain = tag == "?";
  }
  void OnSequenceStart(const Mark& mark, const std::string& tag, Anchor anchor,
                       Style style) override {
    open(mark, YamlKind::list, anchor, tag, style);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const Mark& mark, const std::string& tag, Anchor anchor, Style style) override {
    open(mark, YamlKind::map, anchor, tag, style);
  }
  void OnMapEnd() override {
    tree_.nodes()[open_.back().index].size /= 2;
    close();
  }

  Mark last_mark() const { return last_mark_; }
  Place place_of(const Mark& mark, std::uint32_t file) {
    return {file, std::uint32_t(std::max(mark.line, 0)) + 1, columns_.of(mark)};
  }

  /// The innermost bracket that is open.
  const YamlTree::Node* open_bracket() const {
    if (open_.empty() || !open_.back().bracket) return nullptr;
    return &std::as_const(tree_).nodes()[open_.back().index];
  }

 private:
  struct Open {
    std::uint32_t index;
    std::uint32_t last = YamlTree::kNone;
    bool bracket = false;
  };

  std::uint32_t add(const Mark& mark, YamlKind kind, Anchor anchor, const std::string& tag) {
    held_ = {};
    last_mark_ = mark;
    auto& nodes = tree_.nodes();
    if (nodes.size() >= kYamlNodesMax)
      throw Refused{mark, fmt::format("more than {} values in one file", kYamlNodesMax), ""};
    if (!tag.empty() && tag != "?" && tag != "!")
      throw Refused{mark, "a tag ('!…') has no meaning here",
                    "text that begins with '!' needs quotes"};
    const auto index = std::uint32_t(nodes.size());
    YamlTree::Node node;
    node.line = std::uint32_t(std::max(mark.line, 0)) + 1;
    node.column = columns_.of(mark);
    node.kind = kind;
    nodes.push_back(node);
    if (anchor != 0) {
      if (anchors_.size() <= anchor) anchors_.resize(anchor + 1, YamlTree::kNone);
      anchors_[anchor] = index;
    }
    if (open_.empty()) return index;
    Open& parent = open_.back();
    (parent.last == YamlTree::kNone ? nodes[parent.index].first : nodes[parent.last].next) = index;
    parent.last = index;
    ++nodes[parent.index].size;
    return index;
  }

  void set_text(std::uint32_t index, std::string_view value) {
    tree_.nodes()[index].first = std::uint32_t(tree_.text().size());
    tree_.nodes()[index].size = std::uint32_t(value.size());
    tree_.text().append(value);
  }

  void open(const Mark& mark, YamlKind kind, Anchor anchor, const std::string& tag, Style style) {
    const auto index = add(mark, kind, anchor, tag);
    if (open_.size() >= kYamlDepthMax)
      throw Refused{mark, fmt::format("more than {} levels of nesting", kYamlDepthMax), ""};
    open_.push_back({index, YamlTree::kNone, style == YAML::EmitterStyle::Flow});
  }
  void close() { open_.pop_back(); }

  /// Whether a text that begins with a quotation mark has another one at its end.
  bool quote_is_closed(const Mark& mark) const {
    std::size_t at = std::size_t(std::max(mark.pos, 0));
    if (at >= text_.size()) return true;
    const char quote = text_[at];
    if (quote != '"' && quote != '\'') return true;  // a block scalar
    for (++at; at < text_.size(); ++at) {
      if (quote == '"' && text_[at] == '\\') {
        ++at;
      } else if (text_[at] == quote) {
        if (quote == '"' || text_.substr(at + 1, 1) != "'") return true;
        ++at;  // '' stands for one '
      }
    }
    return false;
  }

  std::string_view null_word_at(const Mark& mark) const {
    if (mark.pos < 0 || std::size_t(mark.pos) >= text_.size()) return {};
    const auto here = text_.substr(std::size_t(mark.pos));
    for (const std::string_view word : {"~", "null", "Null", "NULL"}) {
      if (here.substr(0, word.size()) != word) continue;
      const auto after = here.substr(word.size(), 1);
      if (after.empty() || std::string_view(" \t\r\n,]}:").find(after[0]) != std::string_view::npos)
        return word;
    }
    return {};
  }

  YamlTree& tree_;
  std::string_view text_;
  Columns columns_;
  HeldBack& held_;
  std::vector<Open> open_;
  std::vector<std::uint32_t> anchors_;
  int documents_ = 0;
  Mark last_mark_;
  std::uint32_t last_word_null_ = YamlTree::kNone;
  int last_null_pos_ = -1;
};

std::string_view line_at(std::string_view text, const YAML::Mark& mark) {
  const auto at = std::min(std::size_t(std::max(mark.pos, 0)), text.size());
  const auto begin = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
  return text.substr(begin, text.find('\n', begin) - begin);
}

/// What is wrong where yaml-cpp stopped.
Problem syntax_problem(const YAML::Exception& error, std::string_view text, std::uint32_t file,
                       TreeBuilder& builder) {
  const auto at = std::size_t(std::max(error.mark.pos, 0));
  const bool at_end = text.find_first_not_of(" \r\n", at) == std::string_view::npos;
  const auto* open = builder.open_bracket();
  if (open != nullptr && at_end)
    return {Severity::error, {file, open->line, open->column}, "this bracket is never closed", ""};
  auto [message, hint, column] = explain_syntax(error.msg, line_at(text, error.mark));
  if (open != nullptr && hint.empty())
    hint = fmt::format("'{}' was opened at {}:{}", open->kind == YamlKind::map ? '{' : '[',
                       open->line, open->column);
  Place place = builder.place_of(error.mark, file);
  if (column != 0) place.column = column;
  return {Severity::error, place, std::move(message), std::move(hint)};
}

}  // namespace

YamlResult parse_yaml(std::string_view text, std::uint32_t file) {
  YamlResult result;
  result.tree.set_file(file);
  HeldBack held;
  TreeBuilder builder(result.tree, text, held);
  try {
    CountingBuffer buffer(text, held);
    std::istream stream(&buffer);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) continue;
  } catch (const Refused& refused) {
    const Place place = builder.place_of(refused.mark.value_or(builder.last_mark()), file);
    result.problems.push_back({Severity::error, place, refused.message, refused.hint});
  } catch (const YAML::Exception& error) {
    result.problems.push_back(syntax_problem(error, text, file, builder));
  }
  if (!result.problems.empty()) result.tree = {};
  return result;
}

}  // namespace natsim::topology
