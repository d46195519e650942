// A disk that fills up ends the capture with the system's own words, and nothing half-written.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <functional>
#include <optional>

#include "src/capture/directory.h"
#include "tests/capture/temp_folder.h"

namespace natsim {
namespace {

CaptureOptions one_interface(const std::string& directory) {
  CaptureOptions options;
  options.directory = directory;
  options.name = "lab";
  options.interfaces = {{"pc", "eth0"}};
  return options;
}

void write_text(const char* path, const std::string& text) {
  const int fd = ::open(path, O_WRONLY);
  if (fd < 0) return;
  [[maybe_unused]] const auto ignored = ::write(fd, text.data(), text.size());
  ::close(fd);
}

// Gives this process a view of the file system of its own, with a small disk at `path`.
bool mount_small_disk(const std::string& path) {
  const std::string user = std::to_string(::geteuid()), group = std::to_string(::getegid());
  if (::unshare(user == "0" ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER) != 0) return false;
  if (user != "0") {
    write_text("/proc/self/setgroups", "deny");
    write_text("/proc/self/uid_map", "0 " + user + " 1");
    write_text("/proc/self/gid_map", "0 " + group + " 1");
  }
  return ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("tmpfs", path.c_str(), "tmpfs", 0, "size=256k") == 0;
}

// What `body` returns in a child process with a disk of 256 KiB at `path`; nothing where such a
// disk cannot be had.
std::optional<std::string> with_small_disk(const std::string& path,
                                           const std::function<std::string()>& body) {
  int ends[2];
  if (::pipe(ends) != 0) return std::nullopt;
  const pid_t child = ::fork();
  if (child == 0) {
    if (!mount_small_disk(path)) ::_exit(77);
    const std::string text = body();
    ::_exit(::write(ends[1], text.data(), text.size()) == ssize_t(text.size()) ? 0 : 1);
  }
  ::close(ends[1]);
  std::string text(4096, '\0');
  text.resize(std::size_t(std::max<ssize_t>(::read(ends[0], text.data(), text.size()), 0)));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) return std::nullopt;
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  return text;
}

TEST(FullDisk, EndsTheCaptureAndLeavesNothing) {
  const TempFolder temp;
  const auto text = with_small_disk(temp.path(), [&temp] {
    auto captures = CaptureDirectory::open(one_interface(temp.path())).value();
    std::uint64_t sent = 0;
    for (; !captures->error() && sent < 100'000; ++sent)
      captures->record(0, Direction::sent, Instant(), Bytes(1000));
    const FileStatus error = captures->close();
    return (error ? error->text() : "no error") + (sent < 2000 ? ", early" : ", late") +
           (error && error->number == ENOSPC ? ", ENOSPC" : "") +
           (temp.names().empty() ? ", nothing left" : ", something left");
  });
  if (!text) GTEST_SKIP() << "no permission to mount a small disk";
  EXPECT_TRUE(*text == temp /
                           "lab.pcapng.part: cannot write: No space left on device, early, "
                           "ENOSPC, nothing left" ||
              *text == temp /
                           "pc-eth0.pcap.part: cannot write: No space left on device, early, "
                           "ENOSPC, nothing left")
      << *text;
}

TEST(FullDisk, IsNoticedWhenTheLastBytesAreWritten) {
  const TempFolder temp;
  const auto text = with_small_disk(temp.path(), [&temp] {
    auto captures = CaptureDirectory::open(one_interface(temp.path())).value();
    for (int i = 0; i < 220; ++i) captures->record(0, Direction::sent, Instant(), Bytes(1000));
    const std::string before = captures->error() ? "early, " : "at the end, ";
    const FileStatus error = captures->close();
    return before + (error ? error->text() : "no error") +
           (temp.names().empty() ? ", nothing left" : ", something left");
  });
  if (!text) GTEST_SKIP() << "no permission to mount a small disk";
  EXPECT_EQ(*text, "at the end, " + temp /
                                        "pc-eth0.pcap.part: cannot write: "
                                        "No space left on device, nothing left");
}

// Files of this process may not grow beyond `bytes` while this lives.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &now);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }

 private:
  sighandler_t handler_;
  rlimit before_{};
};

TEST(FileSizeLimit, EndsTheCaptureAndLeavesNothing) {
  const TempFolder temp;
  FileStatus error;
  {
    const FileSizeLimit limit(100'000);  // In the middle of a write(2), which then is a short one.
    auto captures = CaptureDirectory::open(one_interface(temp.path())).value();
    for (int i = 0; i < 2000; ++i) captures->record(0, Direction::sent, Instant(), Bytes(1000));
    error = captures->close();
  }
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->number, EFBIG);
  EXPECT_EQ(error->text(), temp / "pc-eth0.pcap.part: cannot write: File too large");
  EXPECT_TRUE(temp.names().empty());
}

}  // namespace
}  // namespace natsim
