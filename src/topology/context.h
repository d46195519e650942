// What one reading of a file collects: its problems, and how much it has looked at.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "sim/base/place.h"
#include "sim/base/result.h"
#include "src/topology/source_map.h"

namespace natsim::topology {

/// Why a file could not be read, in the system's words.
struct Unreadable {
  std::string why;
};
/// Reads a file that the text names; its path is as written.
using FileLoader = std::function<Result<SourceFile, Unreadable>(const std::string& path)>;

class Context {
 public:
  Context() = default;
  /// `sources` holds the text that is read, and gets those that it names. Not owned. Without a
  /// `loader` no other file can be read.
  Context(SourceMap& sources, FileLoader loader) : sources_(&sources), load_(std::move(loader)) {}

  /// nullptr where only values are read.
  SourceMap* sources() const { return sources_; }
  /// Empty where no other file may be read.
  const FileLoader& loader() const { return load_; }

  /// After this many problems the rest of the file is not looked at.
  static constexpr std::size_t kProblemsMax = 200;
  /// Values that may be looked at; more than any file has, unless its aliases multiply them.
  static constexpr std::uint64_t kVisitsMax = 12'000'000;

  void error(Place place, std::string message, std::string hint = {});
  void warning(Place place, std::string message, std::string hint = {});
  /// For words whose meaning is known and not there yet.
  void not_supported_yet(Place place, std::string_view what);

  /// Counts one value; false if the reading has to end: too many visits (which is an error), or too
  /// many problems.
  bool visit(Place place);
  bool gave_up() const { return problems_.size() >= kProblemsMax || visits_ > kVisitsMax; }

  bool has_errors() const { return errors_ > 0; }
  std::size_t errors() const { return errors_; }
  /// All problems in the order of the file.
  Problems take_problems();

 private:
  void add(Severity severity, Place place, std::string message, std::string hint);

  SourceMap* sources_ = nullptr;
  FileLoader load_;
  Problems problems_;
  std::size_t errors_ = 0;
  std::uint64_t visits_ = 0;
};

/// The user's text for a message: in single quotes, shortened, control characters replaced.
std::string quoted(std::string_view text);

/// "did you mean 'x'?", or empty for an empty word.
std::string did_you_mean(std::string_view word);

/// "a, b, c".
template <class Range>
std::string listed(const Range& words) {
  std::string text;
  for (const auto& word : words) {
    if (!text.empty()) text += ", ";
    text += std::string_view(word);
  }
  return text;
}

}  // namespace natsim::topology
