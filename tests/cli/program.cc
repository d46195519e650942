#include "tests/cli/program.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

#include "sim/base/check.h"

namespace natsim {
namespace {

[[noreturn]] void become(const std::vector<std::string>& arguments, const ProgramOptions& options,
                         int out, int err) {
  if (!options.folder.empty() && ::chdir(options.folder.c_str()) != 0) ::_exit(127);
  if (!options.stdout_path.empty()) out = ::open(options.stdout_path.c_str(), O_WRONLY);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  for (const std::string& variable : options.environment) {
    const auto equals = variable.find('=');
    ::setenv(variable.substr(0, equals).c_str(), variable.substr(equals + 1).c_str(), 1);
  }
  std::string program = NATSIM_PROGRAM;
  std::vector<char*> argv{program.data()};
  std::vector<std::string> copies = arguments;
  for (std::string& argument : copies) argv.push_back(argument.data());
  argv.push_back(nullptr);
  ::execv(program.c_str(), argv.data());
  ::_exit(127);
}

}  // namespace

Program::Program(const std::vector<std::string>& arguments, const ProgramOptions& options) {
  int out[2], err[2];
  SIM_CHECK(::pipe2(out, O_CLOEXEC) == 0 && ::pipe2(err, O_CLOEXEC) == 0);
  child_ = ::fork();
  SIM_CHECK(child_ >= 0);
  if (child_ == 0) become(arguments, options, out[1], err[1]);
  ::close(out[1]);
  ::close(err[1]);
  out_ = out[0];
  err_ = err[0];
  if (options.close_stdout_early) ::close(std::exchange(out_, -1));
}

Program::~Program() {
  if (child_ > 0) {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  if (out_ >= 0) ::close(out_);
  if (err_ >= 0) ::close(err_);
}

bool Program::read_some() {
  pollfd ends[2] = {{out_, POLLIN, 0}, {err_, POLLIN, 0}};
  if (out_ < 0 && err_ < 0) return false;
  ::poll(ends, 2, -1);
  const auto drain = [](int& fd, const pollfd& end, std::string& text) {
    if (fd < 0 || end.revents == 0) return;
    char piece[65536];
    const ssize_t got = ::read(fd, piece, sizeof piece);
    if (got > 0)
      text.append(piece, std::size_t(got));
    else
      ::close(std::exchange(fd, -1));
  };
  drain(out_, ends[0], ended_.out);
  drain(err_, ends[1], ended_.err);
  return true;
}

bool Program::wait_for(const std::string& text) {
  while (ended_.out.find(text) == std::string::npos)
    if (!read_some()) return false;
  return true;
}

void Program::signal(int number) { ::kill(child_, number); }

Ended Program::finish() {
  while (read_some()) continue;
  int status = 0;
  ::waitpid(std::exchange(child_, -1), &status, 0);
  ended_.status = WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
  return std::move(ended_);
}

TestFolder::TestFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "natsim-cli-XXXXXX").string();
  SIM_CHECK(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

TestFolder::~TestFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TestFolder::write(const std::string& name, const std::string& text) const {
  std::ofstream(file(name), std::ios::binary) << text;
  return file(name);
}

std::vector<std::string> TestFolder::list(const std::string& folder) const {
  std::vector<std::string> names;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(file(folder), missing))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace natsim
