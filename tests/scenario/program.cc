#include "tests/scenario/program.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "sim/base/check.h"
#include "tests/scenario/topologies.h"

namespace natsim::scenario {
namespace {

void redirect(int descriptor, const std::string& path) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (file < 0 || ::dup2(file, descriptor) < 0) ::_exit(127);
}

}  // namespace

Finished run_process(const std::vector<std::string>& command, const std::string& folder) {
  const Folder caught;
  const std::string out = caught / "out", err = caught / "err";
  std::vector<char*> arguments;
  for (const std::string& argument : command)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);

  const pid_t child = ::fork();
  SIM_CHECK(child >= 0);
  if (child == 0) {
    redirect(STDOUT_FILENO, out);
    redirect(STDERR_FILENO, err);
    if (::chdir(folder.c_str()) == 0) ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
  int status = 0;
  SIM_CHECK(::waitpid(child, &status, 0) == child);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read_text(out),
          read_text(err)};
}

Finished run_natsim(std::vector<std::string> arguments, const std::string& folder) {
  arguments.insert(arguments.begin(), NATSIM_PROGRAM);
  return run_process(arguments, folder);
}

bool is_installed(const std::string& program) {
  return run_process({"sh", "-c", "command -v " + program}, "/").status == 0;
}

Folder::Folder() {
  path_ = (std::filesystem::temp_directory_path() / "natsim-scenario-XXXXXX").string();
  SIM_CHECK(::mkdtemp(path_.data()) != nullptr);
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string Folder::write(const std::string& name, const std::string& text) const {
  const std::string path = *this / name;
  std::ofstream file(path, std::ios::binary);
  file << text;
  SIM_CHECK(file.good());
  return path;
}

}  // namespace natsim::scenario
