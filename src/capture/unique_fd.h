// A file descriptor that is closed with its owner.
#pragma once

#include <unistd.h>

#include <utility>

namespace natsim {

class UniqueFd {
 public:
  UniqueFd() = default;
  /// Takes `fd` over; negative: none.
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~UniqueFd() {
    if (fd_ >= 0) ::close(fd_);
  }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  /// Closes now. False, with errno set, if what was written before did not reach the file after
  /// all (network file systems tell that late).
  bool close() { return fd_ < 0 || ::close(std::exchange(fd_, -1)) == 0; }

 private:
  int fd_ = -1;
};

}  // namespace natsim
