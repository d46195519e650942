#include "src/cli/apart.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <new>

#include <fmt/format.h>

#if defined(__SANITIZE_ADDRESS__)
#define NATSIM_HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define NATSIM_HAS_ASAN 1
#endif
#endif

namespace natsim {
namespace {

constexpr int kExitNoMemory = 86;

void limit(int what, rlim_t soft, rlim_t hard) {
  const rlimit value{soft, hard};
  (void)::setrlimit(__rlimit_resource_t(what), &value);
}

void write_all(int to, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t wrote = ::write(to, text.data() + at, text.size() - at);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return;
    at += std::size_t(wrote);
  }
}

[[noreturn]] void be_child(int to, const std::function<std::string()>& work,
                           const ApartLimits& limits) {
  limit(RLIMIT_CPU, limits.cpu_s, limits.cpu_s + 1);
  limit(RLIMIT_CORE, 0, 0);
  limit(RLIMIT_FSIZE, 0, 0);
#ifndef NATSIM_HAS_ASAN
  limit(RLIMIT_AS, limits.memory_bytes, limits.memory_bytes);
#endif
  std::set_new_handler([] { ::_exit(kExitNoMemory); });
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere >= 0) {
    ::dup2(nowhere, STDOUT_FILENO);
    ::dup2(nowhere, STDERR_FILENO);
  }
  std::signal(SIGPIPE, SIG_IGN);
  write_all(to, work());
  ::_exit(0);
}

std::string end_words(int status, const ApartLimits& limits) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  if (WIFEXITED(status) && WEXITSTATUS(status) == kExitNoMemory)
    return fmt::format("needed more than {} MiB of memory", limits.memory_bytes >> 20);
  if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL))
    return fmt::format("needed more than {} s of computing", limits.cpu_s);
  if (WIFSIGNALED(status))
    return fmt::format("ended by a fault: {}", ::strsignal(WTERMSIG(status)));
  return fmt::format("ended with status {}", WEXITSTATUS(status));
}

/// Reads to the end, or to a limit: then the failure.
std::string read_all(int from, std::string& output, const ApartLimits& limits) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + std::chrono::milliseconds(limits.wall_ms);
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return fmt::format("needed more than {} s", limits.wall_ms / 1000);
    pollfd ready{from, POLLIN, 0};
    const int polled = ::poll(&ready, 1, int(left));
    if (polled < 0 && errno != EINTR)
      return std::string("cannot be watched: ") + std::strerror(errno);
    if (polled <= 0) continue;
    char buffer[65536];
    const ssize_t got = ::read(from, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return {};
    output.append(buffer, std::size_t(got));
    if (output.size() > limits.output_bytes) return "has too much to say";
  }
}

}  // namespace

ApartResult run_apart(const std::function<std::string()>& work, const ApartLimits& limits) {
  ApartResult result;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    result.failure = std::string("no pipe: ") + std::strerror(errno);
    return result;
  }
  const pid_t child = ::fork();
  if (child == 0) be_child(ends[1], work, limits);
  ::close(ends[1]);
  if (child < 0) {
    result.failure = std::string("no process: ") + std::strerror(errno);
  } else {
    result.failure = read_all(ends[0], result.output, limits);
    if (!result.failure.empty()) ::kill(child, SIGKILL);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (result.failure.empty()) result.failure = end_words(status, limits);
  }
  ::close(ends[0]);
  return result;
}

}  // namespace natsim
