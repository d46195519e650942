#include "src/report/output.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace natsim {

FdOutput::FdOutput(int fd) : fd_(fd) { buffer_.reserve(kBufferBytes); }

void FdOutput::write(std::string_view text) {
  if (error_ != 0) return;
  if (buffer_.size() + text.size() > kBufferBytes) flush();
  if (error_ == 0) buffer_ += text;
}

void FdOutput::flush() {
  std::string_view waiting = buffer_;
  while (error_ == 0 && !waiting.empty()) {
    const ssize_t written = ::write(fd_, waiting.data(), waiting.size());
    if (written >= 0) {
      waiting.remove_prefix(std::size_t(written));
    } else if (errno == EAGAIN) {  // somebody made the terminal non-blocking
      pollfd wanted{fd_, POLLOUT, 0};
      ::poll(&wanted, 1, -1);
    } else if (errno != EINTR) {
      error_ = errno;
    }
  }
  buffer_.clear();
}

}  // namespace natsim
