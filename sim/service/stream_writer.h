// Bytes on their way into a stream that may take less than it is given.
#pragma once

#include "sim/transport/stream.h"

namespace natsim {

class StreamWriter {
 public:
  void write(Stream& stream, ByteSpan bytes) {
    if (waiting_.empty()) bytes = bytes.subspan(stream.send(bytes));
    waiting_.insert(waiting_.end(), bytes.begin(), bytes.end());
  }
  /// close() follows when all is sent.
  void close(Stream& stream) {
    closing_ = true;
    if (waiting_.empty()) stream.close();
  }
  /// To be called from StreamHandler::on_writable().
  void on_writable(Stream& stream) {
    if (waiting_.empty()) return;
    const std::size_t sent = stream.send(waiting_);
    waiting_.erase(waiting_.begin(), waiting_.begin() + std::ptrdiff_t(sent));
    if (waiting_.empty() && closing_) stream.close();
  }
  bool empty() const { return waiting_.empty(); }
  bool closing() const { return closing_; }

 private:
  Bytes waiting_;
  bool closing_ = false;
};

}  // namespace natsim
