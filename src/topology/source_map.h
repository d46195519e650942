// The texts that messages point into.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace natsim {

/// One text that the user wrote. `name` is what messages call it, usually its path as given.
struct SourceFile {
  std::string name;
  std::string text;
};

/// Place::file is an index into this. Files are never removed, and their texts stay where they are.
class SourceMap {
 public:
  /// Returns the file's id.
  std::uint32_t add(std::string name, std::string text);

  std::size_t size() const { return files_.size(); }
  /// REQUIRES: file < size().
  const SourceFile& file(std::uint32_t file) const;
  /// The line's text without its line end; empty for a line or file that does not exist. Lines
  /// count from 1.
  std::string_view line(std::uint32_t file, std::uint32_t line) const;

 private:
  struct Entry {
    SourceFile file;
    std::vector<std::size_t> marks;  // where every 64th line begins: small, and fast enough
  };
  std::deque<Entry> files_;
};

}  // namespace natsim
