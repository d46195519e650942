#include "src/capture/buffered_file.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "sim/base/check.h"

namespace natsim {

BufferedFile::BufferedFile(const OutputFolder& folder, std::string name, std::size_t buffer_bytes,
                           Descriptor descriptor)
    : folder_(&folder),
      name_(std::move(name)),
      // Not cleared: a page of it costs memory only once something was written there.
      buffer_(std::make_unique_for_overwrite<std::uint8_t[]>(buffer_bytes)),
      capacity_(buffer_bytes),
      descriptor_(descriptor) {}

void BufferedFile::append(ByteSpan bytes) {
  std::copy(bytes.begin(), bytes.end(), reserve(bytes.size()));
  commit(bytes.size());
}

void BufferedFile::make_room(std::size_t size) {
  SIM_CHECK(buffer_);  // finish() ends the writing
  flush();
  if (size <= capacity_) return;
  buffer_ = std::make_unique_for_overwrite<std::uint8_t[]>(size);
  capacity_ = size;
}

bool BufferedFile::open_part() {
  if (file_) return true;
  auto opened = created_ ? folder_->reopen(part_name()) : folder_->create(part_name());
  if (!opened) {
    error_ = opened.error();
    return false;
  }
  file_ = std::move(opened.value());
  created_ = true;
  return true;
}

void BufferedFile::flush() {
  if (!error_ && open_part()) {
    write_all();
    if (descriptor_ == Descriptor::released && !file_.close() && !error_) fail("cannot write");
  }
  used_ = 0;
}

void BufferedFile::write_all() {
  std::size_t written = 0;
  while (written < used_) {
    const ssize_t count = ::write(file_.get(), buffer_.get() + written, used_ - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail("cannot write");
    written += std::size_t(count);
  }
}

void BufferedFile::finish() {
  flush();
  if (!file_.close() && !error_) fail("cannot write");
  buffer_.reset();
  capacity_ = 0;
}

FileStatus BufferedFile::publish() {
  SIM_CHECK(created_ && !file_ && !error_);
  error_ = folder_->rename(part_name(), name_);
  if (!error_) created_ = false;
  return error_;
}

void BufferedFile::discard() {
  file_.close();
  if (created_) folder_->remove(part_name());
  created_ = false;
}

void BufferedFile::fail(const char* problem) {
  error_ = FileError{folder_->path_of(part_name()), problem, errno};
}

}  // namespace natsim
