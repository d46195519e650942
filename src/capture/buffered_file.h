// A new file that is written record by record through a buffer of its own, with write(2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "sim/base/bytes.h"
#include "src/capture/file_error.h"
#include "src/capture/output_folder.h"
#include "src/capture/unique_fd.h"

namespace natsim {

/// Records are put together where they are to be written from; nothing is copied twice and nothing
/// is allocated per record. Until finish() the file is called "NAME.part".
///
/// The first error is kept and ends the writing: later bytes go nowhere, so that the path of a
/// record needs no check. `folder` is not owned and must outlive the file.
class BufferedFile {
 public:
  /// Whether the descriptor stays open between writes, or only as long as a write takes: thousands
  /// of files need no thousands of descriptors.
  enum class Descriptor : std::uint8_t { kept, released };

  BufferedFile(const OutputFolder& folder, std::string name, std::size_t buffer_bytes,
               Descriptor descriptor);

  /// Room for the next `size` bytes, valid until the next call. Grows the buffer if `size` is more
  /// than it holds.
  std::uint8_t* reserve(std::size_t size) {
    if (__builtin_expect(size > capacity_ - used_, false)) make_room(size);
    return buffer_.get() + used_;
  }
  /// The first `size` bytes of what reserve() gave now belong to the file.
  void commit(std::size_t size) { used_ += size; }
  void append(ByteSpan bytes);

  /// Makes the file if need be and writes what waits in the buffer.
  void flush();
  /// Flushes and closes the file; it keeps its ".part" until publish(). Frees the buffer.
  void finish();
  /// Gives the file its name. REQUIRES: finish() was called and there is no error.
  FileStatus publish();
  /// Removes the unfinished file, if there is one.
  void discard();

  const FileStatus& error() const { return error_; }
  const std::string& name() const { return name_; }

 private:
  std::string part_name() const { return name_ + ".part"; }
  void make_room(std::size_t size);
  bool open_part();
  void write_all();
  void fail(const char* problem);

  const OutputFolder* folder_;
  std::string name_;
  std::unique_ptr<std::uint8_t[]> buffer_;
  std::size_t used_ = 0;
  std::size_t capacity_;
  Descriptor descriptor_;
  bool created_ = false;
  UniqueFd file_;
  FileStatus error_;
};

}  // namespace natsim
