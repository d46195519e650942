// Runs the built program as a user would: arguments in, texts and an exit status out.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace natsim {

/// How a program ended.
struct Ended {
  int status = -1;  ///< exit status; 256 + signal if one ended it
  std::string out, err;
};

struct ProgramOptions {
  std::string folder = {};                    ///< to start in; empty: this one's
  std::string stdout_path = {};               ///< instead of a pipe that is read
  std::vector<std::string> environment = {};  ///< NAME=VALUE, beside what this process has
  bool close_stdout_early = false;            ///< nobody reads it
};

class Program {
 public:
  /// NATSIM_PROGRAM with these arguments.
  explicit Program(const std::vector<std::string>& arguments, const ProgramOptions& options = {});
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// Reads stdout until it holds `text`; false if it ended before.
  bool wait_for(const std::string& text);
  void signal(int number);
  /// Reads to the end.
  Ended finish();

 private:
  bool read_some();

  pid_t child_ = -1;
  int out_ = -1, err_ = -1;
  Ended ended_;
};

inline Ended natsim_program(const std::vector<std::string>& arguments,
                            const ProgramOptions& options = {}) {
  return Program(arguments, options).finish();
}

/// A folder of its own that goes with the test.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  /// Writes the file and returns its path.
  std::string write(const std::string& name, const std::string& text) const;
  /// Names below a folder of it, sorted; none if it is not there.
  std::vector<std::string> list(const std::string& folder) const;

 private:
  std::string path_;
};

}  // namespace natsim
