#include "src/capture/output_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

namespace natsim {

Result<std::unique_ptr<OutputFolder>, FileError> OutputFolder::open(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return FileError{path, "cannot create the folder", error.value()};
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return FileError{path, "cannot open the folder", errno};
  // Two runs at once would write into each other's unfinished files. File systems without locks
  // go without.
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    return FileError{path, "another natsim is writing captures here", 0};
  return std::unique_ptr<OutputFolder>(new OutputFolder(path, std::move(fd)));
}

std::string OutputFolder::path_of(const std::string& name) const {
  return path_.ends_with('/') ? path_ + name : path_ + '/' + name;
}

Result<UniqueFd, FileError> OutputFolder::create(const std::string& name) const {
  remove(name);
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC;
  UniqueFd file(::openat(fd_.get(), name.c_str(), kFlags, 0666));
  if (!file) return FileError{path_of(name), "cannot create", errno};
  return file;
}

Result<UniqueFd, FileError> OutputFolder::reopen(const std::string& name) const {
  constexpr int kFlags = O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC;
  UniqueFd file(::openat(fd_.get(), name.c_str(), kFlags));
  if (!file) return FileError{path_of(name), "cannot open again", errno};
  return file;
}

FileStatus OutputFolder::rename(const std::string& from, const std::string& to) const {
  // Not left to rename(2): ext4 makes sure that a file which replaces another one is on the disk,
  // and that wait (up to 40 ms measured) is longer than most runs.
  remove(to);
  if (::renameat(fd_.get(), from.c_str(), fd_.get(), to.c_str()) == 0) return {};
  return FileError{path_of(to), "cannot give the finished capture its name", errno};
}

void OutputFolder::remove(const std::string& name) const { ::unlinkat(fd_.get(), name.c_str(), 0); }

}  // namespace natsim
