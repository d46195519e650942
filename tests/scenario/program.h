// The program as a user starts it: a process with its own folder.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>
#include <vector>

namespace natsim::scenario {

struct Finished {
  int status = -1;  ///< exit status; 128 plus the signal's number if one ended it
  std::string out, err;
};

/// Runs a program with its output caught. `folder` is its working directory. A program that cannot
/// be started is one that exits with 127.
Finished run_process(const std::vector<std::string>& command, const std::string& folder);
/// The same for natsim.
Finished run_natsim(std::vector<std::string> arguments, const std::string& folder);

/// Whether the shell would find it.
bool is_installed(const std::string& program);

/// A new folder that is removed at the end.
class Folder {
 public:
  Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder();

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  /// Writes a file of that name; returns its path.
  std::string write(const std::string& name, const std::string& text) const;

 private:
  std::string path_;
};

}  // namespace natsim::scenario
