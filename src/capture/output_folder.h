// The folder that captures go to: everything that is done with names in it.
#pragma once

#include <memory>
#include <string>

#include "sim/base/result.h"
#include "src/capture/file_error.h"
#include "src/capture/unique_fd.h"

namespace natsim {

/// An open folder, locked against other runs of natsim while this lives. Names are relative to it,
/// also when the folder is moved or the process changes its own.
class OutputFolder {
 public:
  /// Opens the folder at `path`; makes it, and those above it, where they are missing. Errors:
  /// what the system says, and "another natsim is writing captures here".
  static Result<std::unique_ptr<OutputFolder>, FileError> open(const std::string& path);

  /// As given to open().
  const std::string& path() const { return path_; }
  /// "FOLDER/NAME", for messages.
  std::string path_of(const std::string& name) const;

  /// A new empty file to be written; a file or link that has the name already is removed, not
  /// followed.
  Result<UniqueFd, FileError> create(const std::string& name) const;
  /// A file made by create(), to be written at its end.
  Result<UniqueFd, FileError> reopen(const std::string& name) const;
  /// Replaces the file `to` if there is one.
  FileStatus rename(const std::string& from, const std::string& to) const;
  /// No error if there is no such file.
  void remove(const std::string& name) const;

 private:
  OutputFolder(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}

  std::string path_;
  UniqueFd fd_;
};

}  // namespace natsim
