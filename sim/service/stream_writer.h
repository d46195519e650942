// Bytes on their way into a stream that may take less than it is given.
#pragma once

#include "sim/transport/stream.h"

namespace natsim {

class StreamWriter {
 public:
  void write(Stream& stream, ByteSpan bytes) {
    if (empty()) bytes = bytes.subspan(stream.send(bytes));
    waiting_.insert(waiting_.end(), bytes.begin(), bytes.end());
  }
  /// close() follows when all is sent.
  void close(Stream& stream) {
    closing_ = true;
    if (empty()) stream.close();
  }
  /// To be called from StreamHandler::on_writable().
  void on_writable(Stream& stream) {
    if (empty()) return;
    sent_ += stream.send(ByteSpan(waiting_).subspan(sent_));
    if (sent_ < waiting_.size()) return;
    waiting_.clear();
    sent_ = 0;
    if (closing_) stream.close();
  }
  bool empty() const { return waiting_.empty(); }
  bool closing() const { return closing_; }

 private:
  Bytes waiting_;
  std::size_t sent_ = 0;  // of it
  bool closing_ = false;
};

}  // namespace natsim
