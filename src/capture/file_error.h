// What the operating system had against a file, as a value.
#pragma once

#include <optional>
#include <string>
#include <system_error>

namespace natsim {

/// A file or folder that could not be used.
struct FileError {
  std::string path;
  std::string problem;  ///< "cannot write"
  int number = 0;       ///< errno; 0 where the system had nothing to say

  /// "out/lab/lab.pcapng.part: cannot write: No space left on device"
  std::string text() const {
    std::string line = path + ": " + problem;
    return number == 0 ? line : line + ": " + std::generic_category().message(number);
  }
  bool operator==(const FileError&) const = default;
};

/// Nothing where all went well.
using FileStatus = std::optional<FileError>;

}  // namespace natsim
