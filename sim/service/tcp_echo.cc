#include "sim/service/tcp_echo.h"

namespace natsim {

void TcpEcho::on_data(Stream& stream, ByteSpan bytes, Instant) {
  const std::size_t sent = waiting_.empty() ? stream.send(bytes) : 0;
  if (sent == bytes.size()) return;
  waiting_.insert(waiting_.end(), bytes.begin() + std::ptrdiff_t(sent), bytes.end());
  stream.pause();
}

void TcpEcho::on_writable(Stream& stream, Instant) {
  const std::size_t sent = stream.send(waiting_);
  waiting_.erase(waiting_.begin(), waiting_.begin() + std::ptrdiff_t(sent));
  if (!waiting_.empty()) return;
  peer_closed_ ? stream.close() : stream.resume();
}

void TcpEcho::on_peer_closed(Stream& stream, Instant) {
  peer_closed_ = true;
  if (waiting_.empty()) stream.close();
}

}  // namespace natsim
