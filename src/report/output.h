// Where a report goes: a large buffer in front of a file descriptor.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace natsim {

/// What reports write to.
class Output {
 public:
  virtual ~Output() = default;
  virtual void write(std::string_view text) = 0;
};

/// Writes to a descriptor that it does not own. After the first error everything is dropped, so
/// that writers need no checks; whoever runs the show asks for error() now and then.
/// SIGPIPE should be ignored: a reader that went away is the error EPIPE.
class FdOutput final : public Output {
 public:
  explicit FdOutput(int fd);

  void write(std::string_view text) override;
  void flush();
  /// errno of the first write that failed; 0: none did.
  int error() const { return error_; }

 private:
  static constexpr std::size_t kBufferBytes = 256 * 1024;

  int fd_;
  int error_ = 0;
  std::string buffer_;
};

}  // namespace natsim
