#include "src/topology/yaml_explain.h"

#include <algorithm>
#include <istream>
#include <streambuf>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "src/topology/yaml_parse.h"
#include "src/topology/yaml_syntax.h"

namespace natsim::topology {
namespace {

/// Ends the reading from within yaml-cpp's callbacks; never leaves this file.
struct GivenUp {};

/// yaml-cpp holds a bracketed collection back until it has seen its end, at about 250 bytes of
/// memory a token. These bound what it may hold back.
struct HeldBack {
  static constexpr std::uint32_t kSeparatorsMax = 200'000;
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
    if (held_.open > HeldBack::kOpenMax || held_.separators > HeldBack::kSeparatorsMax)
      throw GivenUp();
    char* begin = const_cast<char*>(piece.data());  // std::streambuf only reads from it.
    setg(begin, begin, begin + piece.size());
    return traits_type::to_int_type(*begin);
  }

 private:
  std::string_view rest_;
  HeldBack& held_;
};

/// Keeps nothing but the lists and maps that are open.
class OpenCollections : public YAML::EventHandler {
 public:
  using Mark = YAML::Mark;
  using Anchor = YAML::anchor_t;
  using Style = YAML::EmitterStyle::value;
  struct Open {
    Mark mark;
    char bracket;  // '[', '{', or 0: in block style
  };

  explicit OpenCollections(HeldBack& held) : held_(held) {}

  /// The innermost one, if it is in brackets.
  const Open* bracket() const {
    return open_.empty() || open_.back().bracket == 0 ? nullptr : &open_.back();
  }

  void OnDocumentStart(const Mark&) override {
    if (std::exchange(started_, true)) throw GivenUp();  // On ",," it would never end.
  }
  void OnDocumentEnd() override {}
  void OnNull(const Mark&, Anchor) override { held_ = {}; }
  void OnAlias(const Mark&, Anchor) override { held_ = {}; }
  void OnScalar(const Mark&, const std::string&, Anchor, const std::string&) override {
    held_ = {};
  }
  void OnSequenceStart(const Mark& mark, const std::string&, Anchor, Style style) override {
    open(mark, style == YAML::EmitterStyle::Flow ? '[' : 0);
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapStart(const Mark& mark, const std::string&, Anchor, Style style) override {
    open(mark, style == YAML::EmitterStyle::Flow ? '{' : 0);
  }
  void OnMapEnd() override { open_.pop_back(); }

 private:
  void open(const Mark& mark, char bracket) {
    held_ = {};
    if (open_.size() >= kYamlDepthMax) throw GivenUp();
    open_.push_back({mark, bracket});
  }

  HeldBack& held_;
  bool started_ = false;
  std::vector<Open> open_;
};

std::size_t offset_of(const YAML::Mark& mark, std::string_view text) {
  return std::min(std::size_t(std::max(mark.pos, 0)), text.size());
}

std::string_view line_at(std::string_view text, const YAML::Mark& mark) {
  const auto at = offset_of(mark, text);
  const auto begin = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
  return text.substr(begin, text.find('\n', begin) - begin);
}

/// yaml-cpp counts bytes; columns are characters, counted from 1.
Place place_of(const YAML::Mark& mark, std::string_view text, std::uint32_t file) {
  const auto at = offset_of(mark, text);
  const auto before = std::min(std::size_t(std::max(mark.column, 0)), at);
  const auto line = text.substr(at - before, before);
  const auto characters = std::count_if(line.begin(), line.end(), [](char c) {
    return (c & 0xc0) != 0x80;  // not the second or later byte of one
  });
  return {file, std::uint32_t(std::max(mark.line, 0)) + 1, std::uint32_t(characters) + 1};
}

/// What is wrong where yaml-cpp stopped.
Problem syntax_problem(const YAML::Exception& error, std::string_view text, std::uint32_t file,
                       const OpenCollections::Open* open) {
  const bool at_end =
      text.find_first_not_of(" \r\n", offset_of(error.mark, text)) == std::string_view::npos;
  if (open != nullptr && at_end)
    return {Severity::error, place_of(open->mark, text, file), "this bracket is never closed", ""};
  auto [message, hint, column] = explain_syntax(error.msg, line_at(text, error.mark));
  if (open != nullptr && hint.empty()) {
    const Place place = place_of(open->mark, text, file);
    hint = fmt::format("'{}' was opened at {}:{}", open->bracket, place.line, place.column);
  }
  Place place = place_of(error.mark, text, file);
  if (column != 0) place.column = column;
  return {Severity::error, place, std::move(message), std::move(hint)};
}

}  // namespace

std::optional<Problem> explain_yaml(std::string_view text, std::uint32_t file) {
  HeldBack held;
  OpenCollections handler(held);
  try {
    CountingBuffer buffer(text, held);
    std::istream stream(&buffer);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(handler)) continue;
  } catch (const GivenUp&) {
    return std::nullopt;
  } catch (const YAML::Exception& error) {
    return syntax_problem(error, text, file, handler.bracket());
  }
  return std::nullopt;
}

}  // namespace natsim::topology
